/**
 * A pod's phase, from the states of its containers. Pure.
 *
 * Upstream: pkg/kubelet/kubelet_pods.go (getPhase)
 */
import { isRestartableInit } from '../../api/pods.ts';
import type { ContainerStatus, Pod } from '../../api/types.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** `terminal`: the pod's containers have all stopped for good. */
export function podPhase(
  pod: Pod,
  statuses: ContainerStatus[],
  initStatuses: ContainerStatus[],
  terminal: boolean,
): Phase {
  const policy = pod.spec?.restartPolicy ?? 'Always';
  let initializing = 0;
  let initFailed = 0;
  for (const container of pod.spec?.initContainers ?? []) {
    const status = initStatuses.find((s) => s.name === container.name);
    const { state } = status ?? {};
    if (isRestartableInit(container)) {
      if (!state?.running && !(status?.started ?? false) && !terminal) initializing++;
    } else if (state?.terminated) {
      if (state.terminated.exitCode !== 0) initFailed++;
    } else if (state?.waiting && status?.lastState?.terminated) {
      if (status.lastState.terminated.exitCode !== 0) initFailed++;
    } else initializing++;
  }
  const count = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  for (const container of pod.spec?.containers ?? []) {
    const status = statuses.find((s) => s.name === container.name);
    const { state } = status ?? {};
    if (!status) count.unknown++;
    else if (state?.running) count.running++;
    else if (state?.terminated) {
      count.stopped++;
      if (state.terminated.exitCode === 0) count.succeeded++;
    } else if (state?.waiting) {
      if (status.lastState?.terminated) count.stopped++;
      else count.waiting++;
    } else count.unknown++;
  }
  if (initFailed > 0 && policy === 'Never') return 'Failed';
  const started = count.running + count.stopped > 0;
  if (!started && initializing + initFailed > 0) return terminal && initFailed > 0 ? 'Failed' : 'Pending';
  if (count.waiting > 0) return 'Pending';
  if (count.running > 0 && count.unknown === 0) return 'Running';
  if (count.running === 0 && count.stopped > 0 && count.unknown === 0) {
    if (terminal) return count.stopped === count.succeeded ? 'Succeeded' : 'Failed';
    if (policy === 'Always') return 'Running';
    if (count.stopped === count.succeeded) return 'Succeeded';
    return policy === 'Never' ? 'Failed' : 'Running';
  }
  return 'Pending';
}
