/**
 * Keeps `metadata.managedFields` on every write: finds the entries to go on from, and the versions of the kind in which they
 * may have been written.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/fieldmanager, apimachinery/pkg/util/managedfields/internal/fieldmanager.go
 */
import { decodeEntries, differInTimesOnly, isReset, type ManagedFieldsEntry } from '../../api/apply/entries.ts';
import { type FieldSet, leaf, setOfPaths } from '../../api/apply/field-set.ts';
import { entriesAfterUpdate, type Version, type Versions } from '../../api/apply/ownership.ts';
import { fieldElement } from '../../api/apply/path-element.ts';
import { ApiError, field, invalid } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/kind.ts';
import { rfc3339 } from '../../api/meta.ts';
import { isEqual } from '../../api/patch/json.ts';
import type { KubeObject } from '../../api/types.ts';
import { validateFieldManager } from '../../api/validate-field-manager.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resource.ts';

/** In bytes. */
const maxSubresourceLength = 256;

/** The entries of a stored object. */
export const entriesOf = (object: KubeObject | undefined): ManagedFieldsEntry[] =>
  (object?.metadata.managedFields ?? []) as ManagedFieldsEntry[];

/** Writes the entries into the object, which is changed. */
export function setEntries(object: KubeObject, entries: readonly ManagedFieldsEntry[]): void {
  if (entries.length === 0) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries as KubeObject['metadata']['managedFields'];
}

/** Gives the writer the fields in which `object` differs from what is stored. Changes the object's metadata. */
export async function trackUpdate(
  registry: Registry,
  resource: Resource,
  old: KubeObject | undefined,
  object: KubeObject,
  manager: string,
  subresource: string,
): Promise<void> {
  const before = startingEntries(resource, old, object, subresource);
  // The metadata may be that of the stored object itself.
  object.metadata = { ...object.metadata };
  delete object.metadata.managedFields;
  const { requested, versions } = versionsOf(registry, resource, subresource);
  const now = rfc3339(registry.now());
  try {
    setEntries(object, await entriesAfterUpdate(versions, requested, before, old, object, manager, subresource, now));
  } catch (error) {
    // A conversion that fails must not keep the object from being written.
    registry.logger.error({ err: error, resource: resource.kind.plural }, 'Owners of fields are not kept for a write');
    setEntries(object, entriesOf(old));
  }
}

/**
 * What the caller gave, if it means to change ownership itself, which is only possible in the object itself. Entries that
 * are not valid are not taken: a client that does not know them must not delete them by accident.
 */
function startingEntries(
  { kind }: Resource,
  old: KubeObject | undefined,
  { metadata: { name, managedFields: given } }: KubeObject,
  subresource: string,
): readonly ManagedFieldsEntry[] {
  const stored = entriesOf(old);
  if (subresource !== '' || given === undefined || isEqual(given, stored)) return stored;
  if (isReset(given)) return [];
  const decoded = decodeOr(given, stored);
  if (decoded.length === 0) return stored;
  const errors = decoded.flatMap(({ manager = '', subresource = '' }, i) => [
    ...validateFieldManager(manager, `metadata.managedFields[${i}].manager`),
    ...(Buffer.byteLength(subresource) > maxSubresourceLength
      ? [field.tooLong(`metadata.managedFields[${i}].subresource`, maxSubresourceLength)]
      : []),
  ]);
  if (errors.length > 0) throw invalid(kind, name ?? '', errors);
  return decoded;
}

function decodeOr(given: readonly unknown[], stored: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  try {
    return decodeEntries(given);
  } catch {
    return stored;
  }
}

/** The version of the request, and those in which others may have written. */
export function versionsOf(
  { resources }: Pick<Registry, 'resources'>,
  resource: Resource,
  subresource: string,
): { requested: Version; versions: Versions } {
  const requested = versionOf(resource, resource, subresource);
  const known = new Map([[requested.apiVersion, requested]]);
  const versions = (apiVersion: string): Version | undefined => {
    let version = known.get(apiVersion);
    if (!version) {
      const other = resources
        .all()
        .find(({ kind, prefix }) => prefix === resource.prefix && apiVersionOf(kind) === apiVersion);
      version = other && versionOf(other, resource, subresource);
      if (version) known.set(apiVersion, version);
    }
    return version;
  };
  return { requested, versions };
}

const versionOf = (resource: Resource, requested: Resource, subresource: string): Version => ({
  apiVersion: apiVersionOf(resource.kind),
  shape: resource.type.shape,
  resetFields: resetFieldsOf(resource, subresource),
  convert: (object) => convert(object, requested, resource),
  convertBack: (object) => convert(object, resource, requested),
});

async function convert(object: object, from: Resource, to: Resource): Promise<object> {
  if (from === to) return object;
  const stored = from.conversion ? await from.conversion.toStored(object as KubeObject) : (object as KubeObject);
  return to.conversion ? (await to.conversion.toServed([stored]))[0]! : stored;
}

const status: FieldSet = setOfPaths(['f:status']);

/** What a write cannot change: the status in the object itself, everything but the status and loose metadata in the status. */
function resetFieldsOf({ kind, type }: Resource, subresource: string): FieldSet {
  if (subresource === '') return kind.status ? status : leaf;
  if (subresource !== 'status') return leaf;
  const kept = new Set(['apiVersion', 'kind', 'metadata', 'status']);
  return setOfPaths(
    ...[...type.shape.fields.keys(), 'spec'].filter((name) => !kept.has(name)).map((name) => [fieldElement(name)]),
    ['f:metadata', 'f:labels'],
    ['f:metadata', 'f:ownerReferences'],
  );
}

/** Takes new times back when nothing else differs from what is stored: a write that changes nothing is none. */
export function keepTimesIfUnchanged(old: KubeObject, object: KubeObject): void {
  if (!differInTimesOnly(entriesOf(object), entriesOf(old))) return;
  const kept = { ...object, metadata: { ...object.metadata, managedFields: old.metadata.managedFields } };
  if (isEqual(kept, old)) object.metadata = kept.metadata;
}

/**
 * Writes the object, and again without its owners when it is too large with them: they are worth less than the object. Only for
 * tracked writes: an apply is about owners.
 */
export async function writeAtAnySize<T>(object: KubeObject, tracked: boolean, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const tooLarge = error instanceof ApiError && error.code === 413;
    if (!tooLarge || !tracked || object.metadata.managedFields === undefined) throw error;
    delete object.metadata.managedFields;
    return write();
  }
}
