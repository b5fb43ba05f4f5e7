/**
 * The rules that a user has: those of every role that is bound to it, or to one of its groups, cluster-wide or in a namespace.
 *
 * Upstream: pkg/registry/rbac/validation/rule.go (AuthorizationRuleResolver)
 */
import type { PolicyRule, Role, RoleRef } from '../../../api/types.ts';
import { rbacGroup } from '../../../api/validation/rbac.ts';
import type { User } from '../../authn/user.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';
import type { Resources } from '../../registry/resources.ts';
import { BindingIndex, type Bound } from './binding-index.ts';

/** The bindings that give a role. */
type Given = ReadonlyMap<string, Bound>;

/** Is shown the rules of one role after another, or why there are none; ends the tour by returning true. */
export type RuleVisitor = (given: Given, rules: readonly PolicyRule[] | undefined, error: string) => boolean;

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
  visit(user: User, namespace: string, visitor: RuleVisitor): void {
    if (this.#visitScope(this.#clusterRoleBindings, '', user, visitor) || namespace === '') return;
    this.#visitScope(this.#roleBindings, namespace, user, visitor);
  }

  #visitScope(index: BindingIndex, scope: string, { name, groups }: User, visitor: RuleVisitor): boolean {
    if (this.#visitHeld(index.held(scope, 'user', name), scope, visitor)) return true;
    for (const group of groups) if (this.#visitHeld(index.held(scope, 'group', group), scope, visitor)) return true;
    return false;
  }

  #visitHeld(held: ReturnType<BindingIndex['held']>, scope: string, visitor: RuleVisitor): boolean {
    for (const { roleRef, given } of held) {
      const found = this.#roles.rulesOf(roleRef, scope);
      if (typeof found === 'string' ? visitor(given, undefined, found) : visitor(given, found, '')) return true;
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
