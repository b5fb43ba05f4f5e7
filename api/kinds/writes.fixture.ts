/** What the registry does with a written object, without a server: for tests of declarations. */
import { expect } from 'vitest';
import type { KubeObject } from '../types.ts';
import type { AnyKind } from './all.ts';

const context = { now: '2024-01-01T00:00:00Z', user: { name: 'jane', groups: ['system:authenticated'] } };

type Meta = Partial<KubeObject['metadata']>;

const named = ({ metadata, ...rest }: { metadata?: Meta }): KubeObject =>
  structuredClone({ ...rest, metadata: { name: 'a', namespace: 'default', uid: 'u', ...metadata } });

/** The object as it would be stored, unless the rules refuse it. */
export function created(kind: unknown, object: object): KubeObject & Record<string, unknown> {
  const copy = named(object);
  (kind as AnyKind).setDefaults?.(copy);
  (kind as AnyKind).strategy?.prepareForCreate?.(copy, context);
  return copy as KubeObject & Record<string, unknown>;
}

/** The same for an update of `old`, which has been created. */
export function updated(kind: unknown, object: object, old: object): KubeObject & Record<string, unknown> {
  const copy = named(object);
  (kind as AnyKind).setDefaults?.(copy);
  (kind as AnyKind).strategy?.prepareForUpdate?.(copy, old as KubeObject, context);
  return copy as KubeObject & Record<string, unknown>;
}

const texts = (errors: { field: string; message: string }[] | undefined): string[] =>
  (errors ?? []).map((error) => `${error.field}: ${error.message}`);

/** What is wrong with a new object. */
export function createErrors(kind: unknown, object: object): string[] {
  return texts((kind as AnyKind).validate?.(created(kind, object), undefined));
}

/** What is wrong with the change from one object to another, with `status` stored in the first. */
export function updateErrors(kind: unknown, old: object, object: object): string[] {
  const stored = { ...created(kind, old), ...('status' in old && { status: old.status }) };
  return texts((kind as AnyKind).validate?.(updated(kind, { ...stored, ...object }, stored), stored));
}

/** What is wrong with a status that is written through `/status`. */
export function statusErrors(kind: unknown, object: object, status: object, oldStatus: object = {}): string[] {
  const stored = { ...created(kind, object), status: oldStatus };
  const written = structuredClone({ ...stored, status }) as KubeObject;
  (kind as AnyKind).strategy?.prepareForStatusUpdate?.(written, stored, context);
  return texts((kind as AnyKind).validateStatus?.(written, stored));
}

/** The same for what is written through another part of the object; `stored` is what that leaves. */
export function writePart(
  kind: unknown,
  part: string,
  object: object,
  old: object,
): { stored: object; errors: string[] } {
  const [copy, stored] = [named(object), named(old)];
  const rules = (kind as AnyKind).parts![part]!;
  rules.prepareForUpdate(copy, stored, context);
  return { stored: copy, errors: texts(rules.validate(copy, stored)) };
}

/** The cells of a table's row, by column. */
export function cellsOf(kind: unknown, object: object, now = Date.parse(context.now)): Record<string, unknown> {
  const full = named(object);
  return Object.fromEntries(((kind as AnyKind).columns ?? []).map((column) => [column.name, column.cell(full, now)]));
}

/** Expects the error among those found, or none when there should be none. */
export function expectErrors(found: string[], wanted: string | undefined): void {
  if (wanted === undefined) expect(found).toEqual([]);
  else expect(found).toContainEqual(expect.stringContaining(wanted));
}
