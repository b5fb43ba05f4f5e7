/**
 * What `get pods` says of a pod: how many containers are ready, one word for its state, restarts. The word is the reason of
 * whatever keeps the pod from running, else its phase: `Init:0/1`, `CrashLoopBackOff`, `Terminating`, `Completed`.
 *
 * Upstream: pkg/printers/internalversion/printers.go (printPod)
 */
import { age } from './age.ts';
import { isConditionTrue } from './meta.ts';
import { isPodReady, isPodTerminal, isRestartableInit } from './pods.ts';
import type { ContainerState, ContainerStatus, Pod } from './types.ts';

export interface PodSummary {
  /** `1/2` */
  ready: string;
  status: string;
  /** `3 (5m ago)` */
  restarts: string;
}

/** The three cells; `now` in milliseconds. */
export function summarizePod(pod: Pod, now: number): PodSummary {
  const inits = summarizeInits(pod);
  let { reason } = inits;
  let restarts = inits.restarts;
  let ready = inits.ready;
  if (!inits.initializing || isConditionTrue(pod.status?.conditions, 'Initialized')) {
    const containers = summarizeContainers(pod, reason);
    reason = containers.reason;
    ready += containers.ready;
    restarts = [...inits.sidecarRestarts, ...(pod.status?.containerStatuses ?? [])];
  }
  if (pod.metadata.deletionTimestamp) {
    if (pod.status?.reason === 'NodeLost') reason = 'Unknown';
    else if (!isPodTerminal(pod)) reason = 'Terminating';
  }
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit).length;
  return {
    ready: `${ready}/${(pod.spec?.containers.length ?? 0) + sidecars}`,
    status: reason,
    restarts: restartsText(restarts, now),
  };
}

function phaseReason(pod: Pod): string {
  const gated = pod.status?.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || '';
}

interface InitSummary {
  reason: string;
  /** An init container has not finished, and the pod's containers wait for it. */
  initializing: boolean;
  ready: number;
  /** Those that were looked at: up to the first that has not finished. */
  restarts: ContainerStatus[];
  sidecarRestarts: ContainerStatus[];
}

function summarizeInits(pod: Pod): InitSummary {
  const containers = pod.spec?.initContainers ?? [];
  const sidecarNames = new Set(containers.filter(isRestartableInit).map((c) => c.name));
  const result: InitSummary = {
    reason: phaseReason(pod),
    initializing: false,
    ready: 0,
    restarts: [],
    sidecarRestarts: [],
  };
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    result.restarts.push(status);
    const sidecar = sidecarNames.has(status.name);
    if (sidecar) result.sidecarRestarts.push(status);
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) result.ready += 1;
      continue;
    }
    const why = stateReason(status.state, 'PodInitializing');
    result.reason = why ? `Init:${why}` : `Init:${i}/${containers.length}`;
    result.initializing = true;
    break;
  }
  return result;
}

/** Why a container does not run: the reason of waiting or termination, or how it ended. */
function stateReason(state: ContainerState | undefined, ordinary?: string): string | undefined {
  const { waiting, terminated } = state ?? {};
  if (waiting?.reason && waiting.reason !== ordinary) return waiting.reason;
  if (!terminated) return undefined;
  return terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);
}

/** The first container that does not run names the reason. */
function summarizeContainers(pod: Pod, initial: string): { reason: string; ready: number } {
  let reason = initial;
  let ready = 0;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    const why = stateReason(status.state);
    if (why) reason = why;
    else if (status.ready && status.state?.running) ready += 1;
  }
  // Some are done while others run.
  if (reason === 'Completed' && ready > 0) reason = isPodReady(pod) ? 'Running' : 'NotReady';
  return { reason, ready };
}

function restartsText(statuses: ContainerStatus[], now: number): string {
  const count = statuses.reduce((sum, status) => sum + status.restartCount, 0);
  const last = statuses
    .map((status) => status.lastState?.terminated?.finishedAt)
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return count > 0 && last ? `${count} (${age(last, now)} ago)` : String(count);
}
