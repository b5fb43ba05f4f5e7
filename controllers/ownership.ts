/**
 * Which objects belong to a controller: those it controls and still selects, and orphans that it selects and may adopt.
 * Upstream: pkg/controller/controller_ref_manager.go
 */
import { ApiError } from '../api/errors.ts';
import { apiVersionOf, type ResourceName } from '../api/kind.ts';
import { controllerOf } from '../api/meta.ts';
import { matches, type Selector } from '../api/selectors.ts';
import type { KubeObject, OwnerReference } from '../api/types.ts';
import type { ResourceClient } from '../client/rest.ts';

export interface Claims<T> {
  /** Controlled and selected already. */
  owned: T[];
  /** Selected, and nobody's. */
  adopt: T[];
  /** Controlled, and no longer selected. */
  release: T[];
}

/** Pure: sorts `objects`, which are all in the owner's namespace. An owner that is being deleted takes and leaves nothing. */
export function planClaims<T extends KubeObject>(owner: KubeObject, selector: Selector, objects: T[]): Claims<T> {
  const claims: Claims<T> = { owned: [], adopt: [], release: [] };
  const leaving = owner.metadata.deletionTimestamp !== undefined;
  for (const object of objects) {
    const controller = controllerOf(object);
    const selected = matches(selector, object.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (selected) claims.owned.push(object);
      else if (!leaving) claims.release.push(object);
    } else if (selected && !leaving && !object.metadata.deletionTimestamp) {
      claims.adopt.push(object);
    }
  }
  return claims;
}

/** The reference by which `owner` controls an object. */
export const controllerRef = (resource: ResourceName, { metadata }: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

/**
 * Puts claims into effect; answers the objects that are the owner's now. `confirm` asks the server, once, whether the
 * owner is still what the cache says, and throws when not: a deleted owner must adopt nothing.
 */
export async function claim<T extends KubeObject>(
  { owned, adopt, release }: Claims<T>,
  reference: OwnerReference,
  client: ResourceClient<T>,
  confirm: () => Promise<void>,
): Promise<T[]> {
  if (adopt.length > 0) await confirm();
  const adopted: T[] = [];
  for (const object of adopt) {
    const patched = await patchOwners(client, object, [reference]);
    if (patched) adopted.push(patched);
  }
  for (const object of release) await patchOwners(client, object, [{ $patch: 'delete', uid: reference.uid }]);
  return [...owned, ...adopted];
}

/** The uid makes sure that the patch meets the object that was looked at. Undefined when that is gone. */
async function patchOwners<T extends KubeObject>(
  client: ResourceClient<T>,
  { metadata }: T,
  ownerReferences: unknown[],
): Promise<T | undefined> {
  const body = { metadata: { uid: metadata.uid, ownerReferences } };
  try {
    return await client.patch(metadata.name!, metadata.namespace, body, { type: 'strategic' });
  } catch (error) {
    if (error instanceof ApiError && [404, 422].includes(error.code)) return undefined;
    throw error;
  }
}
