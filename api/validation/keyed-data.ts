/** What ConfigMaps and Secrets share: keys that can be file names, a size limit, and immutability once asked for. */
import { type FieldError, field } from '../errors.ts';
import { configMapKeyErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';

/** Both kinds hold a mebibyte at most. */
export const maxDataBytes = 1024 * 1024;

export const keyErrors = (path: string, data: Record<string, string> | undefined): FieldError[] =>
  Object.keys(data ?? {}).flatMap((key) =>
    configMapKeyErrors(key).map((why) => field.invalid(`${path}[${key}]`, key, why)),
  );

const whenImmutable = 'field is immutable when `immutable` is set';

/** What an update changes that `immutable: true` protects. */
export function immutableErrors<T extends { immutable?: boolean }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return [];
  return [
    ...(object.immutable ? [] : [field.forbidden('immutable', whenImmutable)]),
    ...fields
      .filter((name) => !isEqual(object[name] ?? {}, old[name] ?? {}))
      .map((name) => field.forbidden(name, whenImmutable)),
  ];
}
