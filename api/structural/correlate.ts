/**
 * Which part of the old object a part of the new one corresponds to: fields by their name, items of a list with keys by their
 * keys. Items of other lists, and fields of atomic maps, correspond to nothing.
 *
 * Upstream: apiserver/pkg/cel/common/equality.go CorrelatedObject
 */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, type JsonSchema } from './json-schema.ts';

/** `old` undefined: there is nothing to compare with. */
export interface Correlated {
  old?: unknown;
}

export const uncorrelated: Correlated = {};

/** The old value of a field. */
export function oldChild(schema: JsonSchema, { old }: Correlated, name: string): Correlated {
  if (schema['x-kubernetes-map-type'] === 'atomic') return uncorrelated;
  return isJsonObject(old) && Object.hasOwn(old, name) ? { old: old[name] } : uncorrelated;
}

/** The old item with the same keys. */
export function oldItem(schema: JsonSchema, { old }: Correlated, item: unknown): Correlated {
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || !isJsonObject(item)) return uncorrelated;
  const key = keyOfItem(schema, item);
  const found: unknown = old.find((one) => isJsonObject(one) && isDeepStrictEqual(keyOfItem(schema, one), key));
  return found === undefined ? uncorrelated : { old: found };
}

/** The values of the list's keys, of those that the item has. */
export function keyOfItem(schema: JsonSchema, item: JsonObject): JsonObject {
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  return Object.fromEntries(names.filter((name) => Object.hasOwn(item, name)).map((name) => [name, item[name]]));
}
