/**
 * The rules that a user has: those of every role that is bound to it, or to one of its groups, cluster-wide or in a namespace.
 *
 * Upstream: pkg/registry/rbac/validation/rule.go (AuthorizationRuleResolver)
 */
import { groupKey, userKey } from '../../../api/rbac/subjects.ts';
import type { PolicyRule, Role, RoleRef } from '../../../api/types.ts';
import type { User } from '../../authn/user.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';
import type { Resources } from '../../registry/resources.ts';
import { BindingIndex, type Bound } from './binding-index.ts';

/** Is shown the rules of one role after another, or why there are none; ends the tour by returning true. */
export type RuleVisitor = (bound: Bound, rules: readonly PolicyRule[] | undefined, error: string) => boolean;

const group = 'rbac.authorization.k8s.io';

export class RoleRules {
  readonly #clusterRoles: WatchCache;
  readonly #roles: WatchCache;
  readonly #clusterRoleBindings: BindingIndex;
  readonly #roleBindings: BindingIndex;

  constructor(resources: Pick<Resources, 'must'>) {
    this.#clusterRoles = resources.must(group, 'clusterroles').cache;
    this.#roles = resources.must(group, 'roles').cache;
    this.#clusterRoleBindings = new BindingIndex(
      'ClusterRoleBinding',
      resources.must(group, 'clusterrolebindings').cache,
    );
    this.#roleBindings = new BindingIndex('RoleBinding', resources.must(group, 'rolebindings').cache);
  }

  /** Shows everything that the user has in the namespace; in the empty one, what it has cluster-wide. */
  visit({ name, groups }: User, namespace: string, visitor: RuleVisitor): void {
    const subjects = [userKey(name), ...groups.map(groupKey)];
    if (this.#visitScope(this.#clusterRoleBindings, '', subjects, visitor) || namespace === '') return;
    this.#visitScope(this.#roleBindings, namespace, subjects, visitor);
  }

  #visitScope(index: BindingIndex, scope: string, subjects: readonly string[], visitor: RuleVisitor): boolean {
    for (const subject of subjects) {
      for (const bound of index.bound(scope, subject)) {
        const found = this.rulesOf(bound.roleRef, scope);
        if (typeof found === 'string' ? visitor(bound, undefined, found) : visitor(bound, found, '')) return true;
      }
    }
    return false;
  }

  /** All that the user has, and why some of it may be missing. */
  of(user: User, namespace: string): { rules: PolicyRule[]; errors: string[] } {
    const rules: PolicyRule[] = [];
    const errors = new Set<string>();
    this.visit(user, namespace, (_, found, error) => {
      if (found) rules.push(...found);
      else errors.add(error);
      return false;
    });
    return { rules, errors: [...errors] };
  }

  /** The rules of a role, or the text that says why there are none. */
  rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | string {
    if (kind !== 'ClusterRole' && kind !== 'Role') return `unsupported role reference kind: ${JSON.stringify(kind)}`;
    const entry = kind === 'Role' ? this.#roles.get(`${namespace}/${name}`) : this.#clusterRoles.get(name);
    if (!entry) return `${kind.toLowerCase()}.${group} ${JSON.stringify(name)} not found`;
    return (entry.object as Role).rules ?? [];
  }
}
