/**
 * Discovery documents: which groups, versions and resources there are. The plain form has one document per group version;
 * the aggregated form, which newer clients ask for by `Accept`, has everything in two.
 *
 * Upstream: apiserver/pkg/endpoints/discovery/{root,group,version}.go, discovery/aggregated
 */
import { createHash } from 'node:crypto';
import type { Answer, Call } from '../request/call.ts';
import { json } from '../request/call.ts';
import { parseClause } from '../request/negotiate.ts';
import { unlessKept } from './conditional.ts';
import type { ApiResource, GroupVersion } from './groups.ts';

const apiVersionOf = ({ group, version }: GroupVersion): string => (group ? `${group}/${version}` : version);

/** The answer for `/api`, `/apis`, `/api/v1`, `/apis/GROUP` or `/apis/GROUP/VERSION`; undefined for any other path. */
export function answerDiscovery(call: Call, groups: GroupVersion[], serverAddress: string): Answer | undefined {
  const parts = call.info.path.split('/').filter((part) => part !== '');
  const [root, group, version] = parts;
  if (root === 'api') {
    if (parts.length === 1)
      return (
        aggregated(
          call,
          groups.filter((g) => g.group === ''),
        ) ?? json(200, coreVersions(serverAddress))
      );
    const core = parts.length === 2 && groups.find((g) => g.group === '' && g.version === group);
    return core ? json(200, resourceList(core)) : undefined;
  }
  if (root !== 'apis') return undefined;
  const named = groups.filter((g) => g.group !== '');
  if (parts.length === 1) return aggregated(call, named) ?? json(200, groupList(named));
  if (parts.length === 2) {
    const versions = named.filter((g) => g.group === group);
    return versions.length > 0 ? json(200, { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(versions) }) : undefined;
  }
  const found = parts.length === 3 && named.find((g) => g.group === group && g.version === version);
  return found ? json(200, resourceList(found)) : undefined;
}

const coreVersions = (serverAddress: string) => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
});

const groupList = (groups: GroupVersion[]) => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: byGroup(groups).map(apiGroup),
});

const byGroup = (groups: GroupVersion[]): GroupVersion[][] => [...Map.groupBy(groups, (g) => g.group).values()];

function apiGroup(versions: GroupVersion[]) {
  const described = versions.map((v) => ({ groupVersion: apiVersionOf(v), version: v.version }));
  return { name: versions[0]!.group, versions: described, preferredVersion: described[0] };
}

const resourceList = (groupVersion: GroupVersion) => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: apiVersionOf(groupVersion),
  resources: groupVersion.resources,
});

/** The aggregated form in the client's first version of it that we have; undefined when it asks for none. */
function aggregated(call: Call, groups: GroupVersion[]): Answer | undefined {
  const asked = (call.headers.accept ?? '')
    .split(',')
    .map(parseClause)
    .find(
      ({ parameters: { g, v, as } }) =>
        g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && (v === 'v2' || v === 'v2beta1'),
    );
  if (!asked) return undefined;
  const version = asked.parameters['v'];
  const body = JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: byGroup(groups).map((versions) => ({
      metadata: versions[0]!.group
        ? { name: versions[0]!.group, creationTimestamp: null }
        : { creationTimestamp: null },
      versions: versions.map((v) => ({ version: v.version, resources: aggregatedResources(v), freshness: 'Current' })),
    })),
  });
  const etag = `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"`;
  const headers = { etag, vary: 'Accept', 'cache-control': 'public' };
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return unlessKept(call.headers, { status: 200, contentType, body, headers });
}

function aggregatedResources({ group, version, resources }: GroupVersion) {
  const responseKind = (r: ApiResource) => ({ group: r.group ?? group, version: r.version ?? version, kind: r.kind });
  return resources
    .filter((r) => !r.name.includes('/'))
    .map((r) => {
      const below = resources.filter((s) => s.name.startsWith(`${r.name}/`));
      return {
        resource: r.name,
        responseKind: responseKind(r),
        scope: r.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: r.singularName,
        verbs: r.verbs,
        ...(r.shortNames && { shortNames: r.shortNames }),
        ...(r.categories && { categories: r.categories }),
        ...(below.length > 0 && {
          subresources: below.map((s) => ({
            subresource: s.name.slice(r.name.length + 1),
            responseKind: responseKind(s),
            verbs: s.verbs,
          })),
        }),
      };
    });
}
