/**
 * Creating an object: admission, the fields that the server sets, validation, and a write on the condition that the key
 * does not exist.
 *
 * Upstream: apiserver/pkg/registry/generic/registry/store.go Create, registry/rest/create.go, endpoints/handlers/create.go
 */
import { randomUUID } from 'node:crypto';
import { ApiError, alreadyExists, badRequest, invalid } from '../../api/errors.ts';
import { rfc3339 } from '../../api/meta.ts';
import type { KubeObject } from '../../api/types.ts';
import { validateObjectMeta } from '../../api/validate-meta.ts';
import * as admit from '../admission/admit.ts';
import type { Admission } from '../admission/plugin.ts';
import type { User } from '../authn/user.ts';
import { Entry, unwritten } from '../cache/entry.ts';
import type { Guard } from '../storage/guard.ts';
import { generateName } from './generate-name.ts';
import { hasGeneration } from './generation.ts';
import { trackUpdate, writeAtAnySize } from './managed-fields.ts';
import type { Registry } from './registry.ts';
import { cacheKey, type Resource } from './resource.ts';
import { encodeStored, viewOf } from './view.ts';
import type { WriteOptions } from './write-options.ts';

/** How often another random suffix is tried for a `generateName`. */
const nameAttempts = 8;

/** Creates the object and returns it as stored. What was given may have been changed. */
export async function create(
  registry: Registry,
  resource: Resource,
  namespace: string,
  object: KubeObject,
  options: WriteOptions,
): Promise<Entry> {
  const { metadata } = object;
  const generated = !metadata.name && metadata.generateName !== undefined && metadata.generateName !== '';
  for (let attempt = 1; ; attempt++) {
    if (generated) metadata.name = generateName(metadata.generateName!);
    try {
      // An attempt sets what depends on the name and the uid, and the next one has others.
      const attempted = generated ? structuredClone(object) : object;
      return await createOnce(registry, resource, namespace, attempted, options);
    } catch (error) {
      const taken = error instanceof ApiError && error.reason === 'AlreadyExists';
      if (!generated || !taken || attempt === nameAttempts) throw error;
    }
  }
}

async function createOnce(
  registry: Registry,
  resource: Resource,
  namespace: string,
  object: KubeObject,
  options: WriteOptions,
): Promise<Entry> {
  const { kind } = resource;
  const { user, dryRun, manager } = options;
  checkNamespace(kind.namespaced, namespace, object);
  kind.setDefaults?.(object);
  if (manager !== undefined) await trackUpdate(registry, resource, undefined, object, manager, '');
  const name = object.metadata.name ?? '';
  const admission: Admission = {
    operation: 'create',
    resource,
    subresource: '',
    kind,
    namespace,
    name,
    options,
    object,
    served: registry,
  };
  const plugins = admit.pluginsFor(registry.admission, options);
  await admit.mutate(plugins, admission);
  checkNamespace(kind.namespaced, namespace, object);
  initialize(registry, resource, object, user);
  const errors = [...validateObjectMeta(kind, object), ...(kind.validate?.(object, undefined) ?? [])];
  if (errors.length > 0) throw invalid(kind, name, errors);
  await admit.validate(plugins, admission);
  const created = await admit.reserving(plugins, admission, (guards) =>
    writeAtAnySize(object, manager !== undefined, () => write(registry, resource, namespace, object, dryRun, guards)),
  );
  if (!dryRun) options.audit?.wrote(object.metadata.name ?? '', created.revision);
  return created;
}

async function write(
  registry: Registry,
  resource: Resource,
  namespace: string,
  object: KubeObject,
  dryRun: boolean,
  guards: readonly Guard[],
): Promise<Entry> {
  const { kind, prefix } = resource;
  const name = object.metadata.name ?? '';
  const key = cacheKey(resource, namespace, name);
  const value = await encodeStored(resource, object);
  if (dryRun) {
    const existing = await registry.storage.get(prefix + key);
    if (existing) throw exists(resource, name, existing.value);
    return viewOf(resource, new Entry(key, unwritten, Buffer.from(value)));
  }
  const result = await registry.storage.create(prefix + key, value, { ttlSeconds: kind.ttlSeconds, guards });
  if (!result.written) throw exists(resource, name, result.current?.value);
  return viewOf(resource, resource.cache.written(key, result.revision, value));
}

function checkNamespace(namespaced: boolean, namespace: string, { metadata }: KubeObject): void {
  if (!namespaced) return;
  metadata.namespace ||= namespace;
  if (metadata.namespace === namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** Sets what belongs to the server, whatever the caller gave. */
function initialize(registry: Registry, resource: Resource, object: KubeObject, user: User): void {
  const { kind } = resource;
  const { metadata } = object;
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  metadata.uid = randomUUID();
  const now = rfc3339(registry.now());
  metadata.creationTimestamp = now;
  if (hasGeneration(resource)) metadata.generation = 1;
  else delete metadata.generation;
  kind.strategy?.prepareForCreate?.(object, { now, user });
}

function exists(resource: Resource, name: string, current: Buffer | undefined): ApiError {
  const error = alreadyExists(resource.kind, name);
  if (!current?.includes('"deletionTimestamp"')) return error;
  return new ApiError(error.code, error.reason, `object is being deleted: ${error.message}`, error.details);
}
