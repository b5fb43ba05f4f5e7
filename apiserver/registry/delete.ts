/**
 * Deleting an object as `deletion.ts` decides, on the condition that it is still the one that the decision was made on.
 *
 * Upstream: apiserver/pkg/registry/generic/registry/store.go Delete, updateForGracefulDeletionAndFinalizers
 */
import { type ApiError, conflict, notFound } from '../../api/errors.ts';
import * as admit from '../admission/admit.ts';
import type { Admission } from '../admission/plugin.ts';
import { Entry } from '../cache/entry.ts';
import { type DeleteOptions, planDeletion } from './deletion.ts';
import type { Registry } from './registry.ts';
import { cacheKey, type Resource } from './resource.ts';
import { readStore } from './update.ts';
import { encodeStored, viewOf } from './view.ts';
import type { WriteOptions } from './write-options.ts';

export interface Deleted {
  /** The last state. */
  entry: Entry;
  /** False while a grace period or a finalizer keeps it. */
  removed: boolean;
}

/** Deletes the object, or marks it as being deleted. Throws a 404 when there is none. */
export async function remove(
  registry: Registry,
  resource: Resource,
  namespace: string,
  name: string,
  deleteOptions: DeleteOptions,
  options: WriteOptions,
): Promise<Deleted> {
  const { kind, prefix } = resource;
  const { dryRun } = options;
  const plugins = admit.pluginsFor(registry.admission, options);
  const key = cacheKey(resource, namespace, name);
  let { entry } = await readStore(registry, resource, key);
  for (;;) {
    if (!entry) throw notFound(kind, name);
    const seen = await viewOf(resource, entry);
    checkPreconditions(resource, name, seen, deleteOptions);
    const admission: Admission = {
      operation: 'delete',
      resource,
      subresource: '',
      kind,
      namespace,
      name,
      options,
      old: seen.object,
      deleteOptions,
      served: registry,
    };
    await admit.mutate(plugins, admission);
    await admit.validate(plugins, admission);
    const plan = planDeletion(resource, seen.object, deleteOptions, registry.now());
    if (plan.do === 'nothing') return { entry: seen, removed: false };
    const remove = plan.do === 'remove' || plan.thenRemove;
    const value = plan.do === 'mark' ? await encodeStored(resource, plan.object) : undefined;
    const at = (last: Entry, revision: number): Entry =>
      value ? new Entry(key, revision, Buffer.from(value)) : last.at(revision);
    if (dryRun) return { entry: await viewOf(resource, at(entry, entry.revision)), removed: remove };
    const result = remove
      ? await registry.storage.delete(prefix + key, entry.revision)
      : await registry.storage.update(prefix + key, value!, entry.revision, { ttlSeconds: kind.ttlSeconds });
    if (result.written) {
      options.audit?.wrote(name, result.revision);
      return { entry: await viewOf(resource, at(entry, result.revision)), removed: remove };
    }
    entry = result.current && new Entry(key, result.current.revision, result.current.value);
  }
}

function checkPreconditions(
  { kind }: Resource,
  name: string,
  { object }: Entry,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = object.metadata;
  const mismatch = (what: string, asked: string, found: string | undefined): ApiError =>
    conflict(kind, name, `Precondition failed: ${what} in precondition: ${asked}, ${what} in object meta: ${found}`);
  if (preconditions?.uid && preconditions.uid !== uid) throw mismatch('UID', preconditions.uid, uid);
  if (preconditions?.resourceVersion && preconditions.resourceVersion !== resourceVersion) {
    throw mismatch('ResourceVersion', preconditions.resourceVersion, resourceVersion);
  }
}
