/**
 * One pod on this node: observe, decide, act, report. `sync` is called whenever something about the pod may have
 * changed, never twice at once; it does not wait for images to be pulled or for containers to stop.
 *
 * Upstream: pkg/kubelet/kubelet.go (SyncPod, SyncTerminatingPod, SyncTerminatedPod)
 */
import { isDeepStrictEqual } from 'node:util';
import { isPodTerminal } from '../../api/pods.ts';
import type { Pod, PodCondition, PodStatus } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import type { PodPlace } from '../container/field-value.ts';
import { RuntimeError } from '../runtime/runtime.ts';
import type { TokenManager, TokenSource } from '../volumes/token-manager.ts';
import { type MountedVolumes, mountVolumes, removePodDirectory } from '../volumes/volume-manager.ts';
import { applyResize } from './apply-resize.ts';
import { backoffMessage, computePodActions, type PodActions, podFullName } from './compute-pod-actions.ts';
import { computeTermination, expiredContainers } from './compute-termination.ts';
import type { WaitingReason } from './container-status.ts';
import { ensureSandbox, type SandboxContext } from './ensure-sandbox.ts';
import { Holds } from './holds.ts';
import { currentSandbox, isRunning, type ObservedPod } from './observed.ts';
import { planResize, type ResizePlan } from './plan-resize.ts';
import { containerEvent } from './pod-events.ts';
import { activeDeadline, isStopped, type PodState, shouldStop, transitions } from './pod-state.ts';
import { generatePodStatus } from './pod-status.ts';
import { mergeStatus, type PodStatusWriter } from './pod-status-writer.ts';
import { type StartContext, startContainer } from './start-container.ts';
import { stopContainer } from './stop-container.ts';

/** What probes say; see probes/probe-manager.ts. */
export interface PodProbes {
  ready(containerId: string): boolean;
  started(containerId: string): boolean;
  /** Liveness and startup probes that failed, by container ID, with what to say. */
  failed(podUid: string): ReadonlyMap<string, string>;
  /** Starts probing what runs and stops what does not. */
  update(pod: Pod, observed: ObservedPod, place: PodPlace): void;
  forget(podUid: string): void;
}

export interface PodWorkerContext extends StartContext, SandboxContext {
  statuses: PodStatusWriter;
  probes: PodProbes;
  tokens: TokenManager;
  runtimeName: string;
  /** Has `sync` called soon. */
  wake(uid: string): void;
  logger: Logger;
}

/** When to look again although nothing happened. */
export type SyncOutcome = { againMs?: number; gone?: boolean };

const resyncMs = 60_000;
/** Delay after the runtime could not give a container what it asks for. */
const resizeRetryMs = 10_000;
const volumeResyncMs = resyncMs - 5_000;
const mountRetry = { baseMs: 500, maxMs: 122_000 };
const sandboxRetry = { baseMs: 1_000, maxMs: 60_000 };
const delay = (retry: { baseMs: number; maxMs: number }, failures: number): number =>
  Math.min(retry.baseMs * 2 ** failures, retry.maxMs);

export class PodWorker {
  readonly #context: PodWorkerContext;
  readonly #uid: string;
  #pod: Pod;
  /** The object is gone, or was never there. */
  #removed: boolean;
  #state: PodState = 'syncing';
  #status: PodStatus | undefined;
  #failure: { reason: string; message: string } | undefined;
  #waiting = new Map<string, WaitingReason>();
  /** By container ID, when the stop under way is due. */
  readonly #stopping = new Map<string, number>();
  /** What failed and is not tried again yet: a container by its name, the whole pod by the empty one. */
  readonly #holds = new Holds();
  #mounted: { at: number; volumes: MountedVolumes } | undefined;
  #resize: PodCondition | undefined;
  #mountFailures = 0;
  #sandboxFailures = 0;

  constructor(context: PodWorkerContext, pod: Pod, removed: boolean) {
    this.#context = context;
    this.#pod = pod;
    this.#uid = pod.metadata.uid ?? '';
    this.#removed = removed;
  }

  get state(): PodState {
    return this.#state;
  }

  /** The pod with the status that was computed last, which may be ahead of the server's. */
  get pod(): Pod {
    return this.#status ? { ...this.#pod, status: mergeStatus(this.#pod.status, this.#status) } : this.#pod;
  }

  update(pod: Pod): void {
    const { generation, labels, annotations } = this.#pod.metadata;
    // A changed spec may have mended what failed; labels and annotations may stand in volumes.
    if (pod.metadata.generation !== generation) this.#holds.clear();
    if (!isDeepStrictEqual([pod.metadata.labels, pod.metadata.annotations], [labels, annotations]))
      this.#mounted = undefined;
    this.#pod = pod;
  }

  /** The object is gone: nothing is reported any more. */
  remove(): void {
    this.#removed = true;
  }

  async sync(): Promise<SyncOutcome> {
    const observed = await this.#context.cache.get(this.#uid);
    this.#advance(observed);
    if (this.#state === 'syncing') return this.#syncPod(observed);
    if (this.#state === 'terminating') return this.#terminate(observed);
    return this.#cleanUp(observed);
  }

  /** The pod's address once it has a sandbox. */
  #place(observed: ObservedPod): PodPlace {
    const { hostIP } = this.#context;
    const podIP = this.#pod.spec?.hostNetwork ? hostIP : currentSandbox(observed)?.ip;
    return { podIP, hostIP };
  }

  #advance(observed: ObservedPod): void {
    const deadline = activeDeadline(this.#pod, this.#status?.startTime ?? this.#pod.status?.startTime);
    const running = this.#state === 'syncing' && !this.#failure && !isPodTerminal(this.#pod);
    if (running && deadline !== undefined && Date.now() >= deadline) {
      this.#failure = {
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      };
      this.#context.recorder.event(this.pod, 'Normal', 'DeadlineExceeded', this.#failure.message);
    }
    const facts = {
      shouldStop: this.#failure !== undefined || shouldStop(this.#pod, this.#removed, this.#status?.phase),
      stopped: isStopped(observed),
    };
    for (let next = transitions[this.#state](facts); next !== this.#state; next = transitions[next](facts))
      this.#state = next;
  }

  #report(observed: ObservedPod): PodStatus {
    const { statuses, runtimeName, hostIP, probes } = this.#context;
    const terminating = this.#state !== 'syncing';
    this.#status = generatePodStatus({
      pod: this.pod,
      observed,
      now: Date.now(),
      runtimeName,
      hostIP,
      waiting: this.#waiting,
      probes,
      terminating,
      failure: this.#failure,
      memoryCapacity: this.#context.memoryCapacity,
      resize: this.#resize,
    });
    if (!this.#removed) statuses.set(this.#pod, this.#status, this.#state === 'terminated');
    return this.#status;
  }

  async #syncPod(observed: ObservedPod): Promise<SyncOutcome> {
    const { probes, logger } = this.#context;
    const place = this.#place(observed);
    probes.update(this.#pod, observed, place);
    const actions = computePodActions({
      pod: this.#pod,
      observed,
      now: Date.now(),
      failedProbes: probes.failed(this.#uid),
      hasStarted: (id) => probes.started(id),
      leastAttempt: (name) => this.#leastAttempt(name),
    });
    this.#note(actions);
    const resize = planResize(this.#pod, observed, this.#context.memoryCapacity, this.#context.sources.allocatable);
    // Under way still: what went wrong the last time stays to be read.
    if (resize.condition?.type !== 'PodResizeInProgress' || this.#resize?.reason !== 'Error')
      this.#resize = resize.condition;
    const status = this.#report(observed);
    if (status.phase === 'Succeeded' || status.phase === 'Failed') return { againMs: 0 };
    logger.debug({ pod: podFullName(this.#pod), actions: summary(actions) }, 'Syncing pod');

    this.#stop(observed, actions, place);
    await this.#applyResize(resize, place);
    if (actions.createSandbox !== undefined && observed.sandboxes.length > 0) {
      const text = 'Pod sandbox changed, it will be killed and re-created.';
      this.#context.recorder.event(this.pod, 'Normal', 'SandboxChanged', text);
    }
    if (actions.killPod) await this.#stopSandbox(observed);
    if (this.#holds.has('')) return { againMs: this.#nextLook(actions) };
    let volumes: MountedVolumes;
    try {
      volumes = await this.#mountVolumes(place);
      this.#mountFailures = 0;
    } catch (error) {
      this.#context.recorder.event(this.pod, 'Warning', 'FailedMount', (error as Error).message);
      this.#holds.set('', delay(mountRetry, this.#mountFailures++));
      return { againMs: this.#nextLook(actions) };
    }
    const start = actions.start.filter((action) => !this.#holds.has(action.container.name));
    if (actions.createSandbox !== undefined || start.length > 0)
      await this.#start(observed, { ...actions, start }, volumes);
    else await this.#prune(observed);
    return { againMs: this.#nextLook(actions) };
  }

  /** Sets the volumes up, and again once a minute, so that what they were made from may change. */
  async #mountVolumes(place: PodPlace): Promise<MountedVolumes> {
    const { sources, tokens, podDirectory } = this.#context;
    if (this.#mounted && Date.now() - this.#mounted.at < volumeResyncMs) return this.#mounted.volumes;
    const pod = this.#pod;
    const serviceAccountToken = (source: TokenSource): Promise<string> => tokens.get(pod, source);
    const volumes = await mountVolumes(pod, podDirectory(this.#uid), { ...sources, place, serviceAccountToken });
    this.#mounted = { at: Date.now(), volumes };
    return volumes;
  }

  /** The next attempt's number by what was reported: somebody may have removed the attempts before it. */
  #leastAttempt(name: string): number {
    const {
      containerStatuses = [],
      initContainerStatuses = [],
      ephemeralContainerStatuses = [],
    } = this.pod.status ?? {};
    const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
    const known = all.find((s) => s.name === name);
    if (!known) return 0;
    return known.containerID ? known.restartCount + 1 : known.restartCount;
  }

  /** Keeps why containers wait: what is in back-off, and failures of starts that are to be tried again. */
  #note(actions: PodActions): void {
    const backoffs = new Map(actions.backoff.map((notice) => [notice.container.name, notice]));
    const starting = new Set(actions.start.map((a) => a.container.name));
    for (const name of this.#waiting.keys()) if (!starting.has(name)) this.#waiting.delete(name);
    for (const [name, notice] of backoffs) {
      this.#waiting.set(name, { reason: 'CrashLoopBackOff', message: backoffMessage(this.#pod, notice) });
      const text = `Back-off restarting failed container ${name} in pod ${podFullName(this.#pod)}`;
      containerEvent(this.#context.recorder, this.#pod, notice.container, 'Warning', 'BackOff', text);
    }
  }

  #nextLook(actions: PodActions): number {
    const deadline = activeDeadline(this.#pod, this.#status?.startTime);
    const times = [...actions.backoff.map((b) => b.untilMs), ...(deadline === undefined ? [] : [deadline])];
    return Math.max(0, Math.min(resyncMs, ...times.map((t) => t - Date.now()), ...this.#holds.remaining()));
  }

  /** Stops containers that must not go on, without waiting for them. */
  #stop(observed: ObservedPod, actions: PodActions, place: PodPlace): void {
    for (const { containerId, message } of actions.kill) {
      const container = observed.containers.find((c) => c.id === containerId)!;
      if (this.#stopping.has(containerId)) continue;
      const graceSeconds = this.#pod.spec?.terminationGracePeriodSeconds ?? 30;
      this.#stopInBackground({ container, graceSeconds, message, place });
    }
  }

  async #applyResize({ actions }: ResizePlan, place: PodPlace): Promise<void> {
    const { runtime, recorder } = this.#context;
    const due = actions.filter(
      ({ status: { id, metadata } }) => !this.#stopping.has(id) && !this.#holds.has(metadata.name),
    );
    const graceSeconds = this.#pod.spec?.terminationGracePeriodSeconds ?? 30;
    await applyResize(due, {
      runtime,
      restart: (container) =>
        this.#stopInBackground({ container, graceSeconds, message: 'resize requires restart', place }),
      done: () => {
        this.#context.cache.invalidate(this.#uid);
        this.#context.wake(this.#uid);
      },
      failed: (name, message) => {
        recorder.event(this.pod, 'Warning', 'ResizeError', `Container ${name}: ${message}`);
        this.#resize = { type: 'PodResizeInProgress', status: 'True', reason: 'Error', message };
        this.#holds.set(name, resizeRetryMs);
      },
    });
  }

  #stopInBackground(request: Parameters<typeof stopContainer>[3]): void {
    const { runtime, recorder, logger, cache, wake } = this.#context;
    const { container, graceSeconds } = request;
    this.#stopping.set(container.id, Date.now() + graceSeconds * 1000);
    stopContainer(runtime, recorder, this.#pod, request)
      .catch((error: Error) => {
        logger.error(
          { err: error, pod: podFullName(this.#pod), container: container.metadata.name },
          'Stopping failed',
        );
      })
      .finally(() => {
        this.#stopping.delete(container.id);
        cache.invalidate(this.#uid);
        wake(this.#uid);
      });
  }

  /** Ends the sandbox and everything in it, at once. */
  async #stopSandbox(observed: ObservedPod): Promise<void> {
    const running = observed.sandboxes.filter((s) => s.state === 'ready' || observed.containers.some(isRunning));
    for (const { id } of running) await this.#context.runtime.stopPodSandbox(id);
    if (running.length > 0) this.#context.cache.invalidate(this.#uid);
  }

  /** Makes the sandbox where one is due and starts what the plan says; what fails is held back for a while. */
  async #start(observed: ObservedPod, actions: PodActions, volumes: MountedVolumes): Promise<void> {
    const { cache, wake } = this.#context;
    try {
      const sandbox = await ensureSandbox(this.#context, this.#pod, observed, actions.createSandbox, volumes);
      const starts = actions.start.map(async (action) => {
        const outcome = await startContainer(this.#context, this.#pod, sandbox, action);
        if (outcome.started) this.#waiting.delete(action.container.name);
        else if (outcome.waiting) this.#waiting.set(action.container.name, outcome.waiting);
        if (!outcome.started && outcome.retryMs !== undefined) this.#holds.set(action.container.name, outcome.retryMs);
        return outcome;
      });
      const [outcomes] = await Promise.all([Promise.all(starts), this.#context.runtime.podSandboxReady(sandbox.id)]);
      this.#sandboxFailures = 0;
      cache.invalidate(this.#uid);
      if (outcomes.some((o) => o.started || o.waiting)) {
        const now = await cache.get(this.#uid);
        // Before the report: a container that nobody probes counts as ready.
        this.#context.probes.update(this.#pod, now, this.#place(now));
        this.#report(now);
      }
      if (outcomes.some((o) => o.started || o.retryMs === 0)) wake(this.#uid);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      const unready = error.code === 'Unavailable';
      const text = unready ? error.message : `Failed to create pod sandbox: ${error.message}`;
      this.#context.recorder.event(this.pod, 'Warning', unready ? 'NetworkNotReady' : 'FailedCreatePodSandBox', text);
      this.#holds.set('', delay(sandboxRetry, this.#sandboxFailures++));
    } finally {
      cache.invalidate(this.#uid);
    }
  }

  /** Removes attempts that nobody asks for any more, and sandboxes that nothing is left of. */
  async #prune(observed: ObservedPod): Promise<void> {
    const { runtime, cache } = this.#context;
    const expired = expiredContainers(observed);
    for (const { id } of expired) await runtime.removeContainer(id);
    const left = observed.containers.filter((c) => !expired.includes(c));
    const empty = observed.sandboxes.slice(1).filter((s) => !left.some((c) => c.podSandboxId === s.id));
    for (const { id } of empty) await runtime.removePodSandbox(id);
    if (expired.length + empty.length > 0) cache.invalidate(this.#uid);
  }

  async #terminate(observed: ObservedPod): Promise<SyncOutcome> {
    const place = this.#place(observed);
    this.#waiting.clear();
    this.#context.probes.update(this.#pod, observed, place);
    this.#report(observed);
    for (const { container, graceSeconds } of computeTermination(this.#pod, observed, this.#stopping, Date.now()))
      this.#stopInBackground({ container, graceSeconds, message: '', place });
    if (observed.containers.some(isRunning)) return { againMs: resyncMs };
    await this.#stopSandbox(observed);
    return { againMs: 0 };
  }

  async #cleanUp(observed: ObservedPod): Promise<SyncOutcome> {
    const { runtime, images, probes, tokens, statuses, cache, podDirectory } = this.#context;
    probes.forget(this.#uid);
    this.#report(observed);
    if (!this.#removed) return {};
    for (const { id } of observed.sandboxes) await runtime.removePodSandbox(id);
    for (const { id } of observed.containers) await runtime.removeContainer(id);
    await removePodDirectory(podDirectory(this.#uid));
    images.forget(this.#uid);
    tokens.forget(this.#uid);
    statuses.forget(this.#uid);
    cache.forget(this.#uid);
    return { gone: true };
  }
}

const summary = (actions: PodActions): Record<string, unknown> => ({
  killPod: actions.killPod,
  createSandbox: actions.createSandbox,
  start: actions.start.map((a) => a.container.name),
  kill: actions.kill.map((k) => k.name),
});
