/**
 * Acting as somebody else: `Impersonate-User`, `-Group`, `-Uid` and `-Extra-KEY` say who. The sender needs the right to it; then the
 * request is answered as that user's, and nothing behind this step sees the headers.
 *
 * Upstream: apiserver/pkg/endpoints/filters/impersonation/constrained_impersonation.go
 */
import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from '../../api/errors.ts';
import type { Authorizer } from '../authz/authorizer.ts';
import type { Call } from '../request/call.ts';
import { impersonatedUser } from './impersonation-modes.ts';
import type { User } from './user.ts';

/** A header's values, in the order of the request. */
type Values = Readonly<NodeJS.Dict<string[]>>;

const extraPrefix = 'impersonate-extra-';

/** Makes the call that of the user whom it wants to be. Throws a 403 where the sender may not, and a 400 without a user. */
export function impersonate(authorizer: Authorizer, call: Call): void {
  if (!isAsked(call.headers)) return;
  const wanted = wantedBy(call.raw.headersDistinct);
  for (const name in call.headers) if (isImpersonation(name)) delete call.headers[name];
  if (!wanted) return;
  const { user, constraint } = impersonatedUser(authorizer, call.user, wanted, call.info);
  call.impersonator = call.user;
  call.impersonationConstraint = constraint;
  call.user = user;
}

/** Every request passes here, so nothing is made for those that do not ask. */
function isAsked(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (isImpersonation(name)) return true;
  return false;
}

const isImpersonation = (name: string): boolean =>
  name.startsWith('impersonate-') &&
  (['impersonate-user', 'impersonate-group', 'impersonate-uid'].includes(name) || name.startsWith(extraPrefix));

/** The user that the headers ask for, as they say it; undefined when they are empty. */
function wantedBy(values: Values): User | undefined {
  const name = values['impersonate-user']?.[0] ?? '';
  const uid = values['impersonate-uid']?.[0] ?? '';
  const groups = values['impersonate-group'] ?? [];
  const extra = new Map<string, string[]>();
  for (const [header, texts = []] of Object.entries(values)) {
    if (!header.startsWith(extraPrefix)) continue;
    const key = unescaped(header.slice(extraPrefix.length));
    extra.set(key, [...(extra.get(key) ?? []), ...texts]);
  }
  const wanted: User = {
    name,
    ...(uid && { uid }),
    groups: [...groups],
    ...(extra.size > 0 && { extra: Object.fromEntries(extra) }),
  };
  if (name) return wanted;
  if (!uid && groups.length === 0 && extra.size === 0) return undefined;
  throw badRequest(`requested ${shown(wanted)} without impersonating a user name`);
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    // A key that is not escaped properly is the key.
    return key;
  }
}

/** As Go shows the value. */
function shown({ uid = '', groups, extra }: User): string {
  const list = (texts: readonly string[]): string =>
    `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;
  const keys = Object.entries(extra ?? {}).map(([key, texts]) => `${JSON.stringify(key)}:${list(texts)}`);
  const map = extra ? `map[string][]string{${keys.sort().join(', ')}}` : 'map[string][]string(nil)';
  const all = groups.length > 0 ? list(groups) : '[]string(nil)';
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${all}, Extra:${map}}`;
}
