/**
 * Acting as somebody else: `Impersonate-User`, `-Group`, `-Uid` and `-Extra-KEY` say who. The sender needs the right to
 * impersonate each of them; then the request is answered as that user's, and nothing behind this step sees the headers.
 *
 * Upstream: apiserver/pkg/endpoints/filters/impersonation. Left out: constrained impersonation (a beta of 1.36), by
 * which less than all of a user's rights can be taken on.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from '../../api/errors.ts';
import { authorize } from '../authz/authorize.ts';
import type { Authorizer } from '../authz/authorizer.ts';
import type { Call } from '../request/call.ts';
import { groupsOf, splitUserName, userNameOf } from './service-account-user.ts';
import { anonymous, type User } from './user.ts';

/** One thing that the sender wants to be. */
interface Wanted {
  group: '' | 'authentication.k8s.io';
  resource: 'users' | 'serviceaccounts' | 'groups' | 'userextras' | 'uids';
  namespace: string;
  name: string;
  /** The key of an extra. */
  subresource: string;
}

/** A header's values, in the order of the request. */
type Values = Readonly<NodeJS.Dict<string[]>>;

const extraPrefix = 'impersonate-extra-';

/** Makes the call that of the user whom it wants to be. Throws a 403 where the sender may not, and a 400 without a user. */
export function impersonate(authorizer: Authorizer, call: Call): void {
  if (!isAsked(call.headers)) return;
  const values = call.raw.headersDistinct;
  const wanted = wantedBy(values);
  if (wanted.length === 0) return;
  for (const one of wanted) authorizeOne(authorizer, call.user, one);
  call.impersonator = call.user;
  call.user = userOf(wanted);
  for (const name in call.headers) if (isImpersonation(name)) delete call.headers[name];
}

/** Every request passes here, so nothing is made for those that do not ask. */
function isAsked(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (isImpersonation(name)) return true;
  return false;
}

const isImpersonation = (name: string): boolean =>
  name.startsWith('impersonate-') &&
  (['impersonate-user', 'impersonate-group', 'impersonate-uid'].includes(name) || name.startsWith(extraPrefix));

function wantedBy(values: Values): Wanted[] {
  const name = values['impersonate-user']?.[0] ?? '';
  const uid = values['impersonate-uid']?.[0] ?? '';
  const wanted: Wanted[] = [];
  const want = (resource: Wanted['resource'], name: string, more: Partial<Wanted> = {}): void => {
    wanted.push({ group: '', resource, namespace: '', name, subresource: '', ...more });
  };
  const account = splitUserName(name);
  if (account) want('serviceaccounts', account.name, { namespace: account.namespace });
  else if (name) want('users', name);
  for (const group of values['impersonate-group'] ?? []) want('groups', group);
  for (const [header, texts = []] of Object.entries(values)) {
    if (!header.startsWith(extraPrefix)) continue;
    const subresource = unescaped(header.slice(extraPrefix.length));
    for (const text of texts) want('userextras', text, { group: 'authentication.k8s.io', subresource });
  }
  if (uid) want('uids', uid, { group: 'authentication.k8s.io' });
  if (wanted.length > 0 && !name)
    throw badRequest(`requested [${wanted.map(shown).join(' ')}] without impersonating a user`);
  return wanted;
}

const kinds = {
  users: 'User',
  serviceaccounts: 'ServiceAccount',
  groups: 'Group',
  userextras: 'UserExtra',
  uids: 'UID',
};

/** As upstream shows the reference that it makes of it. */
const shown = ({ group, resource, namespace, name, subresource }: Wanted): string =>
  `{${[kinds[resource], namespace, name, '', group && `${group}/v1`, '', subresource].join(' ')}}`;

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    // A key that is not escaped properly is the key.
    return key;
  }
}

function authorizeOne(
  authorizer: Authorizer,
  user: User,
  { group, resource, namespace, name, subresource }: Wanted,
): void {
  const version = 'v1';
  const access = { isResource: true, path: '', verb: 'impersonate', group, version, namespace, resource, subresource };
  authorize(authorizer, user, { ...access, name, parts: [], fieldSelector: '', labelSelector: '' });
}

function userOf(wanted: readonly Wanted[]): User {
  const [who] = wanted;
  const { namespace, name } = who!;
  const account = who!.resource === 'serviceaccounts';
  const groups = wanted.filter(({ resource }) => resource === 'groups').map(({ name }) => name);
  if (account && groups.length === 0) groups.push(...groupsOf(namespace));
  const user: User = { name: account ? userNameOf(namespace, name) : name, groups };
  const own = user.name === anonymous.name ? 'system:unauthenticated' : 'system:authenticated';
  if (!groups.includes(own) && !groups.includes('system:unauthenticated')) groups.push(own);
  const extra = new Map<string, string[]>();
  for (const { resource, name, subresource } of wanted) {
    if (resource === 'uids') user.uid = name;
    if (resource === 'userextras') extra.set(subresource, [...(extra.get(subresource) ?? []), name]);
  }
  return extra.size > 0 ? { ...user, extra: Object.fromEntries(extra) } : user;
}
