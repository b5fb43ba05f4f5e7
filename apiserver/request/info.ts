/**
 * What a request is about, read from its method and URL alone: the verb, the API group and version, the resource, the
 * subresource, the namespace and the name. Authorization and routing both use this one reading, so that no spelling of a
 * path can mean one thing to the first and another to the second.
 *
 * Upstream: apiserver/pkg/endpoints/request/requestinfo.go
 */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  /** A resource path with a method that no verb stands for. */
  | ''
  | (string & {});

export interface RequestInfo {
  /** False for `/healthz`, `/apis`, `/api/v1`, ...: what RBAC calls a non-resource URL. */
  isResource: boolean;
  /** Decoded path. */
  path: string;
  /** Kubernetes' verb; for a non-resource request the lower-case HTTP method. */
  verb: Verb;
  group: string;
  version: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
  /** Path parts from the resource on: `['pods', 'web', 'proxy', 'a', 'b']`. */
  parts: string[];
  /** As they stand in the query of a list, watch or deletecollection. */
  fieldSelector: string;
  labelSelector: string;
}

const verbs: Record<string, Verb> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of a namespace, which are not resources inside of it. */
const namespaceSubresources = ['status', 'finalize'];

/** A query value as Kubernetes reads booleans: absent is false, `0` and `false` are false, anything else is true. */
export function queryBool(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)?.toLowerCase();
  return value !== undefined && value !== 'false' && value !== '0';
}

/** Reads method and decoded path. Never throws: what is not an API path is a non-resource request. */
export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const info: RequestInfo = {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
    fieldSelector: '',
    labelSelector: '',
  };
  let parts = withoutOuterSlashes(path).split('/');
  if (parts.length < 3 || (parts[0] !== 'api' && parts[0] !== 'apis')) return info;
  if (parts[0] === 'apis') {
    if (parts.length < 4) return info;
    info.group = parts[1]!;
    parts = parts.slice(1);
  }
  info.isResource = true;
  info.version = parts[1]!;
  info.verb = verbs[method] ?? '';
  parts = parts.slice(2);
  // The old form of a watch: /api/v1/watch/pods.
  const oldWatch = parts[0] === 'watch' && parts.length > 1;
  if (oldWatch) parts = parts.slice(1);
  if (parts[0] === 'namespaces' && parts.length > 1) {
    info.namespace = parts[1]!;
    if (parts.length > 2 && !namespaceSubresources.includes(parts[2]!)) parts = parts.slice(2);
  }
  info.parts = parts;
  [info.resource = '', info.name = '', info.subresource = ''] = parts;
  // Nothing can be written by that path.
  if (oldWatch) info.verb = info.verb === 'get' ? 'watch' : '';
  else if (info.name === '' && info.verb === 'get') info.verb = queryBool(query, 'watch') ? 'watch' : 'list';
  else if (info.name === '' && info.verb === 'delete') info.verb = 'deletecollection';
  if (info.verb === 'list' || info.verb === 'watch' || info.verb === 'deletecollection') {
    info.fieldSelector = query.get('fieldSelector') ?? '';
    info.labelSelector = query.get('labelSelector') ?? '';
  }
  return info;
}

function withoutOuterSlashes(path: string): string {
  let from = 0;
  let to = path.length;
  while (path[from] === '/') from += 1;
  while (to > from && path[to - 1] === '/') to -= 1;
  return path.slice(from, to);
}
