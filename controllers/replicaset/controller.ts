/**
 * replicaset-controller: keeps as many pods of a template alive as a ReplicaSet asks for.
 * Upstream: pkg/controller/replicaset
 */
import { ApiError } from '../../api/errors.ts';
import { pods } from '../../api/kinds/pods.ts';
import { replicasets } from '../../api/kinds/replicasets.ts';
import { controllerOf, keyOf } from '../../api/meta.ts';
import { isPodActive, isPodReady } from '../../api/pods.ts';
import { matches, selectorOf } from '../../api/selectors.ts';
import type { Pod, ReplicaSet } from '../../api/types.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { Expectations } from '../expectations.ts';
import { isNamespaceTerminating } from '../namespace-terminating.ts';
import { claim, controllerRef, planClaims } from '../ownership.ts';
import { slowStart } from '../slow-start.ts';
import { planScale, planStatus, type ScaleFailure, type ScalePlan, statusDiffers } from './plan.ts';
import { podFromTemplate } from './pod-template.ts';

const name = 'replicaset-controller';

export function replicaSetController(context: Context): Run {
  const controller = new ReplicaSetController(context);
  const workers = context.flags['concurrent-replicaset-syncs'];
  const { logger } = context;
  return (signal) =>
    runController(
      { name, queue: controller.queue, workers, reconcile: (key) => controller.reconcile(key), logger },
      signal,
    );
}

class ReplicaSetController {
  readonly queue = new WorkQueue();
  readonly #context: Context;
  readonly #recorder: EventRecorder;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  readonly #expectations: Expectations;

  constructor(context: Context) {
    this.#context = context;
    this.#recorder = context.recorder(name);
    this.#sets = context.informers.of(replicasets);
    this.#pods = context.informers.of(pods);
    this.#expectations = new Expectations(context.now);
    this.#sets.onChange((change, set) => {
      if (change === 'delete') this.#expectations.forget(keyOf(set));
      this.queue.add(keyOf(set));
    });
    this.#pods.onChange((change, pod, old) => this.#onPod(change, pod, old));
  }

  #onPod(change: 'add' | 'update' | 'delete', pod: Pod, old: Pod | undefined): void {
    const owner = this.#ownerOf(pod);
    const previous = old && this.#ownerOf(old);
    if (previous && previous !== owner) this.queue.add(keyOf(previous));
    // A pod of the same name may have come in place of one whose end was never seen.
    if (previous && old.metadata.uid !== pod.metadata.uid)
      this.#expectations.deletionObserved(keyOf(previous), old.metadata.uid!);
    if (owner) {
      const key = keyOf(owner);
      if (change === 'add') this.#expectations.creationObserved(key);
      // A pod counts no longer once its deletion has begun.
      if (change === 'delete' || pod.metadata.deletionTimestamp)
        this.#expectations.deletionObserved(key, pod.metadata.uid!);
      this.queue.add(key);
      const { minReadySeconds = 0 } = owner.spec ?? {};
      if (minReadySeconds > 0 && isPodReady(pod) && !(old && isPodReady(old)))
        this.queue.addAfter(key, minReadySeconds * 1000 + 1000);
    } else if (change !== 'delete' && !controllerOf(pod)) {
      for (const set of this.#sets.byIndex('namespace', pod.metadata.namespace ?? '')) {
        if (matches(selectorOf(set.spec?.selector), pod.metadata.labels)) this.queue.add(keyOf(set));
      }
    }
  }

  #ownerOf(pod: Pod): ReplicaSet | undefined {
    const reference = controllerOf(pod);
    if (reference?.kind !== replicasets.kind) return undefined;
    const set = this.#sets.get(`${pod.metadata.namespace}/${reference.name}`);
    return set?.metadata.uid === reference.uid ? set : undefined;
  }

  async reconcile(key: string): Promise<Outcome> {
    const set = this.#sets.get(key);
    if (!set) return;
    const { now } = this.#context;
    const inStep = this.#expectations.satisfied(key);
    const owned = await this.#claimPods(set);
    const plan = inStep ? planScale(set, owned, this.#related(set, owned), now()) : { create: 0, delete: [] };
    const failed = await this.#scale(set, plan);
    const status = planStatus(set, owned, failed ? describe(plan, failed) : undefined, now());
    if (statusDiffers(set.status, status)) {
      // The version that the decision was made on travels with it.
      const { replicas } = status;
      await this.#context.client
        .of(replicasets)
        .updateStatus({ ...set, status: { ...set.status, ...status, replicas } });
    }
    if (failed) throw failed;
  }

  #claimPods(set: ReplicaSet): Promise<Pod[]> {
    const inNamespace = this.#pods.byIndex('namespace', set.metadata.namespace ?? '');
    const claims = planClaims(set, selectorOf(set.spec?.selector), inNamespace);
    const client = this.#context.client;
    return claim(claims, controllerRef(replicasets, set), client.of(pods), async () => {
      const current = await client.of(replicasets).get(set.metadata.name!, set.metadata.namespace);
      if (current.metadata.uid !== set.metadata.uid) throw new Error(`ReplicaSet ${keyOf(set)} was made anew`);
      if (current.metadata.deletionTimestamp) throw new Error(`ReplicaSet ${keyOf(set)} is being deleted`);
    });
  }

  /** Active pods of all sets that one controller (a Deployment) owns together with this one. */
  #related(set: ReplicaSet, owned: Pod[]): Pod[] {
    const controller = controllerOf(set);
    const siblings = controller ? this.#sets.byIndex('owner', controller.uid) : [];
    const related = siblings.length > 1 ? siblings.flatMap((s) => this.#pods.byIndex('owner', s.metadata.uid!)) : owned;
    return related.filter(isPodActive);
  }

  /** Puts the plan into effect; answers the first error. */
  async #scale(set: ReplicaSet, plan: ScalePlan): Promise<unknown> {
    if (plan.create > 0) return this.#create(set, plan.create);
    if (plan.delete.length > 0) return this.#delete(set, plan.delete);
    return undefined;
  }

  async #create(set: ReplicaSet, count: number): Promise<unknown> {
    const key = keyOf(set);
    this.#expectations.expectCreations(key, count);
    const { skipped, error } = await slowStart(count, () => this.#createPod(set, key));
    for (let i = 0; i < skipped; i++) this.#expectations.creationObserved(key);
    // A namespace that is going away takes no pods, and the set will go with it.
    return isNamespaceTerminating(error) ? undefined : error;
  }

  async #createPod(set: ReplicaSet, key: string): Promise<void> {
    try {
      const pod = await this.#context.client.of(pods).create(podFromTemplate(set, controllerRef(replicasets, set)));
      this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      this.#expectations.creationObserved(key);
      if (!isNamespaceTerminating(error))
        this.#recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`);
      throw error;
    }
  }

  async #delete(set: ReplicaSet, victims: Pod[]): Promise<unknown> {
    const key = keyOf(set);
    this.#expectations.expectDeletions(
      key,
      victims.map((pod) => pod.metadata.uid!),
    );
    const results = await Promise.allSettled(victims.map((pod) => this.#deletePod(set, key, pod)));
    return results.find((result) => result.status === 'rejected')?.reason;
  }

  async #deletePod(set: ReplicaSet, key: string, { metadata }: Pod): Promise<void> {
    const { name: podName = '', namespace, uid = '' } = metadata;
    try {
      await this.#context.client.of(pods).delete(podName, namespace, { preconditions: { uid } });
      this.#recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${podName}`);
    } catch (error) {
      // No deletion will be seen of what was not deleted.
      this.#expectations.deletionObserved(key, uid);
      if (error instanceof ApiError && error.code === 404) return;
      this.#recorder.event(set, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`);
      throw error;
    }
  }
}

const describe = (plan: ScalePlan, error: unknown): ScaleFailure => ({
  reason: plan.create > 0 ? 'FailedCreate' : 'FailedDelete',
  message: (error as Error).message,
});
