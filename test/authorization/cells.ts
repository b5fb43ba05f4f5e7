/** The requests of the matrix: every verb on every kind and subresource in every place, and paths that are no resource. */
import type { Access } from './access.ts';
import type { Asked } from './asker.ts';
import { canaryOf, collectionPath, namespaceOf, objectOf, objectPath, placesOf, type Target } from './targets.ts';

export interface Cell extends Asked {
  access: Access;
  /** What the answer has to show to who is allowed it: a matrix in which nothing is ever seen would prove nothing. */
  shows?: string;
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
  const shows = (place: string): { shows?: string } => (target.planted ? { shows: canaryOf(plural, place) } : {});
  const inCollection = function* (place: string | undefined, namespace: string): Generator<Cell> {
    const path = collectionPath(target, place);
    const seen = shows(place ?? 'a');
    const fresh = objectOf(target, place ?? 'a', 'fresh');
    const watched = `${path}?watch=1&${tellAll}`;
    yield { method: 'GET', path, access: access('list', namespace), ...seen };
    yield { method: 'GET', path: watched, streams: true, access: access('watch', namespace), ...seen };
    yield { ...withBody('POST', path, json, fresh), access: access('create', namespace) };
    yield { method: 'DELETE', path, access: access('deletecollection', namespace) };
  };
  const isNamespaces = plural === 'namespaces';
  for (const place of placesOf(target)) {
    const object = objectOf(target, place, 'target');
    const name = object.metadata.name!;
    const namespace = isNamespaces ? place : namespaceOf(target, place);
    const path = objectPath(target, place);
    if (!isNamespaces || place === 'a') yield* inCollection(place, isNamespaces ? '' : namespace);
    const onObject = function* (at: string, subresource: string): Generator<Cell> {
      const patch = subresource && target.status ? { status: target.status } : annotate;
      const seen = subresource ? {} : shows(place);
      yield { method: 'GET', path: at, access: access('get', namespace, name, subresource), ...seen };
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
    if (isNamespaces || place === 'b') continue;
    for (const subresource of allSubresources) {
      if (target.subresources.includes(subresource)) continue;
      yield { method: 'GET', path: `${path}/${subresource}`, access: access('get', namespace, name, subresource) };
    }
  }
  if (target.namespaced) yield* inCollection(undefined, '');
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
  const nothing = { group: '', resource: '', subresource: '', namespace: '', name: '' };
  for (const path of nonResourcePaths) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      yield { method, path, access: { ...nothing, verb: method.toLowerCase(), path } };
    }
  }
  for (const path of ['/api', '/apis']) {
    for (const version of ['v2', 'v2beta1']) {
      const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
      yield { method: 'GET', path, headers: { accept }, access: { ...nothing, verb: 'get', path } };
    }
  }
}
