/**
 * Which roles a user or a group is bound to, cluster-wide and in each namespace: kept up to date with the cache of the bindings,
 * change by change, so that a decision looks at its own subject's roles only.
 */
import { type Principal, principalOf } from '../../../api/rbac/subjects.ts';
import type { RoleBinding, RoleRef, RoleSubject } from '../../../api/types.ts';
import type { Entry } from '../../cache/entry.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';

/** One subject of one binding. */
export interface Bound {
  kind: 'RoleBinding' | 'ClusterRoleBinding';
  name: string;
  /** Of the binding; empty cluster-wide. */
  namespace: string;
  roleRef: RoleRef;
  subject: RoleSubject;
}

/** A role that a principal has, with all bindings of the scope that give it: one is enough. */
interface HeldRole {
  roleRef: RoleRef;
  /** By the binding's key. */
  given: Map<string, Bound>;
}

/** By the principal's name. */
type Held = Map<string, HeldRole[]>;
type Scope = Record<Principal['is'], Held>;

const nothing: readonly HeldRole[] = [];

export class BindingIndex {
  readonly #kind: Bound['kind'];
  #scopes = new Map<string, Scope>();

  /** Follows the cache from now on. */
  constructor(kind: Bound['kind'], cache: WatchCache) {
    this.#kind = kind;
    const load = (): void => {
      this.#scopes = new Map();
      for (const entry of cache.list()) this.#add(entry);
    };
    load();
    cache.subscribe({
      changed: (changes) => {
        for (const { deleted, entry, previous } of changes) {
          if (previous) this.#remove(previous);
          if (!deleted) this.#add(entry);
        }
      },
      lost: load,
    });
  }

  /** The roles that a user or a group has in the scope: a namespace, or cluster-wide the empty one. */
  held(scope: string, is: Principal['is'], name: string): readonly HeldRole[] {
    return this.#scopes.get(scope)?.[is].get(name) ?? nothing;
  }

  #add(entry: Entry): void {
    for (const [{ is, name }, bound] of this.#boundBy(entry)) {
      let scope = this.#scopes.get(bound.namespace);
      if (!scope) {
        scope = { user: new Map(), group: new Map() };
        this.#scopes.set(bound.namespace, scope);
      }
      const roles = scope[is].get(name) ?? [];
      scope[is].set(name, roles);
      const role = roles.find(({ roleRef }) => isSame(roleRef, bound.roleRef));
      if (role) role.given.set(entry.key, bound);
      else roles.push({ roleRef: bound.roleRef, given: new Map([[entry.key, bound]]) });
    }
  }

  #remove(entry: Entry): void {
    for (const [{ is, name }, { namespace, roleRef: gone }] of this.#boundBy(entry)) {
      const scope = this.#scopes.get(namespace);
      const roles = scope?.[is].get(name);
      if (!scope || !roles) continue;
      const at = roles.findIndex(({ roleRef }) => isSame(roleRef, gone));
      roles[at]?.given.delete(entry.key);
      if (roles[at]?.given.size === 0) roles.splice(at, 1);
      if (roles.length === 0) scope[is].delete(name);
      if (scope.user.size + scope.group.size === 0) this.#scopes.delete(namespace);
    }
  }

  *#boundBy({ object }: Entry): Iterable<[Principal, Bound]> {
    const { metadata, roleRef, subjects = [] } = object as RoleBinding;
    const { name = '', namespace = '' } = metadata;
    for (const subject of subjects) {
      const principal = principalOf(subject, namespace);
      if (principal) yield [principal, { kind: this.#kind, name, namespace, roleRef, subject }];
    }
  }
}

const isSame = (a: RoleRef, b: RoleRef): boolean => a.kind === b.kind && a.name === b.name;
