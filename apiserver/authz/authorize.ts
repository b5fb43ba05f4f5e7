/**
 * The authorization step: may this user do this? The rules that apply to the user come from the bootstrap policy; what
 * no rule allows is a 403 in Kubernetes' words.
 *
 * Upstream: apiserver/pkg/endpoints/filters/authorization.go, handlers/responsewriters/errors.go
 */
import { ApiError, forbidden, qualifiedName } from '../../api/errors.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request/info.ts';
import { clusterRoleBindings, clusterRoles } from './bootstrap-policy.ts';
import { type PolicyRule, ruleAllows } from './rules.ts';

/** Passes, or throws a 403. */
export function authorize(user: User, info: RequestInfo): void {
  if (user.groups.includes('system:masters')) return;
  if (rulesOf(user).some((rule) => ruleAllows(rule, info))) return;
  throw refusal(user, info);
}

function rulesOf(user: User): PolicyRule[] {
  return clusterRoleBindings
    .filter(({ users, groups }) => users?.includes(user.name) || groups?.some((group) => user.groups.includes(group)))
    .flatMap(({ role }) => clusterRoles[role] ?? []);
}

/** `pods "web" is forbidden: User "x" cannot get resource "pods" in API group "" in the namespace "default"`. */
function refusal(user: User, info: RequestInfo): ApiError {
  const who = `User ${JSON.stringify(user.name)} cannot`;
  if (!info.isResource) {
    const why = `${who} ${info.verb} path ${JSON.stringify(info.path)}`;
    return new ApiError(403, 'Forbidden', `forbidden: ${why}`, {});
  }
  const { group, resource, subresource, namespace, name, verb } = info;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const scope = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const why = `${who} ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${scope}`;
  const ref = { group, plural: resource };
  if (name || !subresource) return forbidden(ref, name, why);
  return new ApiError(403, 'Forbidden', `${qualifiedName(ref)} is forbidden: ${why}`, { group, kind: resource });
}
