/**
 * What the runtime says about one pod: the input of every decision, beside the pod itself.
 *
 * Upstream: pkg/kubelet/container/runtime.go (PodStatus)
 */
import type { PodSandbox, RuntimeContainerStatus } from '../runtime/runtime.ts';

export interface ObservedPod {
  /** Newest first. */
  sandboxes: readonly PodSandbox[];
  /** Every container of every attempt that still exists, newest first. */
  containers: readonly RuntimeContainerStatus[];
}

export const nothingObserved: ObservedPod = { sandboxes: [], containers: [] };

/** The container's attempts, newest first. */
export const attemptsOf = (observed: ObservedPod, name: string): RuntimeContainerStatus[] =>
  observed.containers.filter((c) => c.metadata.name === name);

/** The container's newest attempt. */
export const newestOf = (observed: ObservedPod, name: string): RuntimeContainerStatus | undefined =>
  observed.containers.find((c) => c.metadata.name === name);

export const isRunning = (status: RuntimeContainerStatus | undefined): boolean => status?.state === 'running';

/** The sandbox that the pod runs in, or ran in last. */
export const currentSandbox = (observed: ObservedPod): PodSandbox | undefined => observed.sandboxes[0];
