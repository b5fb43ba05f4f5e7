/**
 * Fields that a schema does not name: finding them, and taking them out. `x-kubernetes-preserve-unknown-fields` keeps what
 * is below it; type and metadata of the root and of embedded resources are never unknown.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/pruning
 */
import { isJsonObject, type JsonSchema, propertyOf, valuesOf } from './json-schema.ts';

const metaFields = new Set(['apiVersion', 'kind', 'metadata']);

/** What happens to an unknown field: it stands in `object` under `name`. */
type OnUnknown = (object: Record<string, unknown>, name: string, path: string) => void;

/** The paths of all fields that the schema does not name: `spec.items[0].extra`. */
export function unknownFields(schema: JsonSchema, object: unknown): string[] {
  const found: string[] = [];
  walk(object, schema, '', true, (_object, _name, path) => found.push(path));
  return found;
}

/** Takes unknown fields out of a whole object, in place. */
export function pruneUnknown(schema: JsonSchema, object: unknown): void {
  walk(object, schema, '', true, (parent, name) => delete parent[name]);
}

/** The same for a value inside of an object, such as a default. */
export function pruneUnknownInValue(schema: JsonSchema, value: unknown): void {
  walk(value, schema, '', false, (parent, name) => delete parent[name]);
}

function walk(value: unknown, schema: JsonSchema | undefined, path: string, root: boolean, onUnknown: OnUnknown): void {
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      walk(item, itemSchema(schema), `${path}[${i}]`, false, onUnknown);
    });
    return;
  }
  if (!isJsonObject(value)) return;
  const resource = root || schema?.['x-kubernetes-embedded-resource'] === true;
  const preserve = schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  for (const name of Object.keys(value)) {
    if (resource && metaFields.has(name)) continue;
    const child = path ? `${path}.${name}` : name;
    const property = propertyOf(schema, name);
    if (property) walk(value[name], property, child, false, onUnknown);
    else if (schema?.additionalProperties !== undefined) walk(value[name], valuesOf(schema), child, false, onUnknown);
    else if (!preserve) onUnknown(value, name, child);
  }
}

/** What is preserved in a list is preserved in its items, if nothing else is said about them. */
function itemSchema(schema: JsonSchema | undefined): JsonSchema | undefined {
  if (!schema?.['x-kubernetes-preserve-unknown-fields']) return schema?.items;
  return { ...schema.items, 'x-kubernetes-preserve-unknown-fields': true };
}
