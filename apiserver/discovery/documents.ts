/**
 * Discovery documents: which groups, versions and resources there are. The plain form has one document per group version;
 * the aggregated form, which newer clients ask for by `Accept`, has everything in two.
 *
 * Upstream: apiserver/pkg/endpoints/discovery/{root,group,version}.go, discovery/aggregated
 */
import { createHash } from 'node:crypto';
import { notAcceptable } from '../../api/errors.ts';
import type { Answer, Call } from '../request/call.ts';
import { parseClause } from '../request/negotiate.ts';
import { unlessKept } from './conditional.ts';
import type { ApiResource, GroupVersion } from './groups.ts';

const apiVersionOf = ({ group, version }: GroupVersion): string => (group ? `${group}/${version}` : version);

/** Where discovery may be asked: `/api`, `/apis`, `/api/v1`, `/apis/GROUP`, `/apis/GROUP/VERSION`. */
export class Discovery {
  readonly #groups: GroupVersion[];
  readonly #serverAddress: string;
  /** By path and form, each made when it is first asked for. */
  readonly #made = new Map<string, { body: string; etag: string }>();

  constructor(groups: GroupVersion[], serverAddress: string) {
    this.#groups = groups;
    this.#serverAddress = serverAddress;
  }

  /** The answer for a discovery path; undefined for any other. Throws a 406 when no form is acceptable. */
  answer(call: Call): Answer | undefined {
    const parts = call.info.path.split('/').filter((part) => part !== '');
    const [root] = parts;
    if (root !== 'api' && root !== 'apis') return undefined;
    if (parts.length === 1) {
      const version = aggregatedVersion(call);
      if (version) {
        const document = this.#document(`${root} ${version}`, () => aggregated(this.#of(root), version));
        const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
        const headers = { etag: document.etag, vary: 'Accept', 'cache-control': 'public' };
        return unlessKept(call.headers, { status: 200, contentType, body: document.body, headers });
      }
    }
    const found = this.#plain(parts);
    if (!found) return undefined;
    if (!acceptsPlain(call.headers.accept)) throw notAcceptable([json]);
    const { body, etag } = this.#document(parts.join('/'), () => found);
    return unlessKept(call.headers, { status: 200, contentType: json, body, headers: { etag, vary: 'Accept' } });
  }

  #of(root: string): GroupVersion[] {
    return this.#groups.filter(({ group }) => (group === '') === (root === 'api'));
  }

  #plain([root = '', ...rest]: string[]): object | undefined {
    const groups = this.#of(root);
    if (root === 'api') {
      if (rest.length === 0) return coreVersions(this.#serverAddress);
      const core = rest.length === 1 && groups.find(({ version }) => version === rest[0]);
      return core ? resourceList(core) : undefined;
    }
    const [name, version] = rest;
    if (rest.length === 0) return groupList(groups);
    const versions = groups.filter(({ group }) => group === name);
    if (rest.length === 1) {
      return versions.length > 0 ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(versions) } : undefined;
    }
    const found = rest.length === 2 && versions.find((g) => g.version === version);
    return found ? resourceList(found) : undefined;
  }

  #document(key: string, make: () => object): { body: string; etag: string } {
    let document = this.#made.get(key);
    if (!document) {
      const body = JSON.stringify(make());
      const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
      document = { body, etag };
      this.#made.set(key, document);
    }
    return document;
  }
}

const json = 'application/json';

/** Whether JSON without a form of its own will do. */
const acceptsPlain = (accept: string | undefined): boolean =>
  (accept || '*/*')
    .split(',')
    .map(parseClause)
    .some(({ type, parameters }) => parameters['as'] === undefined && [json, 'application/*', '*/*'].includes(type));

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

/** The version of the aggregated form that the client would rather have than the plain one; undefined when it asks for none. */
function aggregatedVersion(call: Call): string | undefined {
  for (const clause of (call.headers.accept ?? '').split(',')) {
    const { type, parameters } = parseClause(clause);
    const { g, v, as } = parameters;
    if (as === undefined && (type === json || type === '*/*')) return undefined;
    const known = g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && type === json;
    if (known && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return undefined;
}

const aggregated = (groups: GroupVersion[], version: string): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: byGroup(groups).map((versions) => ({
    metadata: versions[0]!.group ? { name: versions[0]!.group, creationTimestamp: null } : { creationTimestamp: null },
    versions: versions.map((v) => ({
      version: v.version,
      resources: aggregatedResources(v),
      freshness: v.stale ? 'Stale' : 'Current',
    })),
  })),
});

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
