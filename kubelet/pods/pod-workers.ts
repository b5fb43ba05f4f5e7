/**
 * The pods of this node: a worker for each that the API server assigns here, and for each that still runs although the
 * server knows it no more.
 *
 * Upstream: pkg/kubelet/pod_workers.go, pkg/kubelet/kubelet_pods.go (HandlePodCleanups)
 */
import type { Pod } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import { runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { podNameLabel, podNamespaceLabel } from '../runtime/labels.ts';
import { PodWorker, type PodWorkerContext } from './pod-worker.ts';

/** Pods that are worked on at once; the rest waits its turn. Work on one is short. */
const concurrentPods = 16;
const retry = { baseMs: 250, maxMs: 30_000 };

export class PodWorkers {
  readonly #context: PodWorkerContext;
  readonly #workers = new Map<string, PodWorker>();
  readonly #queue = new WorkQueue(retry);
  readonly #logger: Logger;

  constructor(context: Omit<PodWorkerContext, 'wake'>) {
    this.#context = { ...context, wake: (uid) => this.wake(uid) };
    this.#logger = context.logger;
  }

  /** The pod as this kubelet sees it; undefined when it is not here. */
  get(uid: string): Pod | undefined {
    return this.#workers.get(uid)?.pod;
  }

  find(namespace: string, name: string): Pod | undefined {
    return this.list().find((pod) => pod.metadata.namespace === namespace && pod.metadata.name === name);
  }

  list(): Pod[] {
    return [...this.#workers.values()].map((worker) => worker.pod);
  }

  /** The pod is assigned here, or changed. */
  set(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const worker = this.#workers.get(uid);
    if (worker) worker.update(pod);
    else this.#workers.set(uid, new PodWorker(this.#context, pod, false));
    this.wake(uid);
  }

  /** The object is gone; what is left of the pod is stopped and removed. */
  remove(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    this.#workers.get(uid)?.update(pod);
    this.#workers.get(uid)?.remove();
    this.wake(uid);
  }

  /** Something runs for a pod that has no worker: it is stopped and removed, as one whose object is gone. */
  adoptOrphan(uid: string, labels: Record<string, string>): void {
    if (this.#workers.has(uid)) return;
    this.#logger.info(
      { uid, pod: labels[podNameLabel], namespace: labels[podNamespaceLabel] },
      'Stopping an orphaned pod',
    );
    const metadata = { name: labels[podNameLabel] ?? '', namespace: labels[podNamespaceLabel] ?? '', uid };
    this.#workers.set(uid, new PodWorker(this.#context, { metadata }, true));
    this.wake(uid);
  }

  wake(uid: string): void {
    if (this.#workers.has(uid)) this.#queue.add(uid);
  }

  /** Works until `signal` aborts. Containers keep running. */
  run(signal: AbortSignal): Promise<void> {
    const reconcile = async (uid: string): Promise<{ requeueAfterMs?: number }> => {
      const { againMs, gone } = (await this.#workers.get(uid)?.sync()) ?? {};
      if (gone) this.#workers.delete(uid);
      return againMs === undefined ? {} : { requeueAfterMs: againMs };
    };
    return runController(
      { name: 'pod', queue: this.#queue, workers: concurrentPods, reconcile, logger: this.#logger },
      signal,
    );
  }
}
