/**
 * resourcequota-controller: counts what is used of each quota, when the quota is new or changed, when something that it counts has
 * gone, and from time to time. What is used more is counted by the API server, with each write.
 *
 * A figure goes down only if the quota is still the one that was read before its objects were: the API server changes the quota
 * in the same transaction as it creates what the quota counts.
 *
 * Upstream: pkg/controller/resourcequota
 */
import { ApiError } from '../../api/errors.ts';
import type { ResourceName } from '../../api/kind.ts';
import { pods } from '../../api/kinds/pods.ts';
import { resourcequotas } from '../../api/kinds/resourcequotas.ts';
import { keyOf } from '../../api/meta.ts';
import { countedKinds, evaluatorOf } from '../../api/quota/counted-kinds.ts';
import type { KubeObject, Pod, ResourceQuota } from '../../api/types.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { acceptMetadataList, type Informer } from '../../client/informer.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { type Counted, isToBeCalculated, planStatus } from './plan.ts';
import { QuotableKinds } from './quotable-kinds.ts';
import { Replenishment } from './replenishment.ts';

const name = 'resourcequota-controller';

/** How soon a quota is looked at again that counts a kind which the server does not have. */
const unknownKindMs = 5_000;

export function resourceQuotaController(context: Context): Run {
  const controller = new ResourceQuotaController(context);
  const { logger, flags } = context;
  return async (signal) => {
    const { queue } = controller;
    const resync = setInterval(() => controller.resync(), flags['resource-quota-sync-period']);
    const reconcile = (key: string): Promise<Outcome> => controller.reconcile(key, signal);
    const workers = flags['concurrent-resource-quota-syncs'];
    await runController({ name, queue, workers, reconcile, logger }, signal);
    clearInterval(resync);
  };
}

class ResourceQuotaController {
  readonly queue = new WorkQueue();
  readonly #context: Context;
  readonly #quotas: Informer<ResourceQuota>;
  readonly #pods: Informer<Pod>;
  readonly #kinds: QuotableKinds;
  readonly #replenishment: Replenishment;

  constructor(context: Context) {
    const { client, informers, logger, now } = context;
    this.#context = context;
    this.#quotas = informers.of(resourcequotas);
    this.#pods = informers.of(pods);
    this.#kinds = new QuotableKinds(client, now);
    this.#replenishment = new Replenishment({
      client,
      logger,
      onReplenished: (kind, namespace) => this.#enqueue(kind, this.#quotas.byIndex('namespace', namespace)),
      onGap: (kind) => this.#enqueue(kind, this.#quotas.list()),
    });
    this.#quotas.onChange((change, quota, old) => {
      // A quota that has gone may have been the last one to count a kind.
      if (change === 'delete' || isToBeCalculated(quota, old)) this.queue.add(keyOf(quota));
    });
    const { replenishes } = evaluatorOf(pods);
    this.#pods.onChange((change, pod, old) => {
      if (change === 'add' || (change === 'update' && !replenishes!(old!, pod, now()))) return;
      this.#enqueue(pods, this.#quotas.byIndex('namespace', pod.metadata.namespace ?? ''));
    });
  }

  /** Looks at all quotas again. */
  resync(): void {
    for (const quota of this.#quotas.list()) this.queue.add(keyOf(quota));
  }

  /** Those of the quotas that count the kind. */
  #enqueue(kind: ResourceName, quotas: readonly ResourceQuota[]): void {
    const { matching } = evaluatorOf(kind);
    for (const quota of quotas) if (matching(namesOf(quota)).length > 0) this.queue.add(keyOf(quota));
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    await this.#watchWhatCounts(signal);
    const { client, now } = this.#context;
    const quota = this.#quotas.get(key);
    if (!quota) return;
    const wanted = countedKinds(namesOf(quota));
    const kinds = await this.#kinds.find(wanted);
    await this.#replenishment.begun(kinds);
    const counts = await Promise.allSettled(kinds.map((kind) => this.#count(kind, quota)));
    const counted = counts.flatMap((count) => (count.status === 'fulfilled' ? [count.value] : []));
    const status = planStatus(quota, counted, now());
    if (status) await client.of(resourcequotas).updateStatus({ ...quota, status });
    for (const [i, count] of counts.entries()) if (count.status === 'rejected') this.#failed(kinds[i]!, count.reason);
    return kinds.length < wanted.length ? { requeueAfterMs: unknownKindMs } : undefined;
  }

  /** What could be counted has been; the rest is tried again. */
  #failed(kind: ResourceName, error: unknown): never {
    if (error instanceof ApiError && error.code === 404) this.#kinds.forget(kind);
    throw error;
  }

  /** Pods are watched anyway. */
  async #watchWhatCounts(signal: AbortSignal): Promise<void> {
    const names = this.#quotas.list().flatMap(namesOf);
    const kinds = (await this.#kinds.find(countedKinds(names))).filter((kind) => !isPods(kind));
    this.#replenishment.watch(kinds, (kind) => evaluatorOf(kind).replenishes !== undefined, signal);
  }

  /** The quota must have been read before this is called. */
  async #count(kind: ResourceName, quota: ResourceQuota): Promise<Counted> {
    const evaluator = evaluatorOf(kind);
    const { namespace = '', resourceVersion } = quota.metadata;
    const of = this.#context.client.of<KubeObject>(kind);
    if (evaluator.countsOnly) {
      const { items, metadata } = await of.list({ namespace, limit: 1, accept: acceptMetadataList });
      return { evaluator, objects: items.length + (metadata.remainingItemCount ?? 0) };
    }
    const known = isPods(kind) && this.#pods.hasReached(resourceVersion!);
    const objects = known ? this.#pods.byIndex('namespace', namespace) : (await of.list({ namespace })).items;
    return { evaluator, objects };
  }
}

const namesOf = ({ spec }: ResourceQuota): string[] => Object.keys(spec?.hard ?? {});
const isPods = ({ group, plural }: ResourceName): boolean => group === '' && plural === 'pods';
