/**
 * Deleting a definition deletes the objects that it defines first; their own finalizers may hold that up.
 *
 * Upstream: apiextensions-apiserver/pkg/controller/finalizer/crd_finalizer.go
 */
import {
  type CustomResourceDefinition,
  cleanupFinalizer,
  type DefinitionCondition,
} from '../../api/custom-resource-definition.ts';
import { ApiError } from '../../api/errors.ts';
import { isConditionTrue } from '../../api/meta.ts';
import { remove } from '../registry/delete.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { ownWrite } from '../registry/write-options.ts';

/** How many objects are deleted at a time. */
const parallel = 8;

/** Whether a definition waits for its objects to go. */
export const awaitsCleanup = ({ metadata }: CustomResourceDefinition): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(cleanupFinalizer);

/** Deletes what there is. `done`: nothing is left, so that the definition may go. `resource` is any of its versions. */
export async function deleteObjects(
  registry: Registry,
  definition: CustomResourceDefinition,
  resource: Resource | undefined,
): Promise<{ done: boolean; condition: DefinitionCondition }> {
  const terminating = (status: string, reason: string, message: string): DefinitionCondition => ({
    type: 'Terminating',
    status,
    reason,
    message,
  });
  if (!resource || !isConditionTrue(definition.status?.conditions, 'Established')) {
    return { done: true, condition: terminating('False', 'NeverEstablished', 'resource was never established') };
  }
  await registry.reads.fresh();
  const queue = resource.cache.list();
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { namespace = '', name = '', deletionTimestamp } = next.object.metadata;
      if (deletionTimestamp !== undefined) continue;
      try {
        await remove(registry, resource, namespace, name, {}, ownWrite());
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  await registry.reads.fresh();
  if (resource.cache.size === 0) {
    return { done: true, condition: terminating('False', 'InstanceDeletionCompleted', 'removed all instances') };
  }
  return {
    done: false,
    condition: terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress'),
  };
}
