/**
 * What there is to compare with: all bindings of the scope looked at one by one, for each decision, as kube-apiserver does.
 *
 * Upstream: pkg/registry/rbac/validation/rule.go (VisitRulesFor)
 */
import { ruleAllows } from '../../api/rbac/rules.ts';
import type { ClusterRole, RoleBinding, RoleSubject } from '../../api/types.ts';
import { rbacGroup } from '../../api/validation/rbac.ts';
import type { User } from '../../apiserver/authn/user.ts';
import { type Access, type Authorizer, privilegedGroup } from '../../apiserver/authz/authorizer.ts';
import type { Resources } from '../../apiserver/registry/resources.ts';

/** Decides by looking at everything. */
export function scanningAuthorizer(resources: Resources): Authorizer {
  const list = (plural: string, prefix?: string) =>
    resources
      .must(rbacGroup, plural)
      .cache.list(prefix)
      .map(({ object }) => object as RoleBinding);
  const decide = (user: User, access: Access) => {
    if (privilegedGroup.decide(user, access).allowed) return { allowed: true, reason: '' };
    const bindings = [
      ...list('clusterrolebindings'),
      ...(access.namespace ? list('rolebindings', `${access.namespace}/`) : []),
    ];
    for (const { roleRef, subjects = [], metadata } of bindings) {
      if (!subjects.some((subject) => means(subject, user, metadata.namespace ?? ''))) continue;
      const role = resources.must(rbacGroup, 'clusterroles').cache.get(roleRef.name)?.object as ClusterRole | undefined;
      if (role?.rules?.some((rule) => ruleAllows(rule, access))) return { allowed: true, reason: roleRef.name };
    }
    return { allowed: false, reason: '' };
  };
  return { decide };
}

function means({ kind, name, namespace }: RoleSubject, user: User, own: string): boolean {
  if (kind === 'User') return user.name === name;
  if (kind === 'Group') return user.groups.includes(name);
  return user.name === `system:serviceaccount:${namespace ?? own}:${name}`;
}
