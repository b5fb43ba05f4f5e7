/**
 * Which handler answers a resource request: by the shape of the path (collection, object, subresource) and the verb. A path
 * that no kind has is a 404, a verb that the path does not have is a 405.
 *
 * Upstream: apiserver/pkg/endpoints/installer.go
 */
import { ApiError, methodNotAllowed, resourceNotFound } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { isLongRunning } from '../flow-control/flow-control.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { Call, Reply } from '../request/call.ts';
import { checkAnswerable } from '../request/encode.ts';
import type { RequestInfo } from '../request/info.ts';
import { handleCreate } from './create.ts';
import { handleDelete, handleDeleteCollection } from './delete.ts';
import { handleGet } from './get.ts';
import type { Handler } from './handler.ts';
import { handleList, handleWatch } from './list.ts';
import { handlePatch } from './patch.ts';
import { subresources } from './subresources.ts';
import { unstored } from './unstored.ts';
import { handleUpdate } from './update.ts';

type Verbs = Record<string, Handler>;

const collection: Verbs = {
  list: handleList,
  watch: handleWatch,
  create: handleCreate,
  deletecollection: handleDeleteCollection,
};
const { deletecollection: _, ...withoutDelete } = collection;
/** A namespaced kind over all namespaces: an object cannot be created without a namespace. */
const everywhere: Verbs = { list: handleList, watch: handleWatch };
const object: Verbs = {
  get: handleGet,
  update: handleUpdate,
  patch: handlePatch,
  delete: handleDelete,
  watch: handleWatch,
};
const status: Verbs = { get: handleGet, update: handleUpdate, patch: handlePatch };

/** Answers the request. */
export async function dispatch(registry: Registry, call: Call): Promise<Reply> {
  const { info } = call;
  const found = find(registry, info);
  const resource = found instanceof Promise ? await found : found;
  const verbs = resource && verbsOf(resource, info);
  if (!resource || !verbs) throw resourceNotFound();
  const handler = Object.hasOwn(verbs, info.verb) ? verbs[info.verb] : undefined;
  if (!handler) {
    call.replyHeaders['Allow'] = allowedMethods(verbs);
    throw methodNotAllowed();
  }
  if (writes.includes(info.verb) && !isLongRunning(info)) checkAnswerable(call);
  refuseIfTerminating(resource.kind, call);
  warnIfInert(resource.kind, call);
  if (resource.kind.deprecation) call.warnings.push(resource.kind.deprecation);
  const reply = await handler(registry, resource, call);
  if (resource.kind.countsAtOnce && writes.includes(info.verb)) await settle(registry);
  return reply;
}

/** Waits until the caches have what has been written. The write is done, so it does not fail when they take too long. */
async function settle({ reads, logger }: Registry): Promise<void> {
  await reads.fresh().catch((error) => logger.warn({ err: error }, 'The caches are behind a write that is to count'));
}

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];

const methodsOf: Record<string, string> = {
  list: 'GET',
  get: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

/** For the `Allow` header: `DELETE, GET, POST`. */
const allowedMethods = (verbs: Verbs): string =>
  [...new Set(Object.keys(verbs).map((verb) => methodsOf[verb] ?? verb.toUpperCase()))].sort().join(', ');

/** Groups of custom resources have a dot. */
function find(
  registry: Registry,
  { group, version, resource }: RequestInfo,
): Resource | undefined | Promise<Resource | undefined> {
  const found = registry.resources.find(group, version, resource);
  return found || !group.includes('.') ? found : registry.findDefined?.(group, version, resource);
}

function refuseIfTerminating({ terminating }: AnyKind, { info }: Call): void {
  if (!terminating || info.verb !== 'create' || info.name !== '') return;
  const { code, reason, details } = methodNotAllowed();
  const message = 'create not allowed while custom resource definition is terminating';
  throw new ApiError(code, reason, message, details);
}

/** Whoever writes what nothing acts on learns so; who deletes it, or reports a status, knows. */
function warnIfInert(kind: AnyKind, { info, warnings }: Call): void {
  if (!kind.inert || info.subresource === 'status' || !['create', 'update', 'patch'].includes(info.verb)) return;
  warnings.push(`${apiVersionOf(kind)} ${kind.kind} is stored and served, but nothing in this cluster acts on it yet`);
}

function verbsOf({ kind }: Resource, { namespace, name, subresource, parts }: RequestInfo): Verbs | undefined {
  // The path of a namespace itself counts as inside of it.
  const scoped = namespace !== '' && !(kind.plural === 'namespaces' && kind.group === '');
  if (scoped && !kind.namespaced) return undefined;
  if (kind.unstored) return kind.namespaced && !scoped ? undefined : unstored(kind, name, parts);
  if (name === '') {
    if (kind.namespaced && !scoped) return everywhere;
    return kind.deleteCollection === false ? withoutDelete : collection;
  }
  if (kind.namespaced && !scoped) return undefined;
  if (subresource === '') return parts.length === 2 ? object : undefined;
  if (parts.length > 3 && subresource !== 'proxy') return undefined;
  if (subresource === 'status') return kind.status ? status : undefined;
  return subresources(kind, subresource);
}
