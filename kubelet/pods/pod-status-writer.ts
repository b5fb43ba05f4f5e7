/**
 * Brings pods' statuses to the API server, newest only, and ends the deletion of pods that have stopped.
 *
 * A write carries the version it was made from; when somebody else wrote first, the pod is read again and only what the
 * kubelet owns is changed.
 *
 * Upstream: pkg/kubelet/status/status_manager.go
 */
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../api/errors.ts';
import { pods } from '../../api/kinds/pods.ts';
import { isPodTerminal } from '../../api/pods.ts';
import type { Pod, PodCondition, PodStatus } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import { runController } from '../../client/controller.ts';
import type { ResourceClient, RestClient } from '../../client/rest.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { resizeConditions } from './plan-resize.ts';

/** Conditions that the kubelet decides; all others belong to somebody else. */
const ownConditions = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  ...resizeConditions,
]);

/** The stored status with the kubelet's part of it replaced. */
export function mergeStatus(stored: PodStatus | undefined, own: PodStatus): PodStatus {
  const foreign = (stored?.conditions ?? []).filter((c) => !ownConditions.has(c.type));
  const conditions: PodCondition[] = [...(own.conditions ?? []).filter((c) => ownConditions.has(c.type)), ...foreign];
  return { ...stored, ...own, conditions };
}

/** What may be told of `own`: until all of the pod has stopped, nobody shall take its place because it has ended. */
export function reportable(stored: PodStatus | undefined, own: PodStatus, finished: boolean): PodStatus {
  if (finished || !isPodTerminal({ status: own }) || isPodTerminal({ status: stored })) return own;
  const { phase: _phase, reason: _reason, message: _message, ...rest } = own;
  return rest;
}

interface Pending {
  pod: Pod;
  status: PodStatus;
  /** Nothing of the pod runs any more: if it is being deleted, it may go. */
  finished: boolean;
}

export class PodStatusWriter {
  readonly #client: ResourceClient<Pod>;
  /** The newest copy of a pod that this process has. */
  readonly #current: (uid: string) => Pod | undefined;
  readonly #logger: Logger;
  readonly #pending = new Map<string, Pending>();
  /** What the last successful write returned, which may be ahead of the watch. */
  readonly #written = new Map<string, Pod>();
  readonly #queue = new WorkQueue({ baseMs: 100, maxMs: 10_000 });

  constructor(client: RestClient, current: (uid: string) => Pod | undefined, logger: Logger) {
    this.#client = client.of(pods);
    this.#current = current;
    this.#logger = logger;
  }

  /** Wants this status on the server. */
  set(pod: Pod, status: PodStatus, finished: boolean): void {
    const uid = pod.metadata.uid ?? '';
    this.#pending.set(uid, { pod, status, finished });
    this.#queue.add(uid);
  }

  forget(uid: string): void {
    this.#pending.delete(uid);
    this.#written.delete(uid);
  }

  /** Writes until `signal` aborts. */
  run(signal: AbortSignal): Promise<void> {
    const reconcile = (uid: string) => this.#write(uid);
    return runController(
      { name: 'pod-status', queue: this.#queue, workers: 4, reconcile, logger: this.#logger },
      signal,
    );
  }

  async #write(uid: string): Promise<void> {
    const pending = this.#pending.get(uid);
    if (!pending) return;
    let stored = newer(this.#current(uid), this.#written.get(uid)) ?? pending.pod;
    for (let again = true; again; ) {
      again = false;
      const status = mergeStatus(stored.status, reportable(stored.status, pending.status, pending.finished));
      if (isDeepStrictEqual(status, stored.status)) break;
      try {
        stored = await this.#client.updateStatus({ ...stored, status });
        this.#written.set(uid, stored);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.reason === 'NotFound') return this.forget(uid);
        if (error.reason !== 'Conflict') throw error;
        const fresh = await this.#get(stored);
        if (fresh?.metadata.uid !== uid) return this.forget(uid);
        stored = fresh;
        again = true;
      }
    }
    if (pending.finished && stored.metadata.deletionTimestamp) await this.#delete(stored);
  }

  async #get({ metadata }: Pod): Promise<Pod | undefined> {
    try {
      return await this.#client.get(metadata.name!, metadata.namespace);
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
      throw error;
    }
  }

  async #delete({ metadata }: Pod): Promise<void> {
    try {
      const preconditions = { uid: metadata.uid };
      await this.#client.delete(metadata.name!, metadata.namespace, { gracePeriodSeconds: 0, preconditions });
    } catch (error) {
      // Gone already, or another pod of that name took its place.
      if (!(error instanceof ApiError) || (error.reason !== 'NotFound' && error.reason !== 'Conflict')) throw error;
    }
  }
}

/** The later of two copies of an object; resource versions of one server grow. */
function newer(a: Pod | undefined, b: Pod | undefined): Pod | undefined {
  if (!a || !b) return a ?? b;
  return BigInt(a.metadata.resourceVersion ?? 0) >= BigInt(b.metadata.resourceVersion ?? 0) ? a : b;
}
