/**
 * What a change of an object does to the ownership of its fields. Pure, apart from the conversion of objects to the versions
 * in which others have written.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/merge/update.go, apimachinery/pkg/util/managedfields/internal
 * (managedfieldsupdater.go, stripmeta.go, skipnonapplied.go)
 */
import { type Comparison, changedFields, compare } from './compare.ts';
import {
  capUpdates,
  entryOf,
  isEntryOf,
  type ManagedFieldsEntry,
  sortEntries,
  type Writer,
  withoutEmpty,
} from './entries.ts';
import { difference, type FieldSet, intersection, isEmptySet, setOfPaths, union } from './field-set.ts';
import { reconcile } from './reconcile.ts';
import type { Shape } from './shape.ts';

/** One version of a kind, as ownership sees it. */
export interface Version {
  apiVersion: string;
  shape: Shape;
  /** Fields that a write in this version cannot change; they have no owner. */
  resetFields: FieldSet;
  /** An object of the request's version in this one. The request's own version gives it back. */
  convert(object: object): object | Promise<object>;
  /** An object of this version in the request's. */
  convertBack(object: object): object | Promise<object>;
}

/** The versions in which entries may have been written, by apiVersion: undefined for one that is no longer served. */
export type Versions = (apiVersion: string) => Version | undefined;

/** What nobody owns: it identifies the object, or belongs to the server. */
const withoutOwner = setOfPaths(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields'].map(
    (name) => ['f:metadata', `f:${name}`],
  ),
  ['f:metadata', 'f:resourceVersion'],
);

/** A set without what nobody owns. */
export const stripped = (set: FieldSet): FieldSet => difference(set, withoutOwner);

export interface Transfer {
  /** The entries without what the change has taken from them. */
  entries: ManagedFieldsEntry[];
  /** What others own that the change sets to something else. Empty sets are left out. */
  conflicts: { entry: ManagedFieldsEntry; fields: FieldSet }[];
  /** The change in the version of the request. */
  change: Comparison;
}

/** Takes what a change sets or removes from all entries but the writer's own. */
export async function transfer(
  versions: Versions,
  requested: Version,
  entries: readonly ManagedFieldsEntry[],
  live: object,
  next: object,
  writer: Writer | undefined,
): Promise<Transfer> {
  const comparisons = new Map<string, Comparison>();
  const change = compare(requested.shape, live, next, requested.resetFields);
  comparisons.set(requested.apiVersion, change);
  const kept: ManagedFieldsEntry[] = [];
  const conflicts: Transfer['conflicts'] = [];
  for (const entry of entries) {
    if (writer && isEntryOf(entry, writer)) {
      kept.push(entry);
      continue;
    }
    let comparison = comparisons.get(entry.apiVersion);
    if (!comparison) {
      const version = versions(entry.apiVersion);
      if (!version) continue;
      comparison = compare(
        version.shape,
        await version.convert(live),
        await version.convert(next),
        version.resetFields,
      );
      comparisons.set(entry.apiVersion, comparison);
    }
    const fields = intersection(entry.fieldsV1, changedFields(comparison));
    if (!isEmptySet(fields)) conflicts.push({ entry, fields });
    const left = difference(difference(entry.fieldsV1, fields), comparison.removed);
    kept.push(left === entry.fieldsV1 ? entry : { ...entry, fieldsV1: left });
  }
  return { entries: withoutEmpty(kept), conflicts, change };
}

/** The entries with their sets as the types have it now: a field that has become atomic has one owner. */
export function reconciled(versions: Versions, entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return entries.flatMap((entry) => {
    const version = versions(entry.apiVersion);
    if (!version) return [];
    const fieldsV1 = reconcile(version.shape, entry.fieldsV1);
    return [fieldsV1 === entry.fieldsV1 ? entry : { ...entry, fieldsV1 }];
  });
}

/**
 * The entries after a write that is not an apply: the writer owns what it has changed. An object that has no entries gets
 * none by being changed; it is tracked from its creation, or from its first apply on.
 */
export async function entriesAfterUpdate(
  versions: Versions,
  requested: Version,
  entries: readonly ManagedFieldsEntry[],
  live: object | undefined,
  next: object,
  manager: string,
  subresource: string,
  time: string,
): Promise<ManagedFieldsEntry[]> {
  if (live && entries.length === 0) return [];
  const writer: Writer = {
    manager: manager || 'unknown',
    operation: 'Update',
    apiVersion: requested.apiVersion,
    subresource,
  };
  const before = reconciled(versions, entries);
  const { entries: others, change } = await transfer(versions, requested, before, live ?? {}, next, undefined);
  const fields = stripped(changedFields(change));
  if (isEmptySet(fields)) return sortEntries(capUpdates(others));
  const own = others.find((entry) => isEntryOf(entry, writer));
  const written = entryOf(writer, own ? union(fields, own.fieldsV1) : fields, time);
  return sortEntries(capUpdates([...others.filter((entry) => entry !== own), written]));
}
