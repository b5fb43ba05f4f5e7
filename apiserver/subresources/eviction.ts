/**
 * `pods/eviction`: a delete that asks the pod's disruption budget first.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go. Left out: the v1beta1 form of the body.
 */
import { ApiError, badRequest } from '../../api/errors.ts';
import { rfc3339, withCondition } from '../../api/meta.ts';
import { builtInType } from '../../api/object-type.ts';
import { isPodTerminal } from '../../api/pods.ts';
import type { KubeObject, Pod, PodDisruptionBudget } from '../../api/types.ts';
import { admitOrder } from '../admission/admit.ts';
import { type Handler, writeOptionsOf } from '../handlers/handler.ts';
import { remove } from '../registry/delete.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import { freshness, get } from '../registry/get.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { type Change, update } from '../registry/update.ts';
import type { WriteOptions } from '../registry/write-options.ts';
import { decodeBody } from '../request/decode.ts';
import { success } from '../request/status.ts';
import { budgetsOf, planEviction } from './disruption-budget.ts';

const evictions = {
  kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  type: builtInType('io.k8s.api.policy.v1.Eviction'),
};

type Eviction = KubeObject & { deleteOptions?: DeleteOptions & { dryRun?: string[] } };

/** How often an eviction is begun anew because the pod has changed since it was looked at. */
const maxAttempts = 20;

export const createEviction: Handler = async (registry, resource, call) => {
  const { namespace, name } = call.info;
  const write = writeOptionsOf(call);
  const eviction = await decodeBody<Eviction>(call, evictions);
  if (eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const { kind, type } = evictions;
  const order = { operation: 'create', resource, subresource: 'eviction', kind, type, namespace, name } as const;
  await admitOrder(registry.admission, { ...order, object: eviction, options: write, served: registry });
  const options = eviction.deleteOptions ?? {};
  const dryRun = write.dryRun || (options.dryRun ?? []).includes('All');
  for (let attempt = 1; ; attempt++) {
    try {
      await evict(registry, resource, call.info, options, { ...write, dryRun, admitted: true });
      return success(undefined, 201);
    } catch (error) {
      const changed = error instanceof ApiError && error.reason === 'Conflict';
      if (!changed || options.preconditions || attempt === maxAttempts) throw error;
    }
  }
};

async function evict(
  registry: Registry,
  resource: Resource,
  { namespace, name }: { namespace: string; name: string },
  options: DeleteOptions,
  write: WriteOptions,
): Promise<void> {
  const pod = (await get(registry, resource, namespace, name)).object as Pod;
  let { resourceVersion } = options.preconditions ?? {};
  // A pod that has ended serves nobody. One that serves nobody yet may go as long as that stays so.
  const ended = isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined;
  if (!ended) {
    const asItIs = pod.status?.phase === 'Pending' || (await askBudget(registry, pod, write)) === 'asItIs';
    if (asItIs) resourceVersion ??= pod.metadata.resourceVersion;
    const mark: Change = (stored) => markDisrupted(stored as Pod, resourceVersion, registry.now());
    const marked = await update(registry, resource, namespace, name, mark, { ...write, subresource: 'status' });
    if (resourceVersion && !write.dryRun) resourceVersion = marked.object.metadata.resourceVersion;
  }
  const preconditions = { ...options.preconditions, ...(resourceVersion && { resourceVersion }) };
  await remove(registry, resource, namespace, name, { ...options, preconditions }, write);
}

/** Tells why the pod goes, as controllers that count failures want to know. */
function markDisrupted(pod: Pod, resourceVersion: string | undefined, now: Date): Pod {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True' as const,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(resourceVersion && { resourceVersion }) },
    status: { ...pod.status, conditions: withCondition(pod.status?.conditions, condition, rfc3339(now)) },
  };
}

/**
 * Takes one disruption from the budget that covers the pod, if there is one. Throws a 429 when it has none to spare.
 * `asItIs`: the pod may be deleted only while it stays as unhealthy as it is.
 */
async function askBudget(registry: Registry, pod: Pod, write: WriteOptions): Promise<'granted' | 'asItIs'> {
  await freshness(registry, undefined);
  const resource = registry.resources.must('policy', 'poddisruptionbudgets');
  const { namespace = '' } = pod.metadata;
  const all = resource.cache.list(`${namespace}/`).map(({ object }) => object as PodDisruptionBudget);
  const [budget, second] = budgetsOf(pod, all);
  if (second) {
    const many = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiError(500, '', many);
  }
  if (!budget) return 'granted';
  if (planEviction(budget, pod, registry.now()).do === 'deleteUnhealthy') return 'asItIs';
  const spend: Change = (stored) => {
    const plan = planEviction(stored as PodDisruptionBudget, pod, registry.now());
    if (plan.do === 'refuse') throw plan.error;
    return plan.do === 'spend' ? plan.budget : stored;
  };
  await update(registry, resource, namespace, budget.metadata.name!, spend, { ...write, subresource: 'status' });
  return 'granted';
}
