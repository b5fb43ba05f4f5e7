/**
 * Changing a stored object: read it, let the caller make the new one, check that, and write on the condition that nobody
 * else has written meanwhile. A lost race starts over with the newer object, unless the caller's object carries
 * a resourceVersion, which must then be the stored one.
 *
 * Upstream: apiserver/pkg/registry/generic/registry/store.go Update, registry/rest/update.go, storage/etcd3 GuaranteedUpdate
 */
import { badRequest, conflict, type FieldError, field, invalid, notFound, staleVersion } from '../../api/errors.ts';
import type { WriteContext } from '../../api/kind.ts';
import { rfc3339 } from '../../api/meta.ts';
import { isEqual } from '../../api/patch/json.ts';
import type { KubeObject } from '../../api/types.ts';
import { validateObjectMeta } from '../../api/validate-meta.ts';
import * as admit from '../admission/admit.ts';
import type { Admission } from '../admission/plugin.ts';
import { Entry } from '../cache/entry.ts';
import type { Guard } from '../storage/guard.ts';
import { pendingFinalizers } from './deletion.ts';
import { hasGeneration, nextGeneration } from './generation.ts';
import { keepTimesIfUnchanged, trackUpdate, writeAtAnySize } from './managed-fields.ts';
import type { Registry } from './registry.ts';
import { cacheKey, type Resource } from './resource.ts';
import { encodeStored, isStoredOtherwise, viewOf } from './view.ts';
import type { WriteOptions } from './write-options.ts';

/** Makes the new object from the stored one, which it must not change. May be called again after a lost race. */
export type Change = (stored: KubeObject) => KubeObject | Promise<KubeObject>;

/** What admission is shown of an object, where the caller changes something else that stands for it: its Scale. */
export interface Shown extends Pick<Admission, 'kind'>, Required<Pick<Admission, 'type'>> {
  of(object: KubeObject): KubeObject;
  /** Takes over into the object what admission has changed. */
  take(object: KubeObject, shown: KubeObject): void;
}

export interface UpdateOptions extends WriteOptions {
  /** `status`, `scale`, ...: decides which part of the object the caller may change. */
  subresource?: string;
  /** Undefined: the object itself. */
  shown?: Shown;
}

/** The object as it is stored, and where it comes from: the cache may be behind the store, so a refusal is decided on a fresh one only. */
interface Current {
  entry: Entry | undefined;
  fresh: boolean;
}

/** Changes the object and returns it as stored. Throws a 404 when there is none. */
export async function update(
  registry: Registry,
  resource: Resource,
  namespace: string,
  name: string,
  change: Change,
  options: UpdateOptions,
): Promise<Entry> {
  const key = cacheKey(resource, namespace, name);
  let current: Current = { entry: resource.cache.get(key), fresh: false };
  for (;;) {
    const { entry } = current;
    if (!entry) {
      if (current.fresh) throw notFound(resource.kind, name);
      current = await readStore(registry, resource, key);
      continue;
    }
    try {
      const result = await updateOnce(registry, resource, namespace, name, entry, change, options);
      if (result.written) {
        if (result.entry.revision !== entry.revision) options.audit?.wrote(name, result.entry.revision);
        return await viewOf(resource, result.entry);
      }
      current = { entry: result.current, fresh: true };
    } catch (error) {
      if (current.fresh) throw error;
      // What was decided on an old state may be wrong; what was decided on the newest one stands.
      const newest = await readStore(registry, resource, key);
      if (newest.entry?.revision === entry.revision) throw error;
      current = newest;
    }
  }
}

/** The object straight from the store. */
export async function readStore(registry: Registry, resource: Resource, key: string): Promise<Current> {
  const stored = await registry.storage.get(resource.prefix + key);
  return { entry: stored && new Entry(key, stored.revision, stored.value), fresh: true };
}

type Outcome = { written: true; entry: Entry } | { written: false; current: Entry | undefined };

async function updateOnce(
  registry: Registry,
  resource: Resource,
  namespace: string,
  name: string,
  stored: Entry,
  change: Change,
  options: UpdateOptions,
): Promise<Outcome> {
  const { kind } = resource;
  const { user, dryRun, manager, subresource = '', shown } = options;
  const old = (await viewOf(resource, stored)).object;
  const object = await change(old);
  checkIdentity(resource, namespace, name, object, old);
  if (subresource === '') kind.setDefaults?.(object);
  else if (subresource === 'status') restoreAllButStatus(object, old);
  const context = { now: rfc3339(registry.now()), user };
  kind.parts?.[subresource]?.prepareForUpdate(object, old, context);
  if (manager !== undefined) await trackUpdate(registry, resource, old, object, manager, subresource);
  const admission: Admission = {
    operation: 'update',
    resource,
    subresource,
    kind,
    namespace,
    name,
    options,
    object,
    old,
    served: registry,
    ...(shown && { kind: shown.kind, type: shown.type, object: shown.of(object), old: shown.of(old) }),
  };
  const plugins = admit.pluginsFor(registry.admission, options);
  await admit.mutate(plugins, admission);
  shown?.take(object, admission.object!);
  prepare(resource, object, old, subresource, context);
  keepTimesIfUnchanged(old, object);
  const errors = validate(resource, object, old, subresource);
  if (errors.length > 0) throw invalid(kind, name, errors);
  await admit.validate(plugins, admission);
  return admit.reserving(plugins, admission, (guards) =>
    writeAtAnySize(object, manager !== undefined, () => write(registry, resource, stored, old, object, dryRun, guards)),
  );
}

/** Writes what has changed. An object that was only waiting for its last finalizer goes. */
async function write(
  { storage }: Registry,
  resource: Resource,
  stored: Entry,
  old: KubeObject,
  object: KubeObject,
  dryRun: boolean,
  guards: readonly Guard[],
): Promise<Outcome> {
  const { kind, prefix } = resource;
  const { key } = stored;
  if (isEqual(object, old) && !isStoredOtherwise(resource, stored) && !(await storage.isStale(prefix + key))) {
    return { written: true, entry: stored };
  }
  const value = await encodeStored(resource, object);
  if (dryRun) return { written: true, entry: new Entry(key, stored.revision, Buffer.from(value)) };
  const gone = pendingFinalizers(resource, object).length === 0 && old.metadata.deletionGracePeriodSeconds === 0;
  const result = gone
    ? await storage.delete(prefix + key, stored.revision)
    : await storage.update(prefix + key, value, stored.revision, { ttlSeconds: kind.ttlSeconds, guards });
  if (result.written) {
    const { revision } = result;
    const entry = gone ? new Entry(key, revision, Buffer.from(value)) : resource.cache.written(key, revision, value);
    return { written: true, entry };
  }
  const { current } = result;
  return { written: false, current: current && new Entry(key, current.revision, current.value) };
}

/** The object must be the one of the URL, and the version that the caller saw must be the stored one. */
function checkIdentity(resource: Resource, namespace: string, name: string, object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  const { kind } = resource;
  metadata.name ||= name;
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (kind.namespaced) {
    metadata.namespace ||= namespace;
    if (metadata.namespace !== namespace) {
      throw badRequest(
        `the namespace of the object (${metadata.namespace}) does not match the namespace on the URL (${namespace})`,
      );
    }
  }
  if (metadata.uid && metadata.uid !== old.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`;
    throw conflict(kind, name, why);
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== old.metadata.resourceVersion)
    throw staleVersion(kind, name);
  if (kind.versionedUpdate && !metadata.resourceVersion) {
    const error = field.invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ group: kind.group, kind: kind.plural }, name, [error]);
  }
}

/** A status update carries the whole object, but only the status and the loose part of the metadata count. */
function restoreAllButStatus(object: KubeObject, old: KubeObject): void {
  const record = object as unknown as Record<string, unknown>;
  const stored = old as unknown as Record<string, unknown>;
  for (const name of Object.keys(record)) if (name !== 'status' && name !== 'metadata') delete record[name];
  for (const name of Object.keys(stored)) if (name !== 'status' && name !== 'metadata') record[name] = stored[name];
  const { labels, ownerReferences } = old.metadata;
  object.metadata = { ...object.metadata, labels, ownerReferences };
}

/** Restores what the server owns and lets the kind set what follows from the change. */
function prepare(
  resource: Resource,
  object: KubeObject,
  old: KubeObject,
  subresource: string,
  context: WriteContext,
): void {
  const { kind } = resource;
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, resourceVersion, generation } =
    old.metadata;
  object.metadata = {
    ...object.metadata,
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    resourceVersion,
    generation,
  };
  delete object.metadata.selfLink;
  if (subresource === 'status') kind.strategy?.prepareForStatusUpdate?.(object, old, context);
  else if (subresource === '') kind.strategy?.prepareForUpdate?.(object, old, context);
  if (hasGeneration(resource)) object.metadata.generation = nextGeneration(kind, object, old, subresource);
  if (object.metadata.generation === undefined) delete object.metadata.generation;
}

/**
 * The kind's rules say what a caller may change in the object, or in its status. A subresource that changes the object by
 * rules of its own, as a binding does, has checked those already.
 */
function validate({ kind }: Resource, object: KubeObject, old: KubeObject, subresource: string): FieldError[] {
  const metadata = validateObjectMeta(kind, object, old);
  if (subresource === 'status') return [...metadata, ...(kind.validateStatus?.(object, old) ?? [])];
  if (subresource === '' || subresource === 'scale') return [...metadata, ...(kind.validate?.(object, old) ?? [])];
  return [...metadata, ...(kind.parts?.[subresource]?.validate(object, old) ?? [])];
}
