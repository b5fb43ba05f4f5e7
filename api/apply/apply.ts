/**
 * Server-side apply: merges a config into the live object, gives the applier what it lists, takes away what it listed last
 * time and does not any more, unless somebody else owns it, and refuses to change what others own.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/merge/update.go (Apply, prune), apimachinery/pkg/util/managedfields/internal
 * (structuredmerge.go, lastappliedmanager.go, lastappliedupdater.go, skipnonapplied.go)
 */
import { badRequest } from '../errors.ts';
import { isEqual } from '../patch/json.ts';
import { configErrors } from './check-config.ts';
import { type Conflict, conflictError } from './conflict.ts';
import { entryOf, isEntryOf, type ManagedFieldsEntry, sortEntries, type Writer } from './entries.ts';
import {
  difference,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  leaf,
  pathsOf,
  recursiveDifference,
  union,
} from './field-set.ts';
import { allowedByLastApplied, withLastApplied } from './last-applied.ts';
import { merge } from './merge.ts';
import { entriesAfterUpdate, reconciled, stripped, transfer, type Version, type Versions } from './ownership.ts';
import { removeFields, withNamedFields } from './remove-fields.ts';
import type { Shape } from './shape.ts';
import { toFieldSet } from './to-field-set.ts';

export interface ApplyRequest {
  versions: Versions;
  /** The version of the request; `live` and `config` are in it. */
  requested: Version;
  /** An empty object when there is none yet. */
  live: object;
  entries: readonly ManagedFieldsEntry[];
  /** Not changed. */
  config: object;
  manager: string;
  subresource: string;
  force: boolean;
  /** RFC 3339. */
  time: string;
}

export interface Applied {
  /** Undefined when the config changes nothing in the object. Shares parts with the live object and the config. */
  object: object | undefined;
  entries: ManagedFieldsEntry[];
}

/** To whom the fields belong that an object has when it is first applied to and has never been tracked. */
const beforeFirstApply = 'before-first-apply';

/** The manager whose applies take over from client-side apply, and keep its annotation up to date. */
const kubectl = 'kubectl';

/** Throws a 400 for a config that does not fit the type. Upstream answers 500, which is a known bug of it. */
export function checkConfig(shape: Shape, config: object): void {
  const errors = configErrors(shape, config);
  if (errors.length === 0) return;
  const texts = errors.length === 1 ? errors[0]! : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n');
  throw badRequest(`failed to create typed patch object (${describe(config)}): ${texts}`);
}

/** Applies a config that has been checked. Throws a 409 that lists all conflicts. */
export async function apply(request: ApplyRequest): Promise<Applied> {
  const { versions, requested, live, config, manager, subresource, time } = request;
  let { entries } = request;
  if (entries.length === 0) {
    entries = await entriesAfterUpdate(versions, requested, [], undefined, live, beforeFirstApply, subresource, time);
  }
  const attempt = await applyOnce(request, entries);
  let { conflicts } = attempt;
  if (conflicts.length > 0 && !request.force && manager === kubectl) {
    const allowed = allowedByLastApplied(requested, live);
    if (allowed) conflicts = conflicts.filter(({ path }) => !hasPath(allowed, path));
  }
  if (conflicts.length > 0 && !request.force) throw conflictError(conflicts);
  const { object } = attempt;
  if (manager !== kubectl) return { object, entries: attempt.entries };
  return { object: withLastApplied(object ?? live, config) ?? object, entries: attempt.entries };
}

async function applyOnce(
  { versions, requested, live, config, manager, subresource, time }: ApplyRequest,
  before: readonly ManagedFieldsEntry[],
): Promise<Applied & { conflicts: Conflict[] }> {
  const { shape, apiVersion, resetFields } = requested;
  const current = reconciled(versions, before);
  const writer: Writer = { manager, operation: 'Apply', apiVersion, subresource };
  const last = current.find((entry) => isEntryOf(entry, writer));
  const fields = recursiveDifference(toFieldSet(shape, config), resetFields);
  const own = entryOf(writer, fields, last?.time);
  const entries = [...current.filter((entry) => entry !== last), own];
  const merged = merge(shape, live, config) as object;
  const next = last ? await withoutDropped(versions, requested, merged, entries, last, fields) : merged;
  const { entries: left, conflicts } = await transfer(versions, requested, entries, live, next, writer);
  const changed = !isEqual(next, live);
  const kept = stripped(fields);
  const others = left.filter((entry) => !isEntryOf(entry, writer));
  const same = !changed && last?.apiVersion === apiVersion && isEqual(last.fieldsV1, kept);
  const written = entryOf(writer, kept, same ? last.time : time);
  return {
    object: changed ? next : undefined,
    entries: sortEntries(isEmptySet(kept) ? others : [...others, written]),
    conflicts: conflicts.flatMap(({ entry, fields: set }) => pathsOf(set).map((path) => ({ entry, path }))),
  };
}

/** The merged object without what the applier has listed last time, does not list now, and nobody else owns. */
async function withoutDropped(
  versions: Versions,
  requested: Version,
  merged: object,
  entries: readonly ManagedFieldsEntry[],
  last: ManagedFieldsEntry,
  fields: FieldSet,
): Promise<object> {
  if (last.apiVersion === requested.apiVersion && isEmptySet(difference(last.fieldsV1, fields))) return merged;
  const lastVersion = versions(last.apiVersion);
  if (!lastVersion) return merged;
  const owned = new Map<string, FieldSet>();
  for (const { apiVersion, fieldsV1 } of entries) owned.set(apiVersion, union(owned.get(apiVersion) ?? leaf, fieldsV1));

  const whole = await lastVersion.convert(merged);
  let pruned = removeFields(lastVersion.shape, whole, withNamedFields(lastVersion.shape, last.fieldsV1));
  // In the version of the last apply first: others may not be convertible without what is given back.
  const order = [last.apiVersion, ...[...owned.keys()].filter((apiVersion) => apiVersion !== last.apiVersion)];
  let inVersion = lastVersion;
  for (const apiVersion of order) {
    const version = versions(apiVersion);
    const set = owned.get(apiVersion);
    if (!version || !set) continue;
    const before = version === inVersion ? whole : await version.convert(await lastVersion.convertBack(whole));
    const after = version === inVersion ? pruned : await version.convert(await inVersion.convertBack(pruned));
    pruned = givenBack(version, before, after, set);
    inVersion = version;
  }
  // Only what the applier itself owned goes: what nobody owns, and what stands below it, comes back.
  const left = inVersion === lastVersion ? pruned : await lastVersion.convert(await inVersion.convertBack(pruned));
  const named = (set: FieldSet): FieldSet => withNamedFields(lastVersion.shape, set);
  const gone = difference(named(toFieldSet(lastVersion.shape, whole)), named(toFieldSet(lastVersion.shape, left)));
  const result = removeFields(lastVersion.shape, whole, intersection(gone, named(last.fieldsV1)));
  return lastVersion.convertBack(result);
}

/** The whole object without what has been pruned from it and nobody owns. */
function givenBack({ shape }: Version, whole: object, pruned: object, owned: FieldSet): object {
  const named = (set: FieldSet): FieldSet => withNamedFields(shape, set);
  const gone = difference(named(toFieldSet(shape, whole)), union(named(toFieldSet(shape, pruned)), named(owned)));
  return removeFields(shape, whole, gone);
}

/** `default/web; apps/v1, Kind=Deployment` */
function describe(config: object): string {
  const {
    apiVersion = '',
    kind = '',
    metadata,
  } = config as {
    apiVersion?: string;
    kind?: string;
    metadata?: { name?: string; namespace?: string };
  };
  const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${groupVersion}, Kind=${kind}`;
}
