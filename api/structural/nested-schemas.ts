/**
 * `items` and `additionalProperties` may be of several types, so the decoder takes anything there. What it would have said and
 * done about a schema is done here.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/marshal.go
 */
import { type FieldError, field } from '../errors.ts';
import { checkFields, prune } from '../schema.ts';
import { childSchemas, isJsonObject, type JsonObject, type JsonSchema } from './json-schema.ts';

const typeName = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

const open = ['items', 'additionalProperties'] as const;

/** Values of wrong types in those places, in the schema and all below it. */
export function nestedTypeErrors(schema: JsonSchema, path: string): FieldError[] {
  const errors = open.flatMap((name) => {
    const value: unknown = schema[name];
    const at = `${path}.${name}`;
    if (isJsonObject(value)) {
      return checkFields(typeName, value).typeErrors.map((why) => field.invalid(at, value, why));
    }
    if (value === undefined || (name === 'items' && Array.isArray(value))) return [];
    if (name === 'additionalProperties' && typeof value === 'boolean') return [];
    return [field.invalid(at, value, name === 'items' ? 'JSON schema expected' : 'boolean or JSON schema expected')];
  });
  // What is below something wrong cannot be read.
  if (errors.length > 0) return errors;
  return [...childSchemas(schema, path)].flatMap((child) => nestedTypeErrors(child.schema, child.path));
}

/** Takes out what a schema in those places does not have, as the decoder does elsewhere. Wrong types are left for the rules. */
export function pruneNestedSchemas(schema: JsonSchema): void {
  for (const name of open) {
    const value = schema[name] as JsonObject | undefined;
    if (isJsonObject(value) && checkFields(typeName, value).typeErrors.length === 0) prune(typeName, value);
  }
  for (const child of childSchemas(schema, '')) pruneNestedSchemas(child.schema);
}
