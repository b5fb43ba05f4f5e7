/**
 * Acting as somebody else (`kubectl --as`) is not served yet. A request that asks for it is refused, because answering it
 * as the caller would show what the other may not see.
 *
 * Upstream: apiserver/pkg/endpoints/filters/impersonation.go
 */
import type { IncomingHttpHeaders } from 'node:http';
import { forbidden } from '../../api/errors.ts';
import type { User } from './user.ts';

/** Passes requests without impersonation headers; throws a 403 for any other. */
export function refuseImpersonation(user: User, headers: IncomingHttpHeaders): void {
  const header = Object.keys(headers).find((name) => name.startsWith('impersonate-'));
  if (!header) return;
  const target = String(headers['impersonate-user'] ?? '');
  const why = `User ${JSON.stringify(user.name)} cannot impersonate resource "users" in API group "" at the cluster scope`;
  throw forbidden({ group: '', plural: 'users' }, target, why);
}
