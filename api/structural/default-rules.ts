/**
 * Defaults must be values that the schema allows: a default that the server would refuse would make every object wrong.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/defaulting/validation.go
 */
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, field } from '../errors.ts';
import { validateEmbeddedResources } from './embedded-resource.ts';
import type { JsonSchema } from './json-schema.ts';
import { validateListTypes } from './list-type.ts';
import { pruneUnknownInValue } from './prune.ts';
import { validateValue } from './validate-value.ts';

/** What is wrong with the defaults of a schema and those below it, which must be structural. */
export function validateDefaults(schema: JsonSchema, path: string): FieldError[] {
  const { default: value, items, properties = {} } = schema;
  return [
    ...(value === undefined || value === null ? [] : validateDefault(schema, value, `${path}.default`)),
    ...(items ? validateDefaults(items, `${path}.items`) : []),
    ...Object.entries(properties).flatMap(([name, property]) =>
      validateDefaults(property, `${path}.properties[${name}]`),
    ),
  ];
}

function validateDefault(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const pruned = structuredClone(value);
  pruneUnknownInValue(schema, pruned);
  if (!isDeepStrictEqual(pruned, value)) return [field.invalid(path, value, 'must not have unknown fields')];
  const errors = validateEmbeddedResources(schema, value, path);
  if (errors.length > 0) return errors;
  return [...validateValue(schema, value, { base: path }), ...validateListTypes(schema, value, path)];
}
