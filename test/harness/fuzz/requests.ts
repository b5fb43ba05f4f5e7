/**
 * Requests of a fuzzer against an API server: all kinds, all verbs, nearly all of them wrong somewhere. Some are good, so that
 * there are objects to be wrong about.
 *
 * What they do stays small: names come from a short list, all in one namespace or with a prefix of their own; collections of
 * cluster-scoped kinds are not deleted; nothing connects to a node.
 */
import { apiVersionOf, pathOfGroupVersion } from '../../../api/kind.ts';
import type { AnyKind } from '../../../api/kinds/all.ts';
import type { KubeObject } from '../../../api/types.ts';
import { type Example, exampleOf } from '../example-objects.ts';
import type { Random } from '../random.ts';
import { type Body, objectBody } from './bodies.ts';
import { once, oneOf } from './choose.ts';
import { corrupt, junk, junkText } from './junk.ts';
import { patchBody } from './patches.ts';

export interface FuzzRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

export const namespace = 'fuzz';
const names = ['fuzz-0', 'fuzz-1', 'fuzz-2', 'fuzz-3'];
/** Never there: what would connect to a node or a pod stops here. */
const absent = 'fuzz-absent';
const connecting = ['log', 'exec', 'attach', 'portforward', 'proxy'];
const subresources = [
  'status',
  'scale',
  'binding',
  'eviction',
  'finalize',
  'token',
  'resize',
  'ephemeralcontainers',
  'approval',
];

/** The next request. */
export function nextRequest(random: Random, kinds: readonly AnyKind[]): FuzzRequest {
  if (once(random, 12)) return elsewhere(random);
  const kind = oneOf(random, kinds);
  const collection = `/${pathOfGroupVersion(kind)}/${kind.namespaced ? `namespaces/${namespace}/` : ''}${kind.plural}`;
  const name = oneOf(random, names);
  const object = `${collection}/${name}`;
  switch (random(12)) {
    case 0:
    case 1:
    case 2:
      return make(random, 'POST', collection, 'create', objectBody(random, goodObject(kind, name)));
    case 3:
      return make(random, 'PUT', object, 'update', objectBody(random, goodObject(kind, name)));
    case 4:
    case 5:
      return make(random, 'PATCH', object, 'patch', patchBody(random, goodObject(kind, name)));
    case 6:
      return make(random, 'GET', collection, 'list');
    case 7:
      return make(random, 'GET', object, 'get');
    case 8:
      return make(random, 'DELETE', object, 'delete', once(random, 2) ? deleteOptions(random) : undefined);
    case 9: {
      // Of a cluster-scoped kind only with a selector that selects ours.
      const mine = kind.namespaced ? collection : `${collection}?fieldSelector=metadata.name%3D${name}`;
      return make(random, 'DELETE', mine, kind.namespaced ? 'delete' : 'none', deleteOptions(random));
    }
    case 10: {
      const method = oneOf(random, ['GET', 'PUT', 'PATCH', 'POST', 'DELETE']);
      const below = once(random, 4)
        ? `${collection}/${absent}/${oneOf(random, connecting)}`
        : `${object}/${once(random, 6) ? encodeURIComponent(junkText(random).slice(0, 300).toWellFormed()) : oneOf(random, subresources)}`;
      const body =
        method === 'PATCH' ? patchBody(random, goodObject(kind, name)) : objectBody(random, goodObject(kind, name));
      return make(random, method, below, 'update', method === 'GET' ? undefined : body);
    }
    default:
      return make(
        random,
        oneOf(random, ['OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'POST', 'PUT', 'PATCH']),
        oneOf(random, [collection, object]),
        'get',
      );
  }
}

/** Of what is not stored there are no examples: a Binding, to a node that is not there. */
const binding: Example = { content: { target: { kind: 'Node', name: absent } } };

function goodObject(kind: AnyKind, name: string): KubeObject {
  const example = kind.unstored ? binding : exampleOf(kind);
  const called = example.called?.(name);
  return structuredClone({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: called?.name ?? name, labels: { fuzz: 'yes' } },
    ...example.content,
    ...called?.content,
    ...(example.status && { status: example.status }),
  });
}

function deleteOptions(random: Random): Body {
  const options = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    gracePeriodSeconds: 0,
    ...(once(random, 2) && {
      propagationPolicy: oneOf<unknown>(random, ['Orphan', 'Foreground', 'Background', junk(random)]),
    }),
    ...(once(random, 2) && {
      preconditions: oneOf<unknown>(random, [{ uid: 'x' }, { resourceVersion: '1' }, junk(random)]),
    }),
    ...(once(random, 4) && { [junkText(random)]: junk(random) }),
  };
  const text = JSON.stringify(options);
  return { type: 'application/json', bytes: once(random, 4) ? corrupt(random, text) : Buffer.from(text) };
}

type Use = 'create' | 'update' | 'patch' | 'delete' | 'list' | 'get' | 'none';

const selectors = [
  'fuzz=yes',
  'a in (b',
  '!',
  'a==b,c!=d',
  '=',
  'a in (),b notin (x)',
  ',,,',
  'metadata.name=x',
  'spec.nodeName!=',
  'x>y',
  '()',
  'a'.repeat(5000),
];
const numbers = ['0', '1', '-1', '99999999999999999999', 'x', '1.5', ''];
const booleans = ['true', 'false', '1', '0', 'x', ''];

const parameters: Record<Exclude<Use, 'none'>, Record<string, readonly string[]>> = {
  create: {
    dryRun: ['All', 'x', ''],
    fieldManager: ['m', 'a'.repeat(200), '\n'],
    fieldValidation: ['Strict', 'Warn', 'Ignore', 'x'],
  },
  update: { dryRun: ['All', 'x'], fieldManager: ['m', '\0'], fieldValidation: ['Strict', 'Ignore', 'x'] },
  patch: {
    dryRun: ['All', 'x'],
    fieldManager: ['m', 'n', ''],
    force: booleans,
    fieldValidation: ['Strict', 'Warn', 'Ignore', 'x'],
  },
  delete: {
    gracePeriodSeconds: numbers,
    propagationPolicy: ['Orphan', 'Foreground', 'Background', 'x', ''],
    orphanDependents: booleans,
    labelSelector: selectors,
    fieldSelector: selectors,
    dryRun: ['All', 'x'],
    resourceVersion: numbers.filter((number) => !number.startsWith('9')),
  },
  list: {
    labelSelector: selectors,
    fieldSelector: selectors,
    limit: numbers,
    continue: [
      'x',
      'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0',
      '{}',
      Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"../../../"}').toString('base64url'),
    ],
    resourceVersion: ['0', '1', '-1', 'x', ''],
    resourceVersionMatch: ['Exact', 'NotOlderThan', 'x', ''],
    sendInitialEvents: booleans,
    timeoutSeconds: numbers,
    pretty: booleans,
    timeout: ['1d', '-1s', '10', '5s', ''],
    includeObject: ['None', 'Metadata', 'Object', 'x'],
    allowWatchBookmarks: booleans,
    watch: ['0', 'false', 'true'],
  },
  get: { pretty: booleans, resourceVersion: ['0', 'x', '-1'], timeout: ['x', '1h'], includeObject: ['x', 'Object'] },
};

const accepts = [
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io',
  'application/json;as=Unicorn;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf',
  'text/html',
  '*/*;q=0',
  ',',
  ';;;=',
  'a/b,'.repeat(500),
];

function make(random: Random, method: string, path: string, use: Use, body?: Body): FuzzRequest {
  const query = new URLSearchParams();
  if (use !== 'none') {
    for (const [name, values] of Object.entries(parameters[use])) {
      if (once(random, 5))
        query.append(name, once(random, 8) ? junkText(random).slice(0, 3000) : oneOf(random, values));
    }
    if (once(random, 20)) query.append(junkText(random).slice(0, 300), junkText(random).slice(0, 300));
  }
  const text = query.toString();
  const headers: Record<string, string> = {};
  if (body) {
    headers['content-type'] = body.type;
    headers['content-length'] = String(body.bytes.length);
  }
  if (once(random, 6)) headers['accept'] = oneOf(random, accepts);
  if (once(random, 30)) headers['accept-encoding'] = oneOf(random, ['gzip', 'gzip;q=x', 'br', '*', 'identity;q=0']);
  if (once(random, 40)) headers['content-encoding'] = oneOf(random, ['gzip', 'br', 'x']);
  if (once(random, 60)) headers['impersonate-user'] = 'jane';
  if (once(random, 60)) headers['audit-id'] = junkAscii(random);
  if (once(random, 60)) headers['user-agent'] = oneOf(random, ['curl/8', 'Mozilla/5.0', '']);
  return { method, path: text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path, headers, body: body?.bytes };
}

const junkAscii = (random: Random): string =>
  junkText(random)
    .replace(/[^ -~]/g, '')
    .slice(0, 200);

const roots = [
  '/api',
  '/apis',
  '/api/v1',
  '/apis/apps',
  '/apis/apps/v1',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/version',
  '/healthz',
  '/livez/ping',
  '/readyz/nope',
  '/',
  '/metrics',
];
const pieces = [
  'api',
  'apis',
  'v1',
  'apps',
  'namespaces',
  namespace,
  'pods',
  'watch',
  'proxy',
  'status',
  '',
  '.',
  '..',
  '%00',
  '%2e%2e',
  '%2F',
  '%ff',
  '%',
  '%zz',
  '~',
  'a'.repeat(2000),
];

/** Paths that nothing is at, and those of discovery. */
function elsewhere(random: Random): FuzzRequest {
  const method = oneOf(random, ['GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'OPTIONS']);
  if (once(random, 2)) return make(random, method, oneOf(random, roots), 'get');
  const path = Array.from({ length: 1 + random(8) }, () => oneOf(random, pieces)).join('/');
  return make(random, method, `/${path}`, 'get');
}
