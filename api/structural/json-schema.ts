/**
 * The schema of one version of a custom resource, as its CustomResourceDefinition has it: OpenAPI v3 with Kubernetes'
 * extensions. What a definition is admitted with is structural: types stand outside of `allOf` and the like, which only
 * restrict values.
 *
 * Names come from requests, so a property is only looked up by `propertyOf`: `__proto__` is a field like any other.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/types_jsonschema.go, pkg/apiserver/schema
 */

export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

export interface JsonSchema {
  $ref?: string;
  $schema?: string;
  id?: string;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  example?: unknown;
  nullable?: boolean;
  externalDocs?: unknown;
  maximum?: number;
  exclusiveMaximum?: boolean;
  minimum?: number;
  exclusiveMinimum?: boolean;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  maxItems?: number;
  minItems?: number;
  uniqueItems?: boolean;
  multipleOf?: number;
  enum?: unknown[];
  maxProperties?: number;
  minProperties?: number;
  required?: string[];
  items?: JsonSchema;
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  not?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  additionalItems?: JsonSchema | boolean;
  patternProperties?: Record<string, JsonSchema>;
  dependencies?: Record<string, JsonSchema | string[]>;
  definitions?: Record<string, JsonSchema>;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: ValidationRule[];
}

export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the schema says about a field of that name, if it names it. */
export const propertyOf = (schema: JsonSchema | undefined, name: string): JsonSchema | undefined =>
  schema?.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;

/** The schema of the values of a map, if they have one. */
export const valuesOf = (schema: JsonSchema | undefined): JsonSchema | undefined =>
  typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;

/** The schema of a field of that name, whether it is named or one of a map's. */
export const childOf = (schema: JsonSchema | undefined, name: string): JsonSchema | undefined =>
  propertyOf(schema, name) ?? valuesOf(schema);

/** The schemas directly below one, each with the path to it. Those in `allOf` and the like are part of it. */
export function* childSchemas(schema: JsonSchema, path: string): Generator<{ schema: JsonSchema; path: string }> {
  const one = (child: unknown, name: string) =>
    isJsonObject(child) ? [{ schema: child as JsonSchema, path: `${path}.${name}` }] : [];
  const list = (children: JsonSchema[] | undefined, name: string) =>
    (children ?? []).map((child, i) => ({ schema: child, path: `${path}.${name}[${i}]` }));
  const map = (children: JsonObject | undefined, name: string) =>
    Object.entries(children ?? {}).flatMap(([key, child]) => one(child, `${name}[${key}]`));
  yield* one(schema.additionalProperties, 'additionalProperties');
  yield* map(schema.properties, 'properties');
  yield* one(schema.not, 'not');
  yield* list(schema.allOf, 'allOf');
  yield* list(schema.oneOf, 'oneOf');
  yield* list(schema.anyOf, 'anyOf');
  yield* map(schema.definitions, 'definitions');
  yield* map(schema.dependencies, 'dependencies');
  yield* Array.isArray(schema.items) ? list(schema.items, 'items') : one(schema.items, 'items');
}

/** Whether a schema, or any below it, answers yes. */
export function someSchema(schema: JsonSchema, test: (schema: JsonSchema) => boolean): boolean {
  if (test(schema)) return true;
  for (const child of childSchemas(schema, '')) if (someSchema(child.schema, test)) return true;
  return false;
}
