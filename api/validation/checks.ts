/** Small checks that the rules of many fields are made of. Each returns what is wrong; paths are the caller's. */
import { type FieldError, field } from '../errors.ts';

/** A name rule from names.ts, applied to a field. An empty value is a missing one. */
export function requireName(path: string, value: string | undefined, rule: (text: string) => string[]): FieldError[] {
  return value ? checkName(path, value, rule) : [field.required(path)];
}

/** The same for a field that may be absent. */
export const checkName = (path: string, value: string | undefined, rule: (text: string) => string[]): FieldError[] =>
  value ? rule(value).map((why) => field.invalid(path, value, why)) : [];

export const required = (path: string, value: unknown, why?: string): FieldError[] =>
  value === undefined || value === null || value === '' ? [field.required(path, why)] : [];

/** The value, which must be there, is one of those. */
export const requireOneOf = (path: string, value: string | undefined, supported: readonly string[]): FieldError[] =>
  value ? oneOf(path, value, supported) : [field.required(path)];

/** The value, if any, is one of those. */
export const oneOf = (path: string, value: string | undefined, supported: readonly string[]): FieldError[] =>
  value === undefined || supported.includes(value) ? [] : [field.notSupported(path, value, supported)];

export const nonNegative = (path: string, value: number | undefined): FieldError[] =>
  (value ?? 0) < 0 ? [field.invalid(path, value, 'must be greater than or equal to 0')] : [];

export const positive = (path: string, value: number | undefined): FieldError[] =>
  value !== undefined && value <= 0 ? [field.invalid(path, value, 'must be greater than 0')] : [];

export const between = (path: string, value: number | undefined, low: number, high: number): FieldError[] =>
  value !== undefined && (value < low || value > high)
    ? [field.invalid(path, value, `must be between ${low} and ${high}, inclusive`)]
    : [];

/** There is something in the list, and nothing beside the asterisk, which stands for all. `what` says what the items are. */
export function requireListOrAll(path: string, list: readonly string[], what: string, missing?: string): FieldError[] {
  if (list.length === 0) return [field.required(path, missing)];
  if (list.length === 1 || !list.includes('*')) return [];
  return [field.invalid(path, list, `if '*' is present, must not specify other ${what}`)];
}

/** Items that repeat an earlier one's key, at `path[i].key`. */
export function duplicates<T>(
  path: string,
  items: readonly T[],
  key: string,
  keyOf: (item: T) => string | undefined,
): FieldError[] {
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const value = keyOf(item);
    if (!value) return [];
    const repeated = seen.has(value);
    seen.add(value);
    return repeated ? [field.duplicate(`${path}[${i}]${key && `.${key}`}`, value)] : [];
  });
}

/** The members that are set, of a union of which one is wanted. */
export const chosen = (union: object, members: readonly string[]): string[] =>
  members.filter((member) => (union as Record<string, unknown>)[member] !== undefined);

/** Applies the rules to each item, with the item's path. */
export const each = <T>(
  path: string,
  items: readonly T[] | undefined,
  rules: (path: string, item: T, i: number) => FieldError[],
): FieldError[] => (items ?? []).flatMap((item, i) => rules(`${path}[${i}]`, item, i));
