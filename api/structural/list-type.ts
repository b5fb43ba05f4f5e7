/**
 * Lists that are sets have no item twice, lists with keys no key twice.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/listtype/validation.go
 */
import { type FieldError, field } from '../errors.ts';
import { keyOfItem } from './correlate.ts';
import { childOf, isJsonObject, type JsonSchema } from './json-schema.ts';

/** The items that are there more than once: each is reported at its second place. */
export function validateListTypes(schema: JsonSchema | undefined, value: unknown, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    return [
      ...validateList(schema, value, path),
      ...value.flatMap((item, i) => validateListTypes(schema.items, item, `${path}[${i}]`)),
    ];
  }
  if (!isJsonObject(value)) return [];
  return Object.keys(value).flatMap((name) =>
    validateListTypes(childOf(schema, name), value[name], path ? `${path}.${name}` : name),
  );
}

function validateList(schema: JsonSchema, list: unknown[], path: string): FieldError[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return duplicates(list, path);
    case 'map': {
      const wrong = list.findIndex((item) => item !== null && !isJsonObject(item));
      if (wrong >= 0) {
        const why = 'must be an object for an array of list-type map';
        return [field.invalid(`${path}[${wrong}]`, list[wrong], why)];
      }
      return duplicates(
        list.map((item) => (isJsonObject(item) ? keyOfItem(schema, item) : {})),
        path,
      );
    }
    default:
      return [];
  }
}

function duplicates(items: unknown[], path: string): FieldError[] {
  const seen = new Map<string, number>();
  const errors: FieldError[] = [];
  items.forEach((item, i) => {
    const text = canonicalJson(item);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    if (times === 2) errors.push(field.duplicate(`${path}[${i}]`, item));
  });
  return errors;
}

/** The same text for the same value, whatever the order of its fields. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    isJsonObject(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  ) ?? 'undefined';
