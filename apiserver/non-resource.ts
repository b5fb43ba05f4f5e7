/** Paths that are not about a resource: the index, discovery, OpenAPI, version, health, metrics. */
import { methodNotAllowed, resourceNotFound } from '../api/errors.ts';
import { pathOfGroupVersion } from '../api/kind.ts';
import { answerHealth, type Checks } from '../client/component/health.ts';
import type { ServiceAccountIssuer } from './authn/service-account-issuer.ts';
import { Discovery } from './discovery/documents.ts';
import { type GroupVersion, groupVersions } from './discovery/groups.ts';
import { OpenApi } from './discovery/openapi.ts';
import { versionInfo } from './discovery/version.ts';
import type { Resources } from './registry/resources.ts';
import type { Answer, Call, Reply } from './request/call.ts';

export interface HealthChecks {
  readiness: Checks;
  liveness: Checks;
}

/** What other servers serve behind this one. `version` changes whenever the rest does. */
export interface Aggregated {
  readonly version: number;
  groupVersions(): GroupVersion[];
  /** Hashes of their OpenAPI documents: `apis/example.com/v1` -> hash. */
  openApi(): ReadonlyMap<string, string>;
}

/** Makes the answerer. */
export function nonResource(
  resources: Resources,
  aggregated: Aggregated,
  checks: HealthChecks,
  serverAddress: string,
  issuer: ServiceAccountIssuer | undefined,
): (call: Call) => Promise<Reply> {
  let documents = documentsOf(resources, aggregated, checks, serverAddress);
  return async (call) => {
    const { path } = call.info;
    if (call.method !== 'GET' && call.method !== 'HEAD') {
      call.replyHeaders['Allow'] = 'GET, HEAD';
      throw methodNotAllowed();
    }
    const health = await answerHealth(path, call.query, checks.readiness, checks.liveness);
    if (health) return health;
    if (documents.version !== resources.version || documents.aggregatedVersion !== aggregated.version)
      documents = documentsOf(resources, aggregated, checks, serverAddress, documents.openApi);
    const { discovery, openApi, paths } = documents;
    if (path === '/' || path === '/index.html') return indented({ paths });
    if (path === '/version' || path === '/version/') return indented(versionInfo);
    if (issuer) {
      const openId = await answerOpenId(issuer, path, `https://${serverAddress}`);
      if (openId) return openId;
    }
    const found = discovery.answer(call) ?? (await openApi.answer(call));
    if (!found) throw resourceNotFound();
    return found;
  };
}

/** Some documents are laid out for people whoever asks. */
const indented = (value: unknown): Answer => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(value, null, 2),
});

/** What others need to check the tokens of service accounts. Upstream: pkg/serviceaccount/openidmetadata.go */
async function answerOpenId(issuer: ServiceAccountIssuer, path: string, server: string): Promise<Answer | undefined> {
  const headers = { 'cache-control': 'public, max-age=3600' };
  if (path === '/openid/v1/jwks') {
    const body = JSON.stringify(await issuer.jwks());
    return { status: 200, contentType: 'application/jwk-set+json', body, headers };
  }
  if (path !== '/.well-known/openid-configuration') return undefined;
  const body = JSON.stringify(issuer.configuration(`${server}/openid/v1/jwks`));
  return { status: 200, contentType: 'application/json', body, headers };
}

/** What is derived from the set of resources; of the OpenAPI documents before, those that are still right stay. */
function documentsOf(
  resources: Resources,
  aggregated: Aggregated,
  checks: HealthChecks,
  serverAddress: string,
  before?: OpenApi,
) {
  const kinds = resources.all().map(({ kind }) => kind);
  const groups = withAggregated(groupVersions(kinds), aggregated.groupVersions());
  return {
    version: resources.version,
    aggregatedVersion: aggregated.version,
    discovery: new Discovery(groups, serverAddress),
    openApi: new OpenApi(kinds, aggregated.openApi(), before),
    paths: indexOf(groups, checks),
  };
}

/** What another server serves takes the place of what this one would. */
function withAggregated(own: GroupVersion[], others: GroupVersion[]): GroupVersion[] {
  const elsewhere = new Set(others.map(pathOfGroupVersion));
  return [...own.filter((one) => !elsewhere.has(pathOfGroupVersion(one))), ...others];
}

/** Every path that answers a GET, for `/`. */
function indexOf(groups: GroupVersion[], { readiness, liveness }: HealthChecks): string[] {
  const below = (probe: string, checks: Checks): string[] => [
    probe,
    ...['ping', ...Object.keys(checks)].map((name) => `${probe}/${name}`),
  ];
  const named = groups.filter(({ group }) => group !== '');
  return [
    '/api',
    '/apis',
    ...new Set(named.map(({ group }) => `/apis/${group}`)),
    ...groups.map((gv) => `/${pathOfGroupVersion(gv)}`),
    ...below('/healthz', readiness),
    ...below('/livez', liveness),
    ...below('/readyz', readiness),
    ...['/metrics', '/openapi/v2', '/openapi/v3', '/version'],
    ...groups.map((gv) => `/openapi/v3/${pathOfGroupVersion(gv)}`),
  ].sort();
}
