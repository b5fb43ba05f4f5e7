/**
 * Which roles a user or a group is bound to, cluster-wide and in each namespace: kept up to date with the caches of the bindings,
 * change by change, so that a decision looks at its own subject's bindings only.
 *
 * A role that a subject has through several bindings of one scope is listed once, with all of them.
 */
import { subjectKey } from '../../../api/rbac/subjects.ts';
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

/** By role, then by binding. */
type Roles = Map<string, Map<string, Bound>>;

export class BindingIndex {
  readonly #kind: Bound['kind'];
  readonly #cache: WatchCache;
  /** By scope, then by subject. */
  #scopes = new Map<string, Map<string, Roles>>();

  /** Follows the cache from now on. */
  constructor(kind: Bound['kind'], cache: WatchCache) {
    this.#kind = kind;
    this.#cache = cache;
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

  get size(): number {
    return this.#cache.size;
  }

  /** For each role that the subject has in the scope, a binding that gives it. */
  *bound(scope: string, subject: string): Iterable<Bound> {
    for (const bindings of this.#scopes.get(scope)?.get(subject)?.values() ?? []) {
      for (const bound of bindings.values()) {
        yield bound;
        break;
      }
    }
  }

  #add(entry: Entry): void {
    for (const [subject, bound] of this.#boundBy(entry)) {
      const subjects = at(this.#scopes, bound.namespace, () => new Map<string, Roles>());
      const roles = at(subjects, subject, () => new Map() as Roles);
      at(roles, roleKey(bound.roleRef), () => new Map<string, Bound>()).set(entry.key, bound);
    }
  }

  #remove(entry: Entry): void {
    for (const [subject, { namespace, roleRef }] of this.#boundBy(entry)) {
      const subjects = this.#scopes.get(namespace);
      const roles = subjects?.get(subject);
      const bindings = roles?.get(roleKey(roleRef));
      bindings?.delete(entry.key);
      if (bindings?.size === 0) roles?.delete(roleKey(roleRef));
      if (roles?.size === 0) subjects?.delete(subject);
      if (subjects?.size === 0) this.#scopes.delete(namespace);
    }
  }

  *#boundBy({ object }: Entry): Iterable<[string, Bound]> {
    const { metadata, roleRef, subjects = [] } = object as RoleBinding;
    const { name = '', namespace = '' } = metadata;
    for (const subject of subjects) {
      const key = subjectKey(subject, namespace);
      if (key !== undefined) yield [key, { kind: this.#kind, name, namespace, roleRef, subject }];
    }
  }
}

const roleKey = ({ kind, name }: RoleRef): string => `${kind}/${name}`;

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
