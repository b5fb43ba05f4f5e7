/**
 * Stored objects in the version that a resource serves, and back. What is converted is kept as long as the stored entry is, so
 * a conversion happens once for each object and version.
 *
 * Upstream: apimachinery/pkg/runtime/serializer/versioning, apiextensions-apiserver/pkg/apiserver/conversion
 */
import { apiVersionOf } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import type { KubeObject } from '../../api/types.ts';
import { Entry } from '../cache/entry.ts';
import { encodeJson } from './encode.ts';
import type { Conversion, Resource } from './resource.ts';

const kept = new WeakMap<Conversion, WeakMap<Entry, Entry>>();

/** The entries as the resource serves them, in the same order. */
export function viewsOf({ kind, conversion }: Resource, stored: Entry[]): Entry[] | Promise<Entry[]> {
  if (!conversion) return stored;
  let known = kept.get(conversion);
  if (!known) {
    known = new WeakMap();
    kept.set(conversion, known);
  }
  const views = known;
  const missing = stored.filter((entry) => !views.has(entry));
  const all = (): Entry[] => stored.map((entry) => views.get(entry)!);
  if (missing.length === 0) return all();
  const keep = (objects: readonly KubeObject[]): Entry[] => {
    for (const [i, entry] of missing.entries()) views.set(entry, viewOfObject(kind, entry, objects[i]!));
    return all();
  };
  const converted = conversion.toServed(missing.map(({ object }) => object));
  return converted instanceof Promise ? converted.then(keep) : keep(converted);
}

/** One entry as the resource serves it. */
export function viewOf(resource: Resource, stored: Entry): Entry | Promise<Entry> {
  const views = resource.conversion ? viewsOf(resource, [stored]) : [stored];
  return views instanceof Promise ? views.then(([view]) => view!) : views[0]!;
}

function viewOfObject(kind: AnyKind, entry: Entry, object: KubeObject): Entry {
  if (object === entry.object) return entry;
  return new Entry(entry.key, entry.revision, Buffer.from(encodeJson(kind, object)));
}

/** The stored form of an object of the served version. */
export async function encodeStored({ kind, conversion }: Resource, object: KubeObject): Promise<string> {
  if (!conversion) return encodeJson(kind, object);
  return encodeJson(conversion.stored, await conversion.toStored(object));
}

/** Whether the object lies in the store in another version than it would be written in now. */
export const isStoredOtherwise = ({ conversion }: Resource, stored: Entry): boolean =>
  conversion !== undefined && stored.object.apiVersion !== apiVersionOf(conversion.stored);
