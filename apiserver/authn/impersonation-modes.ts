/**
 * The ways in which a user may act as another. Four are constrained: they need the right to be that user (`impersonate:MODE`),
 * and the right to do this very thing as another user (`impersonate-on:MODE:VERB`); the old one needs `impersonate` alone. They are
 * tried in turn, and the first that allows it counts. Pure.
 *
 * Upstream: apiserver/pkg/endpoints/filters/impersonation/mode.go. Left out: its caches, and that the way that has been allowed last
 * is tried first: decisions are made from memory here, and do not depend on those before.
 */
import { ApiError } from '../../api/errors.ts';
import { dns1123SubdomainErrors } from '../../api/names.ts';
import { requireDomainPrefixedPath } from '../../api/validation/domain-prefixed-path.ts';
import { authorize } from '../authz/authorize.ts';
import { type Authorizer, mastersGroup } from '../authz/authorizer.ts';
import type { RequestInfo } from '../request/info.ts';
import { groupsOf, splitUserName } from './service-account-user.ts';
import { anonymous, type User } from './user.ts';

export interface Impersonated {
  user: User;
  /** The verb that has allowed it; undefined for the old one. */
  constraint?: string;
}

/** What is asked of the authorizer. */
type Asked = Partial<Pick<RequestInfo, 'group' | 'namespace' | 'subresource'>> & Pick<RequestInfo, 'resource' | 'name'>;

type Check = (asked: Asked) => void;
type Refuse = (asked: Asked, why: string) => void;

/** How a user is asked for. */
interface Way {
  /** That of users and groups. */
  group: string;
  check: Check;
  /** For what only the old way lets pass. */
  refuse?: Refuse;
}

interface Mode {
  name: string;
  applies(wanted: User, requestor: User): boolean;
}

const authentication = 'authentication.k8s.io';

const modes: readonly Mode[] = [
  {
    name: 'associated-node',
    // A service account's token says on which node its pod is.
    applies: (wanted, { name, extra }) => {
      const own = extra?.['authentication.kubernetes.io/node-name'];
      const node = nodeOf(wanted.name);
      return isNameOnly(wanted) && node !== undefined && splitUserName(name) !== undefined && own?.join() === node;
    },
  },
  { name: 'arbitrary-node', applies: (wanted) => isNameOnly(wanted) && nodeOf(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: (wanted) => isNameOnly(wanted) && splitUserName(wanted.name) !== undefined },
  {
    name: 'user-info',
    applies: ({ name }) => nodeOf(name) === undefined && splitUserName(name) === undefined,
  },
];

/** The user that the requestor becomes for this request. Throws the 403 of the first way that applies when none allows it. */
export function impersonatedUser(
  authorizer: Authorizer,
  requestor: User,
  wanted: User,
  info: RequestInfo,
): Impersonated {
  let first: ApiError | undefined;
  for (const attempt of [
    ...modes
      .filter((mode) => mode.applies(wanted, requestor))
      .map(
        ({ name }) =>
          () =>
            constrained(name),
      ),
    () => ({ user: asWanted(wanted, { group: '', check: checkWith('impersonate') }) }),
  ]) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 403) throw error;
      first ??= error;
    }
  }
  throw first;

  function constrained(mode: string): Impersonated {
    authorize(authorizer, requestor, { ...info, verb: `impersonate-on:${mode}:${info.verb}` });
    const constraint = `impersonate:${mode}`;
    const ask = checkWith(constraint);
    const check: Check = (asked) => ask(mode === 'associated-node' ? { ...asked, name: '*' } : asked);
    const refuse: Refuse = (asked, why) => checkWith(constraint, refusing(why))(asked);
    return { user: asWanted(wanted, { group: authentication, check, refuse }), constraint };
  }

  function checkWith(verb: string, asks = authorizer): Check {
    return (asked) => authorize(asks, requestor, { ...accessTo, ...asked, verb });
  }
}

const accessTo: RequestInfo = {
  ...{ isResource: true, path: '', verb: '', group: '', version: 'v1', namespace: '', resource: '', subresource: '' },
  ...{ name: '', parts: [], fieldSelector: '', labelSelector: '' },
};

const refusing = (reason: string): Authorizer => ({ decide: () => ({ allowed: false, reason }) });

const isNameOnly = ({ uid, groups, extra }: User): boolean => !uid && groups.length === 0 && extra === undefined;

/** `system:node:NAME` */
function nodeOf(userName: string): string | undefined {
  const [, name] = /^system:node:(.*)$/s.exec(userName) ?? [];
  return name !== undefined && dns1123SubdomainErrors(name).length === 0 ? name : undefined;
}

/** Asks for each part of the user. Which groups a user of that name is in, is added. */
function asWanted({ name, uid, groups, extra = {} }: User, { group, check, refuse }: Way): User {
  const account = splitUserName(name);
  const node = refuse && nodeOf(name);
  const all = [...groups];
  if (account) {
    check({ group, resource: 'serviceaccounts', ...account });
    if (all.length === 0) all.push(...groupsOf(account.namespace));
  } else if (node !== undefined) {
    check({ group, resource: 'nodes', name: node });
    all.push('system:nodes');
  } else {
    check({ group, resource: 'users', name });
  }
  if (uid) check({ group: authentication, resource: 'uids', name: uid });
  if (refuse) refuseGroups(groups, refuse);
  for (const one of groups) check({ group, resource: 'groups', name: one });
  if (refuse) refuseExtra(extra, refuse);
  for (const [subresource, values] of Object.entries(extra)) {
    for (const value of values) check({ group: authentication, resource: 'userextras', subresource, name: value });
  }
  const own = name === anonymous.name ? 'system:unauthenticated' : 'system:authenticated';
  if (!all.includes(own) && !all.includes('system:unauthenticated')) all.push(own);
  return { name, ...(uid && { uid }), groups: all, ...(Object.keys(extra).length > 0 && { extra }) };
}

function refuseGroups(groups: readonly string[], refuse: Refuse): void {
  const asked = { group: authentication, resource: 'groups' };
  if (groups.includes('')) refuse({ ...asked, name: '' }, 'impersonating the empty string group is not allowed');
  if (groups.includes(mastersGroup)) {
    refuse({ ...asked, name: mastersGroup }, 'impersonating the system:masters group is not allowed');
  }
}

function refuseExtra(extra: Record<string, string[]>, refuse: Refuse): void {
  for (const [key, values] of Object.entries(extra)) {
    const why = wrongExtra(key, values);
    if (why) refuse({ group: authentication, resource: 'userextras', name: '' }, why);
  }
}

function wrongExtra(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  const [error] = requireDomainPrefixedPath('extra.key', key);
  if (error) return `impersonating an invalid key in extra is not allowed: ${error.field}: ${error.message}`;
  if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  return undefined;
}
