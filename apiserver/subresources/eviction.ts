/**
 * `pods/eviction`: a delete that asks first. PodDisruptionBudgets, which could refuse, come later.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go
 */
import { badRequest } from '../../api/errors.ts';
import { builtInType } from '../../api/object-type.ts';
import type { KubeObject } from '../../api/types.ts';
import { type Handler, writeOptionsOf } from '../handlers/handler.ts';
import { remove } from '../registry/delete.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import { decodeBody } from '../request/decode.ts';
import { success } from '../request/status.ts';

const evictions = {
  kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  type: builtInType('io.k8s.api.policy.v1.Eviction'),
};

type Eviction = KubeObject & { deleteOptions?: DeleteOptions & { dryRun?: string[] } };

export const createEviction: Handler = async (registry, resource, call) => {
  const { namespace, name } = call.info;
  const write = writeOptionsOf(call);
  const eviction = await decodeBody<Eviction>(call, evictions);
  if (eviction.metadata.name && eviction.metadata.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const options = eviction.deleteOptions ?? {};
  const dryRun = write.dryRun || (options.dryRun ?? []).includes('All');
  await remove(registry, resource, namespace, name, options, { ...write, dryRun });
  return success(undefined, 201);
};
