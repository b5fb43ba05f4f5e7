/**
 * Probes the containers of this node: one timer a probe of a running container, its verdicts, and a call to the pod's
 * worker when one changes.
 *
 * Liveness and readiness begin once the startup probe has passed. After a restart of the kubelet, a container that was
 * ready is taken to be so until its probe says otherwise.
 *
 * Upstream: pkg/kubelet/prober/prober_manager.go, worker.go
 */
import { isRestartableInit } from '../../api/pods.ts';
import type { Container, Pod, Probe } from '../../api/types.ts';
import type { EventType } from '../../client/events.ts';
import type { PodPlace } from '../container/field-value.ts';
import { isRunning, newestOf, type ObservedPod } from '../pods/observed.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { afterResult, initialProbeState, isPassed, type ProbeState, type ProbeType } from './probe-state.ts';
import { type ProbeTarget, runProbe } from './run-probe.ts';

export interface ProbeManagerOptions {
  runtime: Runtime;
  event(pod: Pod, container: Container, type: EventType, reason: string, message: string): void;
  wake(podUid: string): void;
}

interface ProbeWorker {
  pod: Pod;
  type: ProbeType;
  probe: Probe;
  target: ProbeTarget;
  state: ProbeState;
  timer: NodeJS.Timeout | undefined;
  stop: AbortController;
}

const probesOf = (container: Container): [ProbeType, Probe][] =>
  [
    ['startup', container.startupProbe] as const,
    ['liveness', container.livenessProbe] as const,
    ['readiness', container.readinessProbe] as const,
  ].flatMap(([type, probe]): [ProbeType, Probe][] => (probe ? [[type, probe]] : []));

const title = (type: ProbeType): string => type[0]!.toUpperCase() + type.slice(1);

export class ProbeManager {
  readonly #options: ProbeManagerOptions;
  /** By pod, then by container ID and type. */
  readonly #pods = new Map<string, Map<string, ProbeWorker>>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
  }

  /** Whether the container may serve: it has no readiness probe, or that one passed. */
  ready = (containerId: string): boolean => this.#passed(containerId, 'readiness');

  /** Whether the container has no startup probe, or that one passed. */
  started = (containerId: string): boolean => this.#passed(containerId, 'startup');

  /** What to say of each container that has to be restarted. */
  failed(podUid: string): ReadonlyMap<string, string> {
    const failed = new Map<string, string>();
    for (const { type, state, target } of this.#pods.get(podUid)?.values() ?? [])
      if (type !== 'readiness' && state.passed === false) failed.set(target.containerId, `failed ${type} probe`);
    return failed;
  }

  /** Probes what runs now, and nothing else. */
  update(pod: Pod, observed: ObservedPod, place: PodPlace): void {
    const uid = pod.metadata.uid ?? '';
    const workers = this.#pods.get(uid) ?? new Map<string, ProbeWorker>();
    const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit);
    const wanted = new Set<string>();
    for (const container of [...sidecars, ...(pod.spec?.containers ?? [])]) {
      const status = newestOf(observed, container.name);
      if (!status || !isRunning(status)) continue;
      for (const [type, probe] of probesOf(container)) {
        // A pod that is on its way out is not restarted, but may still be taken out of service.
        if (pod.metadata.deletionTimestamp && type !== 'readiness') continue;
        const key = `${status.id}/${type}`;
        wanted.add(key);
        if (workers.has(key)) continue;
        const target = { container, containerId: status.id, podIP: place.podIP ?? place.hostIP };
        const state = type === 'liveness' ? initialProbeState : rememberedState(pod, status.id, type);
        const worker: ProbeWorker = { pod, type, probe, target, state, timer: undefined, stop: new AbortController() };
        workers.set(key, worker);
        const initialMs = status.startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - Date.now();
        this.#schedule(worker, Math.max(0, initialMs));
      }
    }
    for (const [key, worker] of workers) {
      worker.pod = pod;
      if (wanted.has(key)) continue;
      end(worker);
      workers.delete(key);
    }
    if (workers.size > 0) this.#pods.set(uid, workers);
    else this.#pods.delete(uid);
  }

  forget(podUid: string): void {
    for (const worker of this.#pods.get(podUid)?.values() ?? []) end(worker);
    this.#pods.delete(podUid);
  }

  close(): void {
    for (const uid of [...this.#pods.keys()]) this.forget(uid);
  }

  #passed(containerId: string, type: ProbeType): boolean {
    for (const workers of this.#pods.values()) {
      const worker = workers.get(`${containerId}/${type}`);
      if (worker) return isPassed(worker.state, type);
    }
    return true;
  }

  #schedule(worker: ProbeWorker, ms: number): void {
    worker.timer = setTimeout(() => void this.#run(worker), ms);
  }

  async #run(worker: ProbeWorker): Promise<void> {
    const { type, probe, target, stop } = worker;
    const due = Date.now() + (probe.periodSeconds ?? 10) * 1000;
    const starting = type !== 'startup' && !this.started(target.containerId);
    if (!starting) await this.#probe(worker);
    // A startup probe has done its work once it passed; a failed container waits for its end.
    const over = (type === 'startup' && worker.state.passed) || (type !== 'readiness' && worker.state.passed === false);
    if (stop.signal.aborted || over) return;
    this.#schedule(worker, Math.max(0, due - Date.now()));
  }

  async #probe(worker: ProbeWorker): Promise<void> {
    const { type, probe, target, stop, pod, state } = worker;
    const { runtime, event, wake } = this.#options;
    try {
      const { success, output } = await runProbe(runtime, probe, target, stop.signal);
      if (stop.signal.aborted) return;
      if (!success) event(pod, target.container, 'Warning', 'Unhealthy', `${title(type)} probe failed: ${output}`);
      worker.state = afterResult(state, success, probe);
    } catch (error) {
      if (stop.signal.aborted) return;
      const message = `${title(type)} probe errored and resulted in unknown state: ${(error as Error).message}`;
      event(pod, target.container, 'Warning', 'Unhealthy', message);
      return;
    }
    if (isPassed(worker.state, type) !== isPassed(state, type)) wake(pod.metadata.uid ?? '');
  }
}

function end(worker: ProbeWorker): void {
  worker.stop.abort();
  clearTimeout(worker.timer);
}

/** The verdict that the server knows of this very container. */
function rememberedState(pod: Pod, containerId: string, type: ProbeType): ProbeState {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const known = [...containerStatuses, ...initContainerStatuses].find((s) => s.containerID?.endsWith(containerId));
  const passed = type === 'readiness' ? known?.ready : known?.started;
  return passed ? { ...initialProbeState, passed: true } : initialProbeState;
}
