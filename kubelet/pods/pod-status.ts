/**
 * A pod's status, from its spec and from what runs. Pure; `pod-status-writer.ts` sends it.
 *
 * Upstream: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, convertStatusToAPIStatus)
 */
import { rfc3339, withCondition } from '../../api/meta.ts';
import { isRestartableInit, qosClass } from '../../api/pods.ts';
import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/types.ts';
import { containerStatus, type WaitingReason } from './container-status.ts';
import { currentSandbox, newestOf, type ObservedPod } from './observed.ts';
import { reportedResources, resizeConditions } from './plan-resize.ts';
import { containersReadyCondition, initializedCondition, readyCondition } from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';

export interface StatusInput {
  pod: Pod;
  observed: ObservedPod;
  now: number;
  runtimeName: string;
  hostIP: string;
  /** Why containers do not start, by container name. */
  waiting: ReadonlyMap<string, WaitingReason>;
  /** What probes say of a running container. */
  probes: { ready(containerId: string): boolean; started(containerId: string): boolean };
  /** The pod is being stopped, or was. */
  terminating: boolean;
  /** A reason of the pod's own: `DeadlineExceeded`. Its phase is then Failed. */
  failure: { reason: string; message: string } | undefined;
  memoryCapacity: number;
  /** What is to be said of a change of its resources. */
  resize: PodCondition | undefined;
}

/** Conditions that belong to the kubelet; the others are left as they are. */
const sandboxCondition = 'PodReadyToStartContainers';

export function generatePodStatus(input: StatusInput): PodStatus {
  const { pod, observed } = input;
  const old = pod.status ?? {};
  const inits = pod.spec?.initContainers ?? [];
  const status = (container: Container, list: ContainerStatus[] | undefined, defaultWaiting: string): ContainerStatus =>
    withProbes(
      input,
      container,
      containerStatus({
        container,
        observed,
        old: list?.find((s) => s.name === container.name),
        runtimeName: input.runtimeName,
        waiting: input.terminating ? undefined : input.waiting.get(container.name),
        defaultWaiting,
        terminating: input.terminating,
        resources: (newest) => reportedResources(pod, container, newest, input.memoryCapacity),
      }),
    );
  const waitsFor = inits.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const initStatuses = inits.map((c) => status(c, old.initContainerStatuses, waitsFor));
  const statuses = (pod.spec?.containers ?? []).map((c) => status(c, old.containerStatuses, waitsFor));
  const ephemeralStatuses = (pod.spec?.ephemeralContainers ?? []).map((c) =>
    status(c as Container, old.ephemeralContainerStatuses, 'ContainerCreating'),
  );
  const stopped = [...statuses, ...initStatuses, ...ephemeralStatuses].every((s) => !s.state?.running);
  const phase =
    input.failure || isFailed(old) ? 'Failed' : podPhase(pod, statuses, initStatuses, input.terminating && stopped);

  const now = rfc3339(new Date(input.now));
  const containersReady = containersReadyCondition(pod, [...initStatuses, ...statuses], phase);
  const sandbox = currentSandbox(observed);
  const fresh: PodCondition[] = [
    { type: sandboxCondition, status: sandbox?.state === 'ready' ? 'True' : 'False' },
    initializedCondition(pod, initStatuses, statuses, phase),
    readyCondition(pod, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
  if (input.resize) fresh.push(input.resize);
  const isOldResize = ({ type }: PodCondition): boolean =>
    resizeConditions.includes(type) && type !== input.resize?.type;
  let conditions = old.conditions?.filter((condition) => !isOldResize(condition));
  for (const condition of fresh)
    conditions = withCondition(withoutText(conditions, condition), observedAt(condition, pod), now);

  return {
    ...old,
    phase,
    conditions: conditions!,
    ...(input.failure ?? {}),
    hostIP: input.hostIP,
    hostIPs: [{ ip: input.hostIP }],
    ...addresses(input, old),
    startTime: old.startTime ?? now,
    ...(initStatuses.length > 0 && { initContainerStatuses: initStatuses }),
    containerStatuses: statuses,
    ...(ephemeralStatuses.length > 0 && { ephemeralContainerStatuses: ephemeralStatuses }),
    qosClass: old.qosClass ?? qosClass(pod),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  };
}

const isFailed = (old: PodStatus): boolean => old.phase === 'Failed';

const observedAt = (condition: PodCondition, pod: Pod): PodCondition =>
  pod.metadata.generation === undefined ? condition : { ...condition, observedGeneration: pod.metadata.generation };

/** Drops the reason and message that a condition no longer has; `withCondition` only adds. */
const withoutText = (conditions: PodCondition[] | undefined, fresh: PodCondition): PodCondition[] | undefined =>
  conditions?.map((c) => {
    if (c.type !== fresh.type || (fresh.reason !== undefined && fresh.message !== undefined)) return c;
    const { reason: _reason, message: _message, ...rest } = c;
    return rest;
  });

function withProbes(input: StatusInput, container: Container, status: ContainerStatus): ContainerStatus {
  const newest = newestOf(input.observed, container.name);
  const { initContainers = [], containers = [] } = input.pod.spec ?? {};
  const isInit = initContainers.includes(container);
  // Nobody waits for an ephemeral container.
  if (!isInit && !containers.includes(container)) return { ...status, ready: false };
  const running = status.state?.running !== undefined && newest !== undefined;
  if (isInit && !isRestartableInit(container))
    return { ...status, ready: status.state?.terminated?.exitCode === 0, started: running };
  const started = running && input.probes.started(newest.id);
  return { ...status, ready: started && input.probes.ready(newest.id), started };
}

function addresses(
  { observed, pod, hostIP, terminating }: StatusInput,
  old: PodStatus,
): Pick<PodStatus, 'podIP' | 'podIPs'> {
  const sandbox = currentSandbox(observed);
  const ip = pod.spec?.hostNetwork ? hostIP : sandbox?.ip;
  if (ip && (sandbox?.state === 'ready' || !terminating)) return { podIP: ip, podIPs: [{ ip }] };
  return old.podIP ? { podIP: old.podIP, podIPs: [{ ip: old.podIP }] } : {};
}
