/**
 * Pods that wait for a node, in one of three places:
 *
 *     active         handed out next: highest priority first, then first come, first served
 *     backoff        was refused lately; becomes active when its delay is over
 *     unschedulable  was refused; rests until something happens that a plugin which refused it waits for
 *
 * A pod is in one place at a time, and in none while it is being scheduled. The caller must not await anything between
 * taking a pod and giving it back with `refused`, or an event in between is lost on it.
 *
 * Upstream: pkg/scheduler/backend/queue. Left out: nominated pods.
 */
import { type PodInfo, priority } from './node-info.ts';
import type { ClusterEvent, Plugin } from './plugin.ts';

interface QueuedPod {
  info: PodInfo;
  attempts: number;
  refusedBy: ReadonlySet<Plugin>;
  /** When it may be tried again, and since when it rests. Milliseconds. */
  backoffUntil: number;
  restsSince: number;
}

export interface QueueDeps {
  now(): number;
}

const backoffMs = { initial: 1_000, max: 10_000 };
/** A pod that nothing woke is tried again after this long all the same. */
const maxRestMs = 5 * 60_000;

export class SchedulingQueue {
  readonly #deps: QueueDeps;
  /** By priority, then in order of arrival. */
  readonly #active = new Map<number, Map<string, QueuedPod>>();
  readonly #backoff = new Map<string, { queued: QueuedPod; timer: NodeJS.Timeout }>();
  readonly #unschedulable = new Map<string, QueuedPod>();
  /** Pods handed out and not yet placed, with what is known of their earlier attempts. */
  readonly #taken = new Map<string, QueuedPod>();
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(deps: QueueDeps = { now: Date.now }) {
    this.#deps = deps;
  }

  /** Number of pods in each place. */
  get lengths(): { active: number; backoff: number; unschedulable: number } {
    let active = 0;
    for (const pods of this.#active.values()) active += pods.size;
    return { active, backoff: this.#backoff.size, unschedulable: this.#unschedulable.size };
  }

  /** A pod that is new, or that changed in a way that may matter to plugins: it is tried at once. */
  add(info: PodInfo): void {
    const known = this.#forget(info.key);
    this.#activate({ attempts: 0, refusedBy: new Set(), backoffUntil: 0, restsSince: 0, ...known, info });
  }

  /** The pod no longer waits: it was bound, deleted, or is someone else's. */
  delete(key: string): void {
    this.#forget(key);
  }

  /** Takes the next pod out; waits for one. Undefined after `close`. */
  async next(): Promise<PodInfo | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const queued = this.#takeActive();
      if (queued) {
        queued.attempts += 1;
        this.#taken.set(queued.info.key, queued);
        return queued.info;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The pod has its node, or is gone: nothing is left to do for it. */
  done(info: PodInfo): void {
    this.#giveBack(info);
  }

  /** No node took the pod: it rests until an event that one of these plugins waits for. */
  refused(info: PodInfo, by: ReadonlySet<Plugin>): void {
    const queued = this.#giveBack(info);
    if (!queued) return;
    queued.refusedBy = by;
    queued.restsSince = this.#deps.now();
    this.#unschedulable.set(info.key, queued);
  }

  /** Something went wrong that is nobody's verdict: the pod is tried again after its backoff. */
  failed(info: PodInfo): void {
    const queued = this.#giveBack(info);
    if (queued) this.#backOff(queued);
  }

  /** Moves what rests and may now be schedulable. */
  moveOn(event: ClusterEvent): void {
    this.#move(({ refusedBy }) => refusedBy.size === 0 || [...refusedBy].some((p) => p.retryOn?.includes(event)));
  }

  /** Moves what has rested too long, in case an event went unnoticed. */
  moveStale(): void {
    const before = this.#deps.now() - maxRestMs;
    this.#move(({ restsSince }) => restsSince <= before);
  }

  /** Ends `next`. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#backoff.values()) clearTimeout(timer);
    this.#wake?.();
  }

  #move(which: (queued: QueuedPod) => boolean): void {
    for (const [key, queued] of this.#unschedulable) {
      if (!which(queued)) continue;
      this.#unschedulable.delete(key);
      this.#backOff(queued);
    }
  }

  #backOff(queued: QueuedPod): void {
    const wait = queued.backoffUntil - this.#deps.now();
    if (wait <= 0) {
      this.#activate(queued);
      return;
    }
    const { key } = queued.info;
    const timer = setTimeout(() => {
      this.#backoff.delete(key);
      this.#activate(queued);
    }, wait);
    this.#backoff.set(key, { queued, timer });
  }

  /** The pod as it was handed out, unless it was deleted or added anew meanwhile. */
  #giveBack(info: PodInfo): QueuedPod | undefined {
    const queued = this.#taken.get(info.key);
    if (queued?.info !== info) return undefined;
    this.#taken.delete(info.key);
    const delay = backoffMs.initial * 2 ** (queued.attempts - 1);
    queued.backoffUntil = this.#deps.now() + Math.min(delay, backoffMs.max);
    return queued;
  }

  #activate(queued: QueuedPod): void {
    const rank = priority(queued.info);
    const pods = this.#active.get(rank) ?? new Map<string, QueuedPod>();
    this.#active.set(rank, pods.set(queued.info.key, queued));
    this.#wake?.();
    this.#wake = undefined;
  }

  #takeActive(): QueuedPod | undefined {
    if (this.#active.size === 0) return undefined;
    const rank = Math.max(...this.#active.keys());
    const pods = this.#active.get(rank)!;
    const [key, queued] = pods.entries().next().value!;
    this.#removeActive(rank, pods, key);
    return queued;
  }

  #removeActive(rank: number, pods: Map<string, QueuedPod>, key: string): void {
    pods.delete(key);
    if (pods.size === 0) this.#active.delete(rank);
  }

  /** Takes the pod out of wherever it is. */
  #forget(key: string): QueuedPod | undefined {
    for (const [rank, pods] of this.#active) {
      const queued = pods.get(key);
      if (!queued) continue;
      this.#removeActive(rank, pods, key);
      return queued;
    }
    const waiting = this.#backoff.get(key);
    clearTimeout(waiting?.timer);
    const queued = waiting?.queued ?? this.#unschedulable.get(key) ?? this.#taken.get(key);
    this.#backoff.delete(key);
    this.#unschedulable.delete(key);
    this.#taken.delete(key);
    return queued;
  }
}
