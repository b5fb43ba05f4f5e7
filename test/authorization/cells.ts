/** The requests of the matrix: every verb on every kind and subresource in every place, and paths that are no resource. */
import type { Access } from './access.ts';
import type { Asked } from './asker.ts';
import { collectionPath, namespaceOf, objectOf, objectPath, placesOf, type Target } from './targets.ts';

export interface Cell extends Asked {
  access: Access;
}

const json = 'application/json';
const mergePatch = 'application/merge-patch+json';
const applyPatch = 'application/apply-patch+yaml';

/** Asked of every kind, whether it has them or not. */
export const allSubresources = [
  'status',
  'scale',
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'eviction',
  'binding',
  'token',
  'ephemeralcontainers',
  'resize',
  'approval',
  'finalize',
];

/** So that a watch ends with what is there. */
export const tellAll =
  'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=2';

const withBody = (method: string, path: string, type: string, body: object) => ({
  method,
  path,
  headers: { 'content-type': type },
  body: JSON.stringify(body),
});

/** The requests for the kind. */
export function* cellsOf(target: Target): Generator<Cell> {
  const { group, plural } = target;
  const access = (verb: string, namespace: string, name = '', subresource = ''): Access => ({
    verb,
    group,
    resource: plural,
    subresource,
    namespace,
    name,
  });
  const inCollection = function* (path: string, namespace: string, fresh: object): Generator<Cell> {
    yield { method: 'GET', path, access: access('list', namespace) };
    yield { method: 'GET', path: `${path}?watch=1&${tellAll}`, streams: true, access: access('watch', namespace) };
    yield { ...withBody('POST', path, json, fresh), access: access('create', namespace) };
    yield { method: 'DELETE', path, access: access('deletecollection', namespace) };
  };
  const isNamespaces = plural === 'namespaces';
  for (const place of placesOf(target)) {
    const object = objectOf(target, place, 'target');
    const name = object.metadata.name!;
    const namespace = isNamespaces ? place : namespaceOf(target, place);
    const path = objectPath(target, place);
    const fresh = objectOf(target, place, 'fresh');
    if (!isNamespaces || place === 'a') {
      yield* inCollection(collectionPath(target, place), isNamespaces ? '' : namespace, fresh);
    }
    const onObject = function* (at: string, subresource: string): Generator<Cell> {
      const patch = subresource && target.status ? { status: target.status } : annotate;
      yield { method: 'GET', path: at, access: access('get', namespace, name, subresource) };
      yield {
        ...withBody('PUT', at, json, { ...object, ...(subresource && { status: target.status }) }),
        access: access('update', namespace, name, subresource),
      };
      yield { ...withBody('PATCH', at, mergePatch, patch), access: access('patch', namespace, name, subresource) };
      yield { method: 'DELETE', path: at, access: access('delete', namespace, name, subresource) };
    };
    yield* onObject(path, '');
    const manager = `${path}?fieldManager=matrix&force=true`;
    yield { ...withBody('PATCH', manager, applyPatch, object), access: access('patch', namespace, name) };
    for (const subresource of target.subresources) {
      const at = `${path}/${subresource}`;
      yield* onObject(at, subresource);
      const create = access('create', namespace, name, subresource);
      yield { ...withBody('POST', at, json, orders[subresource]?.(object) ?? {}), access: create };
    }
    // Below a Namespace these would be resources of it.
    if (isNamespaces) continue;
    for (const subresource of allSubresources) {
      if (target.subresources.includes(subresource)) continue;
      yield { method: 'GET', path: `${path}/${subresource}`, access: access('get', namespace, name, subresource) };
    }
  }
  if (target.namespaced) yield* inCollection(collectionPath(target), '', objectOf(target, 'a', 'fresh'));
}

const annotate = { metadata: { annotations: { changed: 'by the matrix' } } };

/** Bodies of subresources that take an order. */
const orders: Record<string, (object: { metadata: { name?: string; namespace?: string } }) => object> = {
  binding: ({ metadata: { name } }) => ({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { kind: 'Node', name: 'other' },
  }),
  eviction: ({ metadata: { name } }) => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }),
  token: () => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
};

const nonResourcePaths = [
  ...['/', '/api', '/api/', '/api/v1', '/apis', '/apis/', '/apis/apps', '/apis/apps/v1', '/apis/matrix.example.com/v1'],
  ...['/openapi', '/openapi/v2', '/openapi/v3', '/openapi/v3/api/v1', '/version', '/version/', '/version/x'],
  ...['/healthz', '/healthz/ping', '/livez', '/livez/ping', '/readyz', '/readyz/ping', '/readyz/', '/metrics'],
  ...['/.well-known/openid-configuration', '/openid/v1/jwks', '/logs', '/logs/', '/debug/pprof/', '/configz', '/x'],
];

/** Requests for what is no resource. */
export function* nonResourceCells(): Generator<Cell> {
  for (const path of nonResourcePaths) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const nothing = { group: '', resource: '', subresource: '', namespace: '', name: '' };
      yield { method, path, access: { ...nothing, verb: method.toLowerCase(), path } };
    }
  }
}
