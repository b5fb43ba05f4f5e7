/**
 * The authorization step: what the authorizers do not allow is a 403 in Kubernetes' words.
 *
 * Upstream: apiserver/pkg/endpoints/filters/authorization.go, handlers/responsewriters/errors.go
 */
import { ApiError, forbidden, qualifiedName } from '../../api/errors.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request/info.ts';
import type { Access, Authorizer } from './authorizer.ts';
import { nameSelectedBy } from './selected-name.ts';

/** Passes, or throws a 403. The annotations get what was decided, and why. */
export function authorize(
  authorizer: Authorizer,
  user: User,
  info: RequestInfo,
  auditAnnotations?: Record<string, string>,
): void {
  // A list of the one object of a name is about that object.
  const access = info.fieldSelector && !info.name ? { ...info, name: nameSelectedBy(info.fieldSelector) } : info;
  const { allowed, reason } = authorizer.decide(user, access);
  if (auditAnnotations) {
    auditAnnotations['authorization.k8s.io/decision'] = allowed ? 'allow' : 'forbid';
    auditAnnotations['authorization.k8s.io/reason'] = reason;
  }
  if (!allowed) throw refusal(user, access, reason && `: ${reason}`);
}

/**
 * What finds nothing to change and makes it instead needs the right to create as well: an apply, or a PUT of some kinds. Throws
 * a 403.
 */
export const authorizeCreate = (authorizer: Authorizer, user: User, info: RequestInfo): void =>
  authorize(authorizer, user, { ...info, verb: 'create' });

/** `pods "web" is forbidden: User "x" cannot get resource "pods" in API group "" in the namespace "default"`. */
function refusal(user: User, info: Access, because: string): ApiError {
  const who = `User ${JSON.stringify(user.name)} cannot`;
  if (!info.isResource) {
    const why = `${who} ${info.verb} path ${JSON.stringify(info.path)}${because}`;
    return new ApiError(403, 'Forbidden', `forbidden: ${why}`, {});
  }
  const { group, resource, subresource, namespace, name, verb } = info;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const scope = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const why = `${who} ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${scope}${because}`;
  const ref = { group, plural: resource };
  if (name || !subresource) return forbidden(ref, name, why);
  return new ApiError(403, 'Forbidden', `${qualifiedName(ref)} is forbidden: ${why}`, { group, kind: resource });
}
