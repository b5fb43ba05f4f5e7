/**
 * Makes the default roles and bindings that are missing, and repairs those that lack something, at every start.
 *
 * Upstream: pkg/registry/rbac/rest/storage_rbac.go (PolicyData.EnsureRBACPolicy)
 */
import { ApiError } from '../../../api/errors.ts';
import type { BindingLike, RoleLike } from '../../../api/rbac/reconcile.ts';
import type { KubeObject } from '../../../api/types.ts';
import { rbacGroup } from '../../../api/validation/rbac.ts';
import { create } from '../../registry/create.ts';
import { remove } from '../../registry/delete.ts';
import type { Registry } from '../../registry/registry.ts';
import { cacheKey, type Resource } from '../../registry/resource.ts';
import { update } from '../../registry/update.ts';
import { ownWrite } from '../../registry/write-options.ts';
import {
  defaultClusterRoleBindings,
  defaultClusterRoles,
  defaultRoleBindings,
  defaultRoles,
} from './default-objects.ts';
import { hasOtherRole, reconciledBinding, reconciledRole } from './reconcile.ts';

/**
 * The system's namespaces must be there. Resolves when the authorizer knows what has been written. What cannot be written is
 * logged: a webhook that refuses it must not keep the server from starting.
 */
export async function keepDefaultRoles(registry: Registry): Promise<void> {
  const of = (plural: string): Resource => registry.resources.must(rbacGroup, plural);
  const orLog =
    <T extends KubeObject>(plural: string, keepOne: (wanted: T) => Promise<boolean>) =>
    (wanted: T): Promise<boolean> =>
      keepOne(wanted).catch((error) => {
        const { name, namespace } = wanted.metadata;
        registry.logger.error(
          { err: error, resource: plural, name, namespace },
          'Cannot keep a default role or binding',
        );
        return false;
      });
  const keepRole = (plural: string) =>
    orLog<RoleLike>(plural, (wanted) => keep(registry, of(plural), wanted, reconciledRole));
  const keepBinding = (plural: string) =>
    orLog<BindingLike>(plural, async (wanted) => {
      await replaceOtherRole(registry, of(plural), wanted);
      return keep(registry, of(plural), wanted, reconciledBinding);
    });
  const wrote = await Promise.all([
    ...defaultClusterRoles().map(keepRole('clusterroles')),
    ...defaultRoles().map(keepRole('roles')),
    ...defaultClusterRoleBindings().map(keepBinding('clusterrolebindings')),
    ...defaultRoleBindings().map(keepBinding('rolebindings')),
  ]);
  if (wrote.includes(true)) await registry.reads.fresh();
}

/** Creates the object or changes what is stored as `reconciled` says. Tells whether it has written. */
async function keep<T extends KubeObject>(
  registry: Registry,
  resource: Resource,
  wanted: T,
  reconciled: (stored: T, wanted: T) => T | undefined,
): Promise<boolean> {
  const { name = '', namespace = '' } = wanted.metadata;
  const stored = resource.cache.get(cacheKey(resource, namespace, name))?.object as T | undefined;
  if (!stored) {
    await create(registry, resource, namespace, wanted, ownWrite()).catch(unless('AlreadyExists'));
    return true;
  }
  if (!reconciled(stored, wanted)) return false;
  const change = (current: KubeObject): KubeObject => structuredClone(reconciled(current as T, wanted) ?? current);
  await update(registry, resource, namespace, name, change, ownWrite());
  return true;
}

/** A binding never gets another role: the one that gives it makes room. */
async function replaceOtherRole(registry: Registry, resource: Resource, wanted: BindingLike): Promise<void> {
  const { name = '', namespace = '' } = wanted.metadata;
  const stored = resource.cache.get(cacheKey(resource, namespace, name))?.object as BindingLike | undefined;
  if (!stored || !hasOtherRole(stored, wanted)) return;
  const preconditions = { uid: stored.metadata.uid };
  await remove(registry, resource, namespace, name, { preconditions }, ownWrite()).catch(unless('NotFound'));
  await registry.reads.fresh();
}

/** Another apiserver was faster. */
const unless =
  (reason: string) =>
  (error: unknown): void => {
    if (!(error instanceof ApiError && error.reason === reason)) throw error;
  };
