/** Caches of roles and bindings for tests, without a store. */
import { allKinds } from '../../../api/kinds/all.ts';
import type { KubeObject } from '../../../api/types.ts';
import { rbacGroup } from '../../../api/validation/rbac.ts';
import { Entry } from '../../cache/entry.ts';
import { builtInResources } from '../../registry/resource.ts';
import { Resources } from '../../registry/resources.ts';
import {
  defaultClusterRoleBindings,
  defaultClusterRoles,
  defaultRoleBindings,
  defaultRoles,
} from '../bootstrap/default-objects.ts';

export class StoredRoles {
  readonly resources = new Resources(builtInResources(allKinds));
  #revision = 0;

  /** With everything that a cluster starts with; roles that are put together are as empty as they are then. */
  static withDefaults(): StoredRoles {
    const stored = new StoredRoles();
    for (const role of defaultClusterRoles()) stored.put('clusterroles', role);
    for (const role of defaultRoles()) stored.put('roles', role);
    for (const binding of defaultClusterRoleBindings()) stored.put('clusterrolebindings', binding);
    for (const binding of defaultRoleBindings()) stored.put('rolebindings', binding);
    return stored;
  }

  put<T extends KubeObject>(plural: string, object: T): this {
    return this.#apply(plural, object, true);
  }

  remove<T extends KubeObject>(plural: string, object: T): this {
    return this.#apply(plural, object, false);
  }

  #apply(plural: string, object: KubeObject, present: boolean): this {
    const { name = '', namespace } = object.metadata;
    const key = namespace ? `${namespace}/${name}` : name;
    const revision = ++this.#revision;
    const entry = present ? new Entry(key, revision, Buffer.from(JSON.stringify(object))) : undefined;
    this.resources.must(rbacGroup, plural).cache.apply([{ key, revision, entry }]);
    return this;
  }
}
