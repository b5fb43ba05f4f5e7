/** What an expression has made, as JSON. Upstream: apiserver/pkg/cel/mutation/dynamic/objects.go, common/types ConvertToNative */
import { engine } from './engine.ts';
import { CelObject } from './library/literals.ts';

/** Throws an Error for a value that JSON does not have. */
export function toJson(value: unknown): unknown {
  const { Optional } = engine();
  switch (typeof value) {
    case 'bigint':
      return Number(value);
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
  }
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Set) return [...value].map(toJson);
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map) return fromEntries([...value]);
  if (value instanceof Optional || typeof value !== 'object') throw notJson(value);
  // An unsigned integer is a big one underneath, a duration a number of seconds.
  const underneath = value.valueOf() as unknown;
  if (typeof underneath === 'bigint') return Number(underneath);
  if (typeof underneath === 'number') return `${underneath}s`;
  const prototype = Object.getPrototypeOf(value) as unknown;
  if (prototype === Object.prototype || prototype === null) return fromEntries(Object.entries(value));
  throw notJson(value);
}

const notJson = (value: unknown): Error =>
  new Error(
    `type conversion error from '${(value as object)?.constructor?.name ?? typeof value}' to 'google.protobuf.Value'`,
  );

const fromEntries = (entries: [unknown, unknown][]): object =>
  Object.fromEntries(entries.map(([key, value]) => [String(key), toJson(value)]));

/**
 * What is wrong with the types of the objects inside of one, which must be named by the paths of their fields:
 * `Object.spec{selector: Object.spec.wrong{}}`. Undefined when nothing is, and for what is no object.
 */
export const misnamedType = (value: unknown): string | undefined =>
  value instanceof CelObject ? misnamedAt(value, value.type) : undefined;

function misnamedAt(value: unknown, path: string): string | undefined {
  if (Array.isArray(value)) return first(value.map((item) => misnamedAt(item, path)));
  if (!(value instanceof CelObject)) {
    return value instanceof Map ? first([...value.values()].map((one) => misnamedAt(one, path))) : undefined;
  }
  if (value.type !== path) {
    return `unexpected type name "${value.type}", expected "${path}", which matches field name path from root Object type`;
  }
  return first([...value].map(([name, one]) => misnamedAt(one, `${path}.${name}`)));
}

const first = (texts: (string | undefined)[]): string | undefined => texts.find((text) => text !== undefined);
