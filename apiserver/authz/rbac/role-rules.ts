/**
 * The rules that a user has: those of every role that is bound to it, or to one of its groups, cluster-wide or in a namespace.
 *
 * Upstream: pkg/registry/rbac/validation/rule.go (AuthorizationRuleResolver)
 */
import { groupKey, userKey } from '../../../api/rbac/subjects.ts';
import type { PolicyRule, Role, RoleRef } from '../../../api/types.ts';
import { rbacGroup } from '../../../api/validation/rbac.ts';
import type { User } from '../../authn/user.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';
import type { Resources } from '../../registry/resources.ts';
import { BindingIndex, type Bound } from './binding-index.ts';

/** Is shown the rules of one role after another, or why there are none; ends the tour by returning true. */
export type RuleVisitor = (bound: Bound, rules: readonly PolicyRule[] | undefined, error: string) => boolean;

/** Finds the rules of roles. */
export class Roles {
  readonly #clusterRoles: WatchCache;
  readonly #roles: WatchCache;

  constructor(resources: Pick<Resources, 'must'>) {
    this.#clusterRoles = resources.must(rbacGroup, 'clusterroles').cache;
    this.#roles = resources.must(rbacGroup, 'roles').cache;
  }

  /** The rules of a role that is bound in the namespace, or the text that says why there are none. */
  rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | string {
    if (kind !== 'ClusterRole' && kind !== 'Role') return `unsupported role reference kind: ${JSON.stringify(kind)}`;
    const entry = kind === 'Role' ? this.#roles.get(`${namespace}/${name}`) : this.#clusterRoles.get(name);
    if (!entry) return `${kind.toLowerCase()}.${rbacGroup} ${JSON.stringify(name)} not found`;
    return (entry.object as Role).rules ?? [];
  }
}

export class RoleRules {
  readonly #roles: Roles;
  readonly #clusterRoleBindings: BindingIndex;
  readonly #roleBindings: BindingIndex;

  constructor(resources: Pick<Resources, 'must'>) {
    const cache = (plural: string): WatchCache => resources.must(rbacGroup, plural).cache;
    this.#roles = new Roles(resources);
    this.#clusterRoleBindings = new BindingIndex('ClusterRoleBinding', cache('clusterrolebindings'));
    this.#roleBindings = new BindingIndex('RoleBinding', cache('rolebindings'));
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
        const found = this.#roles.rulesOf(bound.roleRef, scope);
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
}
