/** What changed between two versions of an object, for the rules about what an update may not touch. */
import { type FieldError, field } from '../errors.ts';
import { isEqual, isObject } from '../patch/json.ts';
import { immutable } from '../validate-meta.ts';

/** Paths of the values that differ: `spec.containers[0].image`. A list that changed length is one difference. */
export function changedPaths(path: string, a: unknown, b: unknown): string[] {
  if (isEqual(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((item, i) => changedPaths(`${path}[${i}]`, item, b[i]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => changedPaths(path ? `${path}.${key}` : key, a[key], b[key]));
  }
  return [path];
}

/** `field is immutable`, when the value has changed. */
export const unchanged = (path: string, value: unknown, old: unknown): FieldError[] =>
  isEqual(value, old) ? [] : [field.invalid(path, value ?? null, immutable)];
