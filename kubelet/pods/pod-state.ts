/**
 * Where a pod is in its life on this node. It only moves forward:
 *
 *     syncing      its containers are started and kept as the spec asks
 *     terminating  its containers are being stopped, each within its grace period, and its sandbox after them
 *     terminated   nothing runs; what is left is removed once the object is gone
 *
 * Upstream: pkg/kubelet/pod_workers.go
 */
import { isPodTerminal, isPodTerminating } from '../../api/pods.ts';
import type { Pod } from '../../api/types.ts';
import { isRunning, type ObservedPod } from './observed.ts';

export type PodState = 'syncing' | 'terminating' | 'terminated';

export interface StateFacts {
  /** The pod shall not run any more: deleted, ended, out of time, or unknown to the API server. */
  shouldStop: boolean;
  /** Nothing of it runs. */
  stopped: boolean;
}

type Transition = (facts: StateFacts) => PodState;

/** What each state becomes, given the facts. */
export const transitions: Record<PodState, Transition> = {
  syncing: ({ shouldStop }) => (shouldStop ? 'terminating' : 'syncing'),
  terminating: ({ stopped }) => (stopped ? 'terminated' : 'terminating'),
  terminated: () => 'terminated',
};

/** Whether the object, or its end, asks for a stop. `phase` is what the kubelet computed last. */
export const shouldStop = (pod: Pod, removed: boolean, phase: string | undefined): boolean =>
  removed || isPodTerminating(pod) || isPodTerminal(pod) || phase === 'Succeeded' || phase === 'Failed';

/** Neither a container nor a sandbox of the pod runs. */
export const isStopped = (observed: ObservedPod): boolean =>
  !observed.containers.some(isRunning) && !observed.sandboxes.some((s) => s.state === 'ready');

/** When the pod has to be over; undefined when it has all the time it wants. */
export function activeDeadline(pod: Pod, startTime: string | undefined): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  return seconds === undefined || !startTime ? undefined : Date.parse(startTime) + seconds * 1000;
}
