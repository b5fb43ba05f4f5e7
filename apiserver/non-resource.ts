/** Paths that are not about a resource: discovery, OpenAPI, version, health, metrics. */
import { methodNotAllowed, resourceNotFound } from '../api/errors.ts';
import { pathOfGroupVersion } from '../api/kind.ts';
import { answerHealth, type Checks } from '../client/component/health.ts';
import { answerDiscovery } from './discovery/documents.ts';
import { groupVersions } from './discovery/groups.ts';
import { OpenApi } from './discovery/openapi.ts';
import { versionInfo } from './discovery/version.ts';
import type { Resources } from './registry/resources.ts';
import type { Call, Reply } from './request/call.ts';
import { json } from './request/call.ts';

/** Makes the answerer; `checks` are those of readiness. */
export function nonResource(
  resources: Resources,
  checks: Checks,
  serverAddress: string,
): (call: Call) => Promise<Reply> {
  let documents = documentsOf(resources);
  return async (call) => {
    const { path } = call.info;
    if (documents.version !== resources.version) documents = documentsOf(resources);
    const { groups, openApi, paths } = documents;
    if (call.method !== 'GET' && call.method !== 'HEAD') throw methodNotAllowed();
    if (path === '/') return json(200, { paths: paths.sort() });
    if (path === '/version' || path === '/version/') return json(200, versionInfo);
    const health = await answerHealth(path, call.query.has('verbose'), checks);
    if (health) return health;
    const found = answerDiscovery(call, groups, serverAddress) ?? (await openApi.answer(call));
    if (!found) throw resourceNotFound();
    return found;
  };
}

/** What is derived from the set of resources. */
function documentsOf(resources: Resources) {
  const kinds = resources.all().map(({ kind }) => kind);
  const groups = groupVersions(kinds);
  const paths = [
    '/api',
    '/apis',
    ...groups.map((gv) => `/${pathOfGroupVersion(gv)}`),
    ...['/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
  ];
  return { version: resources.version, groups, openApi: new OpenApi(kinds), paths };
}
