/**
 * One container's status, from what the runtime knows and what the kubelet waits for. Pure.
 *
 * Upstream: pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses)
 */
import { rfc3339 } from '../../api/meta.ts';
import type { Container, ContainerState, ContainerStatus } from '../../api/types.ts';
import type { RuntimeContainerStatus } from '../runtime/runtime.ts';
import { attemptsOf, type ObservedPod } from './observed.ts';

/** Why a container does not start yet, in the words that `get pods` shows. */
export interface WaitingReason {
  reason: string;
  message?: string;
}

export interface ContainerStatusInput {
  container: Container;
  observed: ObservedPod;
  /** The status that was reported last, for what the runtime has lost. */
  old: ContainerStatus | undefined;
  runtimeName: string;
  /** Set when the container is to start, or start again, and something keeps it from doing so. */
  waiting: WaitingReason | undefined;
  /** What a container that never ran waits for: `ContainerCreating`, `PodInitializing`. */
  defaultWaiting: string;
  /** Whether the pod may still start containers. */
  terminating: boolean;
  /** What the runtime has been told that the container may use. */
  resources(status: RuntimeContainerStatus): Pick<ContainerStatus, 'resources' | 'allocatedResources'>;
}

const time = (ms: number): string => rfc3339(new Date(ms));

/** State of one attempt. */
function stateOf(status: RuntimeContainerStatus, runtimeName: string): ContainerState {
  if (status.state === 'running') return { running: { startedAt: time(status.startedAt) } };
  if (status.state === 'created') return { waiting: { reason: 'ContainerCreating' } };
  return {
    terminated: {
      exitCode: status.exitCode,
      reason: status.reason,
      ...(status.message && { message: status.message }),
      startedAt: time(status.startedAt),
      finishedAt: time(status.finishedAt),
      containerID: `${runtimeName}://${status.id}`,
    },
  };
}

/** What became of a container that somebody removed behind the kubelet's back. */
const lost = (when: string): ContainerState => ({
  terminated: {
    reason: 'ContainerStatusUnknown',
    message: `The container could not be located when the pod was ${when}`,
    exitCode: 137,
  },
});

/** The status, without `ready` and `started`, which probes decide. */
export function containerStatus(input: ContainerStatusInput): ContainerStatus {
  const { container, observed, old, runtimeName } = input;
  const [newest, previous] = attemptsOf(observed, container.name);
  // The runtime has lost the attempt that was reported last: somebody removed it.
  if (!newest || newest.metadata.attempt < (old?.restartCount ?? 0)) return notFound(input);
  const status: ContainerStatus = {
    name: container.name,
    image: container.image ?? '',
    imageID: newest.imageRef,
    containerID: `${runtimeName}://${newest.id}`,
    restartCount: newest.metadata.attempt,
    ready: false,
    state: stateOf(newest, runtimeName),
    ...input.resources(newest),
    lastState: previous ? stateOf(previous, runtimeName) : keptLastState(old, newest.metadata.attempt),
  };
  if (input.waiting && newest.state !== 'running') {
    if (status.state?.terminated) status.lastState = status.state;
    status.state = { waiting: input.waiting };
  }
  return status;
}

/** The runtime keeps one ended attempt; the one before it is known from the last report only. */
const keptLastState = (old: ContainerStatus | undefined, attempt: number): ContainerState =>
  old && old.restartCount === attempt && old.lastState?.terminated ? old.lastState : {};

function notFound(input: ContainerStatusInput): ContainerStatus {
  const { container, old } = input;
  const base = {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    restartCount: old?.restartCount ?? 0,
  };
  if (old?.state?.terminated) return { ...base, ...old, ready: false };
  const waiting = { waiting: input.waiting ?? { reason: input.defaultWaiting } };
  if (old?.state?.running) {
    if (input.terminating) return { ...base, ...old, ready: false, state: lost('terminated') };
    const text = 'deleted.  The container used to be Running';
    return { ...base, restartCount: old.restartCount + 1, state: waiting, lastState: lost(text) };
  }
  return { ...base, state: waiting, lastState: old?.lastState ?? {} };
}
