/**
 * What makes a schema structural: every field has a type that does not depend on a value, so that fields can be pruned and
 * defaulted without looking at anything else. `allOf`, `anyOf`, `oneOf` and `not` may only restrict values of fields that are
 * specified outside of them.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/{validation,complete}.go
 */
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, field } from '../errors.ts';
import type { JsonSchema } from './json-schema.ts';
import { patternError } from './pattern.ts';

type Level = 'root' | 'item' | 'field';

/** What is not structural about the schema, in order of the paths. */
export function validateStructural(schema: JsonSchema, path: string): FieldError[] {
  const text = (error: FieldError): string => `${error.field}: ${error.message}`;
  return [...validateInvariants(schema, 'root', path), ...validateComplete(schema, schema, path, path)].sort((a, b) =>
    text(a) < text(b) ? -1 : 1,
  );
}

function validateInvariants(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type, items, properties = {}, additionalProperties } = schema;
  if (type === 'array' && !items) errors.push(field.required(`${path}.items`, 'must be specified'));
  if (items && !Array.isArray(items)) errors.push(...validateInvariants(items, 'item', `${path}.items`));
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...validateInvariants(property, 'field', `${path}.properties[${name}]`));
  }
  if (additionalProperties !== undefined) {
    if (level === 'root') errors.push(field.forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
    if (typeof additionalProperties === 'object') {
      errors.push(...validateInvariants(additionalProperties, 'field', `${path}.additionalProperties`));
    }
  }
  return [
    ...errors,
    ...validateExtensions(schema, path),
    ...validateRestrictions(schema, path, isIntOrString(schema.anyOf), isIntOrString(schema.allOf?.[0]?.anyOf)),
    ...validateType(schema, level, path),
    ...validateMeta(schema, level, path),
  ];
}

function validateExtensions(schema: JsonSchema, path: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((name) => schema[name])
    .map((name) => field.invalid(`${path}.${name}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

const emptyType: Record<Level, string> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function validateType(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const { type = '', additionalProperties } = schema;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const errors: FieldError[] = [];
  if (embedded && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type ? field.invalid(`${path}.type`, type, why) : field.required(`${path}.type`, why));
  } else if (!type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) {
    errors.push(field.required(`${path}.type`, emptyType[level]));
  }
  if (embedded && additionalProperties !== undefined) {
    const why = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(field.forbidden(`${path}.additionalProperties`, why));
  }
  if (level === 'root' && type && type !== 'object') {
    errors.push(field.invalid(`${path}.type`, type, 'must be object at the root'));
  }
  return errors;
}

/** Type and metadata of a resource are given; a schema may restrict the name at most. */
function validateMeta(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const { properties = {} } = schema;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const isResource = level === 'root' || embedded;
  const errors: FieldError[] = [];
  for (const name of ['kind', 'apiVersion'] as const) {
    const type = properties[name]?.type ?? '';
    if (!isResource || !properties[name] || type === 'string') continue;
    errors.push(field.invalid(`${path}.properties[${name}].type`, type, 'must be string'));
  }
  const { metadata } = properties;
  const metadataPath = `${path}.properties[metadata]`;
  if (metadata && isResource && metadata.type !== 'object') {
    errors.push(field.invalid(`${metadataPath}.type`, metadata.type ?? '', 'must be object'));
  }
  if (metadata && level === 'root' && specifiesMore(metadata)) {
    const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(field.forbidden(metadataPath, why));
  }
  if (embedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(properties).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(field.required(`${path}.properties`, why));
  }
  return errors;
}

function specifiesMore({ type: _type, default: _default, properties = {}, ...rest }: JsonSchema): boolean {
  const others = Object.keys(properties).filter((name) => name !== 'name' && name !== 'generateName');
  return others.length > 0 || Object.values(rest).some((value) => value !== undefined);
}

const intOrString = [{ type: 'integer' }, { type: 'string' }];

/** The one place where types may stand inside of `anyOf`. */
const isIntOrString = (anyOf: JsonSchema[] | undefined): boolean => isDeepStrictEqual(anyOf, intOrString);

/** The restrictions of a schema; the two flags are the places where int-or-string may be spelled out. */
function validateRestrictions(
  schema: JsonSchema,
  path: string,
  skipAnyOf: boolean,
  skipAnyOfInFirstAllOf: boolean,
): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const wrong = pattern ? patternError(pattern) : undefined;
  return [
    ...(skipAnyOf ? [] : anyOf.flatMap((one, i) => validateNested(one, `${path}.anyOf[${i}]`, false))),
    ...allOf.flatMap((one, i) => validateNested(one, `${path}.allOf[${i}]`, skipAnyOfInFirstAllOf && i === 0)),
    ...oneOf.flatMap((one, i) => validateNested(one, `${path}.oneOf[${i}]`, false)),
    ...(not ? validateNested(not, `${path}.not`, false) : []),
    ...(wrong
      ? [field.invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${wrong}`)]
      : []),
  ];
}

/** What may not stand inside of a restriction, and why. */
const forbiddenNested: [keyof JsonSchema, string][] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function validateNested(schema: JsonSchema, path: string, skipAnyOf: boolean): FieldError[] {
  const { items, properties = {} } = schema;
  const errors = [
    ...validateRestrictions(schema, path, skipAnyOf, false),
    ...(items && !Array.isArray(items) ? validateNested(items, `${path}.items`, false) : []),
    ...Object.entries(properties).flatMap(([name, property]) =>
      validateNested(property, `${path}.properties[${name}]`, false),
    ),
  ];
  for (const [name, why] of forbiddenNested) {
    const value = schema[name];
    const given = name === 'additionalProperties' ? value !== undefined : Boolean(value);
    if (given) errors.push(field.forbidden(`${path}.${name}`, why));
  }
  if (properties['metadata']) {
    errors.push(field.forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  }
  return errors;
}

/** What a restriction speaks of must be specified outside of it. */
function validateComplete(
  restriction: JsonSchema,
  schema: JsonSchema | undefined,
  schemaPath: string,
  path: string,
): FieldError[] {
  const { not, allOf = [], anyOf = [], oneOf = [] } = restriction;
  return [
    ...(not ? validateSpecified(not, schema, schemaPath, `${path}.not`) : []),
    ...allOf.flatMap((one, i) => validateSpecified(one, schema, schemaPath, `${path}.allOf[${i}]`)),
    ...anyOf.flatMap((one, i) => validateSpecified(one, schema, schemaPath, `${path}.anyOf[${i}]`)),
    ...oneOf.flatMap((one, i) => validateSpecified(one, schema, schemaPath, `${path}.oneOf[${i}]`)),
  ];
}

function validateSpecified(
  nested: JsonSchema,
  schema: JsonSchema | undefined,
  schemaPath: string,
  path: string,
): FieldError[] {
  if (!schema) return [field.required(schemaPath, `because it is defined in ${path}`)];
  const { items, properties = {} } = nested;
  return [
    ...validateComplete(nested, schema, schemaPath, path),
    ...(items && !Array.isArray(items)
      ? validateSpecified(items, schema.items, `${schemaPath}.items`, `${path}.items`)
      : []),
    ...Object.entries(properties).flatMap(([name, property]) =>
      validateSpecified(
        property,
        schema.properties?.[name],
        `${schemaPath}.properties[${name}]`,
        `${path}.properties[${name}]`,
      ),
    ),
  ];
}
