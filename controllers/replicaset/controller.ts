/**
 * replicaset-controller and replicationcontroller-controller: keep as many pods of a template alive as a ReplicaSet, or a
 * ReplicationController, asks for.
 * Upstream: pkg/controller/replicaset, pkg/controller/replication
 */
import { ApiError } from '../../api/errors.ts';
import { pods } from '../../api/kinds/pods.ts';
import { controllerOf, keyOf } from '../../api/meta.ts';
import { isPodActive, isPodReady } from '../../api/pods.ts';
import { matches } from '../../api/selectors.ts';
import type { Pod } from '../../api/types.ts';
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
import { type PodSet, type PodSetKind, replicaSetKind, replicationControllerKind } from './pod-sets.ts';
import { podFromTemplate } from './pod-template.ts';

export const replicaSetController = (context: Context): Run => podSetController(context, replicaSetKind);
export const replicationControllerController = (context: Context): Run =>
  podSetController(context, replicationControllerKind);

function podSetController(context: Context, kind: PodSetKind): Run {
  const controller = new PodSetController(context, kind);
  const { queue } = controller;
  const workers = context.flags[kind.workers];
  const { logger } = context;
  const reconcile = (key: string): Promise<Outcome> => controller.reconcile(key);
  return (signal) => runController({ name: kind.controller, queue, workers, reconcile, logger }, signal);
}

class PodSetController {
  readonly queue = new WorkQueue();
  readonly #context: Context;
  readonly #kind: PodSetKind;
  readonly #recorder: EventRecorder;
  readonly #sets: Informer<PodSet>;
  readonly #pods: Informer<Pod>;
  readonly #expectations: Expectations;

  constructor(context: Context, kind: PodSetKind) {
    this.#context = context;
    this.#kind = kind;
    this.#recorder = context.recorder(kind.controller);
    this.#sets = context.informers.of(kind.resource);
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
        if (matches(this.#kind.selectorOf(set), pod.metadata.labels)) this.queue.add(keyOf(set));
      }
    }
  }

  #ownerOf(pod: Pod): PodSet | undefined {
    const reference = controllerOf(pod);
    if (reference?.kind !== this.#kind.resource.kind) return undefined;
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
    const failure = failed ? describe(plan, failed) : undefined;
    const status = this.#kind.statusOf(planStatus(set, owned, failure, now()));
    if (statusDiffers(set.status, status)) {
      // The version that the decision was made on travels with it.
      const { replicas } = status;
      await this.#context.client
        .of(this.#kind.resource)
        .updateStatus({ ...set, status: { ...set.status, ...status, replicas } });
    }
    if (failed) throw failed;
  }

  #claimPods(set: PodSet): Promise<Pod[]> {
    const inNamespace = this.#pods.byIndex('namespace', set.metadata.namespace ?? '');
    const claims = planClaims(set, this.#kind.selectorOf(set), inNamespace);
    const client = this.#context.client;
    const { kind } = this.#kind.resource;
    return claim(claims, controllerRef(this.#kind.resource, set), client.of(pods), async () => {
      const current = await client.of(this.#kind.resource).get(set.metadata.name!, set.metadata.namespace);
      if (current.metadata.uid !== set.metadata.uid) throw new Error(`${kind} ${keyOf(set)} was made anew`);
      if (current.metadata.deletionTimestamp) throw new Error(`${kind} ${keyOf(set)} is being deleted`);
    });
  }

  /** Active pods of all sets that one controller (a Deployment) owns together with this one. */
  #related(set: PodSet, owned: Pod[]): Pod[] {
    const controller = controllerOf(set);
    const siblings = controller ? this.#sets.byIndex('owner', controller.uid) : [];
    const related = siblings.length > 1 ? siblings.flatMap((s) => this.#pods.byIndex('owner', s.metadata.uid!)) : owned;
    return related.filter(isPodActive);
  }

  /** Puts the plan into effect; answers the first error. */
  async #scale(set: PodSet, plan: ScalePlan): Promise<unknown> {
    if (plan.create > 0) return this.#create(set, plan.create);
    if (plan.delete.length > 0) return this.#delete(set, plan.delete);
    return undefined;
  }

  async #create(set: PodSet, count: number): Promise<unknown> {
    const key = keyOf(set);
    this.#expectations.expectCreations(key, count);
    const { skipped, error } = await slowStart(count, () => this.#createPod(set, key));
    for (let i = 0; i < skipped; i++) this.#expectations.creationObserved(key);
    // A namespace that is going away takes no pods, and the set will go with it.
    return isNamespaceTerminating(error) ? undefined : error;
  }

  async #createPod(set: PodSet, key: string): Promise<void> {
    try {
      const pod = await this.#context.client
        .of(pods)
        .create(podFromTemplate(set, controllerRef(this.#kind.resource, set)));
      this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      this.#expectations.creationObserved(key);
      if (!isNamespaceTerminating(error))
        this.#recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`);
      throw error;
    }
  }

  async #delete(set: PodSet, victims: Pod[]): Promise<unknown> {
    const key = keyOf(set);
    this.#expectations.expectDeletions(
      key,
      victims.map((pod) => pod.metadata.uid!),
    );
    const results = await Promise.allSettled(victims.map((pod) => this.#deletePod(set, key, pod)));
    return results.find((result) => result.status === 'rejected')?.reason;
  }

  async #deletePod(set: PodSet, key: string, { metadata }: Pod): Promise<void> {
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
