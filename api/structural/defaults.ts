/**
 * Sets the defaults of a schema: fields that are missing, and nulls where null is not a value. Applied to what is written
 * and to what is read, because objects may have been stored before the schema had the default.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/defaulting/{algorithm,prunenulls}.go
 */
import { childOf, isJsonObject, type JsonSchema, someSchema } from './json-schema.ts';

/** Whether `setDefaults` could change anything. */
export const hasDefaults = (schema: JsonSchema): boolean => someSchema(schema, hasDefault);

/** Sets the defaults in place. */
export function setDefaults(schema: JsonSchema | undefined, value: unknown): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      if (mustNotBeNull(item, schema.items) && hasDefault(schema.items)) {
        value[i] = structuredClone(schema.items.default);
      }
      setDefaults(schema.items, value[i]);
    });
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (!hasDefault(property)) continue;
    if (!Object.hasOwn(value, name) || mustNotBeNull(value[name], property)) {
      value[name] = structuredClone(property.default);
    }
  }
  for (const name of Object.keys(value)) setDefaults(childOf(schema, name), value[name]);
}

/** Takes out nulls that are not values of their field and have no default to take their place: as if they were not given. */
export function pruneNulls(schema: JsonSchema | undefined, value: unknown): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    for (const item of value) pruneNulls(schema.items, item);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const name of Object.keys(value)) {
    const child = childOf(schema, name);
    if (mustNotBeNull(value[name], child) && !hasDefault(child)) delete value[name];
    else pruneNulls(child, value[name]);
  }
}

const hasDefault = (schema: JsonSchema | undefined): schema is JsonSchema =>
  schema?.default !== undefined && schema.default !== null;

const mustNotBeNull = (value: unknown, schema: JsonSchema | undefined): boolean =>
  value === null && schema !== undefined && schema.nullable !== true;
