/** Making what has to be there from the start, and leaving alone what is. */
import { ApiError } from '../../api/errors.ts';
import type { KubeObject } from '../../api/types.ts';
import { create } from '../registry/create.ts';
import type { Registry } from '../registry/registry.ts';
import { ownWrite } from '../registry/write-options.ts';

/** Creates a cluster-scoped object unless there is one of its name. */
export async function createMissing(
  registry: Registry,
  group: string,
  plural: string,
  object: KubeObject,
): Promise<void> {
  const resource = registry.resources.must(group, plural);
  if (resource.cache.get(object.metadata.name!)) return;
  try {
    await create(registry, resource, '', object, ownWrite());
  } catch (error) {
    // Another apiserver was faster.
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
  }
}
