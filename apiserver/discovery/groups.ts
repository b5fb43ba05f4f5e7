/**
 * The served groups, versions and resources, in the form in which discovery lists them. Derived from the kinds.
 *
 * Upstream: apiserver/pkg/endpoints/discovery, apimachinery/pkg/apis/meta/v1 APIResourceList
 */

import { apiVersionOf } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { compareVersions } from './version-order.ts';

/** A line of an APIResourceList. */
export interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}

export interface GroupVersion {
  group: string;
  version: string;
  resources: ApiResource[];
  /** It is another server's, which does not answer at the moment. */
  stale?: boolean;
}

const objectVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Group versions in the kinds' order, of a group the one to prefer first, each with its resources and their subresources in order of name. */
export function groupVersions(kinds: readonly AnyKind[]): GroupVersion[] {
  const found = new Map<string, GroupVersion>();
  for (const kind of kinds) {
    const key = apiVersionOf(kind);
    const entry = found.get(key) ?? { group: kind.group, version: kind.version, resources: [] };
    entry.resources.push(...resourcesOf(kind));
    found.set(key, entry);
  }
  for (const { resources } of found.values()) resources.sort((a, b) => (a.name < b.name ? -1 : 1));
  const groups = Map.groupBy(found.values(), ({ group }) => group);
  return [...groups.values()].flatMap((versions) => versions.sort((a, b) => compareVersions(a.version, b.version)));
}

function verbsOf({ unstored, deleteCollection }: AnyKind): string[] {
  if (unstored) return [...unstored.verbs];
  return deleteCollection === false ? objectVerbs.filter((verb) => verb !== 'deletecollection') : objectVerbs;
}

function resourcesOf(kind: AnyKind): ApiResource[] {
  const { namespaced } = kind;
  const sub = (name: string, rest: Pick<ApiResource, 'kind' | 'verbs'> & Partial<ApiResource>): ApiResource => ({
    name: `${kind.plural}/${name}`,
    singularName: '',
    namespaced,
    ...rest,
  });
  return [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced,
      kind: kind.kind,
      verbs: verbsOf(kind),
      ...(kind.shortNames && { shortNames: kind.shortNames }),
      ...(kind.categories && { categories: kind.categories }),
    },
    ...(kind.status ? [sub('status', { kind: kind.kind, verbs: ['get', 'patch', 'update'] })] : []),
    ...(kind.scale
      ? [sub('scale', { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] })]
      : []),
    ...Object.entries(kind.subresources ?? {}).map(([name, declared]) => sub(name, declared)),
  ];
}
