/** Other spellings of a request, by which people have got past gates that read a path in another way than what is behind them. */
import type { Asked } from './asker.ts';

/** What everybody may read: a way in, if what follows is taken away again behind the gate. */
const open = ['/healthz', '/version', '/livez', '/readyz'];
/** What whoever is known may read as well. */
const known = ['/api', '/apis', '/openapi/v2', '/openapi/v3'];
const parents = [
  '/..',
  '/%2e%2e',
  '/.%2e',
  '/%2E.',
  '/%252e%252e',
  '%2f..',
  '%2F%2e%2e',
  '/..;',
  '\\..',
  '/%c0%ae%c0%ae',
  '/...',
];

/** Spellings of a path of the API. */
export function spellingsOf(path: string): string[] {
  const resource = path.split('/')[5] ?? '';
  const within = (from: string, to: string): string => path.replace(from, to);
  return [
    ...[...open, ...known].flatMap((way) => parents.map((up) => `${way}${up}${path}`)),
    ...known.map((way) => `${way}/../..${path}`),
    `/${path}`,
    `//${path}`,
    `/.${path}`,
    `${path}/`,
    `${path}//`,
    `${path}/.`,
    `${path}/x/..`,
    `${path}%2f`,
    `${path}%2fstatus`,
    `${path}%00`,
    `${path}%20`,
    `${path}%0a`,
    `${path};x=y`,
    `${path}.json`,
    `${path}#/healthz`,
    `${path}?/../../healthz`,
    `${path}?watch=0&watch=1&timeoutSeconds=1`,
    path.toUpperCase(),
    within('/api/', '/API/'),
    within('/v1/', '/V1/'),
    within(`/${resource}`, `/${resource.toUpperCase()}`),
    within(`/${resource}`, `/${resource[0]!.toUpperCase()}${resource.slice(1)}`),
    within(`/${resource}`, `/%${resource.charCodeAt(0).toString(16)}${resource.slice(1)}`),
    within(`/${resource}`, `/${resource}.v1`),
    within(`/${resource}`, `//${resource}`),
    within(`/${resource}`, `/%2f${resource}`),
    within(`/${resource}`, `%2f${resource}`),
    within(`/${resource}`, `/configmaps/../${resource}`),
    within(`/${resource}`, `/configmaps/%2e%2e/${resource}`),
    within(`/${resource}`, `/configmaps%2f..%2f${resource}`),
    within(`/${resource}`, `/pods/target/log/../../../${resource}`),
    path.replaceAll('/', '//'),
    `/${path.slice(1).replaceAll('/', '%2F')}`,
    `/${path.slice(1).replaceAll('/', '\\')}`,
    within('/namespaces/', '/namespaces//'),
    within('/namespaces/', '/NAMESPACES/'),
    within('/namespaces/', '/namespaces/a/../'),
    within('/namespaces/', '/namespaces/a%2f..%2f'),
    within('/v1/', '/v1/watch/'),
    within('/v1/', '/v1/proxy/'),
    within('/v1/', '/v1/v1/'),
    within('/api/', '/apis/'),
    within('/api/v1', '/apis/v1/v1'),
    within('/api/v1', '/apis/core/v1'),
    within('/api/v1', '/apis//v1'),
    within('/v1/', '/v1beta1/'),
    path.replace(/\/namespaces\/[^/]+/, ''),
    `${path.replace(/\/namespaces\/[^/]+/, '')}?namespace=a`,
    `https://127.0.0.1${path}`,
    `https://127.0.0.1/healthz/..${path}`,
    `http://elsewhere.example.com${path}`,
  ];
}

/** Headers and parameters that would make the request another one, or of somebody else. */
export const disguises: { headers: Record<string, string> }[] = [
  { 'x-remote-user': 'ruler', 'x-remote-group': 'system:masters' },
  { 'X-Remote-User': 'system:admin', 'X-Remote-Extra-Scopes': 'all' },
  { 'x-forwarded-user': 'ruler', 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' },
  { 'x-original-url': '/healthz', 'x-rewrite-url': '/healthz' },
  { 'x-http-method-override': 'OPTIONS', 'x-http-method': 'HEAD', 'x-method-override': 'GET' },
  { 'impersonate-user': 'ruler' },
  { 'impersonate-user': 'system:admin', 'impersonate-group': 'system:masters' },
  { 'impersonate-group': 'system:masters' },
  { 'impersonate-uid': '0' },
  { 'impersonate-extra-scopes': 'all' },
  { 'Impersonate-User': '' },
  { cookie: 'user=ruler; token=ruler' },
  { 'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.cnVsZXI, base64.binary.k8s.io' },
  { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'eA==', 'sec-websocket-version': '13' },
  { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
  { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA' },
  { expect: '100-continue' },
].map((headers) => ({ headers: headers as unknown as Record<string, string> }));

/** What the roles of the matrix leave to nobody but whoever rules the cluster, as method, path and body. */
export const guarded: Asked[] = [
  { method: 'GET', path: '/api/v1/namespaces/b/secrets/target' },
  { method: 'GET', path: '/api/v1/namespaces/b/secrets' },
  { method: 'GET', path: '/api/v1/namespaces/kube-system/secrets' },
  { method: 'DELETE', path: '/api/v1/namespaces/b/secrets/target' },
  { method: 'DELETE', path: '/api/v1/namespaces/b/secrets' },
  {
    method: 'POST',
    path: '/api/v1/namespaces/b/serviceaccounts',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name: 'intruder' } }),
  },
  {
    method: 'PATCH',
    path: '/api/v1/namespaces/b/secrets/target',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ metadata: { labels: { intruder: 'yes' } } }),
  },
];
