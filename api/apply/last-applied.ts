/**
 * The annotation of client-side apply: what was last applied. An object that kubectl has applied from the client side goes
 * over to server-side apply without conflicts, because the annotation says which fields are kubectl's; and whoever goes
 * back finds the annotation up to date.
 *
 * Upstream: apimachinery/pkg/util/managedfields/internal/lastapplied{,manager,updater}.go
 */
import { isObject } from '../patch/json.ts';
import { compare } from './compare.ts';
import { difference, type FieldSet } from './field-set.ts';
import type { Version } from './ownership.ts';
import { toFieldSet } from './to-field-set.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

type Annotated = { metadata?: { annotations?: Record<string, string> } };

const lastAppliedOf = (object: object): string | undefined =>
  (object as Annotated).metadata?.annotations?.[lastAppliedAnnotation] || undefined;

/** The fields that client-side apply has set and that still are as it has set them. Undefined when it has not been used. */
export function allowedByLastApplied({ shape, apiVersion }: Version, live: object): FieldSet | undefined {
  const text = lastAppliedOf(live);
  const lastApplied = text === undefined ? undefined : parse(text);
  if (!lastApplied || lastApplied['apiVersion'] !== apiVersion) return undefined;
  const { modified, added, removed } = compare(shape, lastApplied, live);
  return [modified, added, removed].reduce(difference, toFieldSet(shape, lastApplied));
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    // Anybody may write an annotation; what is no JSON says nothing about fields.
    return undefined;
  }
}

/** The most that annotations may take in all. */
const maxAnnotationBytes = 256 * 1024;

/** A copy of the object with the config in its annotation; undefined when it has none, or it would not change. */
export function withLastApplied(object: object, config: object): object | undefined {
  const before = lastAppliedOf(object);
  if (before === undefined) return undefined;
  const { metadata } = object as Required<Annotated>;
  const annotations = { ...metadata.annotations };
  const text = lastAppliedText(config);
  annotations[lastAppliedAnnotation] = text;
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  // An annotation that does not fit is worth less than the object.
  if (size > maxAnnotationBytes) delete annotations[lastAppliedAnnotation];
  else if (text === before) return undefined;
  return { ...object, metadata: { ...metadata, annotations } };
}

/** The config as kubectl writes it: without the annotation itself, on a line of its own. */
function lastAppliedText(config: object): string {
  const { metadata, ...rest } = config as Annotated;
  const { [lastAppliedAnnotation]: _, ...annotations } = metadata?.annotations ?? {};
  const kept = { ...metadata, ...(metadata?.annotations && { annotations }) };
  return `${JSON.stringify(sorted({ ...rest, metadata: kept }))}\n`;
}

/** Keys in alphabetical order, as Go writes maps. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
