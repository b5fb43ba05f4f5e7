/**
 * The rules that the flags of `create role` and `create clusterrole` mean. Pure.
 *
 * Upstream: kubectl/pkg/cmd/create/create_role.go, create_clusterrole.go
 */
import type { PolicyRule } from '../../api/types.ts';
import { ExitError } from '../errors.ts';

/** What the flags say. */
export interface RuleFlags {
  verbs: string[];
  /** `pods`, `deployments.apps`, `pods/log` */
  resources: string[];
  resourceNames: string[];
  nonResourceURLs: string[];
}

interface GroupResource {
  group: string;
  plural: string;
}

/** Finds the resource of `deploy` or `deployments.apps`. */
export type Lookup = (text: string) => GroupResource | undefined;

interface Wanted {
  resource: string;
  group: string;
  subresource: string;
}

const resourceVerbs =
  '* get delete list create update patch watch proxy deletecollection use bind escalate impersonate'.split(' ');
const urlVerbs = '* get post put delete patch head options'.split(' ');

const rbac = 'rbac.authorization.k8s.io';
const named = (group: string, ...plurals: string[]): GroupResource[] => plurals.map((plural) => ({ group, plural }));

/** Verbs that concern some resources only, of which discovery does not know all. */
const specialVerbs: Record<string, GroupResource[]> = {
  use: [...named('policy', 'podsecuritypolicies'), ...named('extensions', 'podsecuritypolicies')],
  bind: named(rbac, 'roles', 'clusterroles'),
  escalate: named(rbac, 'roles', 'clusterroles'),
  impersonate: [
    ...named('', 'users', 'serviceaccounts', 'groups'),
    ...named('authentication.k8s.io', 'userextras', 'uids'),
  ],
};

const unique = (list: string[]): string[] => [...new Set(list)];

/** The flags without what is said twice, or said by a star already. */
export function tidy({ verbs, resources, resourceNames, nonResourceURLs }: RuleFlags): RuleFlags {
  return {
    verbs: verbs.includes('*') ? ['*'] : unique(verbs),
    resources: resources.includes('*') ? ['*'] : resources,
    resourceNames: unique(resourceNames),
    nonResourceURLs: unique(nonResourceURLs),
  };
}

/** The verbs that no request has. */
export const unusualVerbs = (verbs: string[]): string[] => verbs.filter((verb) => !resourceVerbs.includes(verb));

/** `deployments.apps/scale` */
function parseResource(text: string): Wanted {
  const [, name = '', subresource = ''] = /^([^/]*)\/?(.*)$/s.exec(text) ?? [];
  const [, resource = '', group = ''] = /^([^.]*)\.?(.*)$/s.exec(name) ?? [];
  return { resource, group, subresource };
}

/** The resource that is meant; one that nobody knows stays as it is typed. */
function resolve({ resource, group }: Wanted, lookup: Lookup): GroupResource & { known: boolean } {
  const found = resource === '*' ? undefined : lookup(group ? `${resource}.${group}` : resource);
  return found ? { group: found.group, plural: found.plural, known: true } : { group, plural: resource, known: false };
}

/** Throws for a resource that the server does not have, or that a special verb has nothing to do with. */
export function checkResources({ verbs, resources }: RuleFlags, lookup: Lookup): void {
  for (const wanted of resources.map(parseResource)) {
    if (wanted.resource === '') throw new Error('resource must be specified if apiGroup/subresource specified');
    if (wanted.resource === '*') return;
    const { group, plural, known } = resolve(wanted, lookup);
    const special = verbs.filter((verb) => specialVerbs[verb]);
    const unfit = special.find(
      (verb) => !specialVerbs[verb]!.some((one) => one.group === group && one.plural === plural),
    );
    if (unfit) throw new Error(`can not perform '${unfit}' on '${plural}' in group '${group}'`);
    if (known || special.length > 0) continue;
    const where = group ? ` in group "${group}"` : '';
    throw new ExitError(`the server doesn't have a resource type "${plural}"${where}`);
  }
}

/** Throws for what a rule about URLs cannot say. */
export function checkUrls({ verbs, nonResourceURLs }: RuleFlags): void {
  if (nonResourceURLs.length === 0) return;
  const unfit = verbs.find((verb) => !urlVerbs.includes(verb));
  if (unfit) throw new Error(`invalid verb: '${unfit}' for nonResourceURL`);
  for (const url of nonResourceURLs) {
    if (url === '*') continue;
    if (!url.startsWith('/')) throw new Error('nonResourceURL should start with /');
    if (url.slice(0, -1).includes('*'))
      throw new Error("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}

/** One rule an API group, groups in order, then one for the URLs. */
export function rulesOf({ verbs, resources, resourceNames, nonResourceURLs }: RuleFlags, lookup: Lookup): PolicyRule[] {
  const byGroup = new Map<string, string[]>();
  for (const wanted of resources.map(parseResource)) {
    const { group, plural } = resolve(wanted, lookup);
    const full = wanted.subresource ? `${plural}/${wanted.subresource}` : plural;
    byGroup.set(group, unique([...(byGroup.get(group) ?? []), full]));
  }
  const groups = [...byGroup].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...groups.map(([group, list]) => ({
      apiGroups: [group],
      ...(resourceNames.length > 0 && { resourceNames }),
      resources: list,
      verbs,
    })),
    ...(nonResourceURLs.length > 0 ? [{ nonResourceURLs, verbs }] : []),
  ];
}
