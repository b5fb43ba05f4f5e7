/**
 * What to do about containers that run with other resources than their spec has by now. Pure.
 *
 * Upstream: pkg/kubelet/allocation, pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodResizeAction). Left out: waiting until
 * other pods make room (`Deferred`), because what a pod may use here is not kept beside what the runtime was told.
 */
import { podRequests } from '../../api/pod-resources.ts';
import { isRestartableInit } from '../../api/pods.ts';
import { compareQuantities, formatQuantity } from '../../api/quantity.ts';
import type { Container, ContainerStatus, Pod, PodCondition } from '../../api/types.ts';
import { linuxResources } from '../container/resources.ts';
import type { LinuxResources, RuntimeContainerStatus } from '../runtime/runtime.ts';
import { isRunning, newestOf, type ObservedPod } from './observed.ts';

/** The conditions that tell of a resize. */
export const resizeConditions = ['PodResizePending', 'PodResizeInProgress'];

export interface ResizeAction {
  status: RuntimeContainerStatus;
  resources: LinuxResources;
  /** It says that it has to be started again for this. */
  restart: boolean;
}

export interface ResizePlan {
  actions: ResizeAction[];
  /** Why nothing is done, or that something is under way. */
  condition: PodCondition | undefined;
}

type Quantities = Record<string, string>;

/** Compares what runs with the spec. `allocatable` is what the node has. */
export function planResize(
  pod: Pod,
  observed: ObservedPod,
  memoryCapacity: number,
  allocatable: Quantities,
): ResizePlan {
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit);
  const actions = [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) => {
    const status = newestOf(observed, container.name);
    if (!isRunning(status)) return [];
    const resources = linuxResources(pod, container, memoryCapacity);
    const changed = changedResources(status!.resources, resources);
    if (changed.length === 0) return [];
    const policies = container.resizePolicy ?? [];
    const restart = policies.some(
      ({ resourceName, restartPolicy }) => changed.includes(resourceName) && restartPolicy === 'RestartContainer',
    );
    return [{ status: status!, resources, restart }];
  });
  if (actions.length === 0) return { actions, condition: undefined };
  const tooMuch = exceeding(pod, allocatable);
  if (!tooMuch) return { actions, condition: { type: 'PodResizeInProgress', status: 'True' } };
  return {
    actions: [],
    condition: { type: 'PodResizePending', status: 'True', reason: 'Infeasible', message: tooMuch },
  };
}

/** Which of cpu and memory differ. */
export function changedResources(actual: LinuxResources, wanted: LinuxResources): string[] {
  const same = (key: 'cpuShares' | 'cpuQuota' | 'memoryLimitBytes'): boolean =>
    (actual[key] ?? 0) === (wanted[key] ?? 0);
  return [...(same('cpuShares') && same('cpuQuota') ? [] : ['cpu']), ...(same('memoryLimitBytes') ? [] : ['memory'])];
}

function exceeding(pod: Pod, allocatable: Quantities): string | undefined {
  const requests = podRequests(pod);
  for (const name of ['cpu', 'memory']) {
    const [asked, capacity] = [requests[name], allocatable[name]];
    if (!asked || capacity === undefined || compareQuantities(asked, capacity) <= 0) continue;
    return `Node didn't have enough capacity: ${name}, requested: ${formatQuantity(asked)}, capacity: ${capacity}`;
  }
  return undefined;
}

/** What a container uses at most, as its status tells: its spec's words where they are true, else the runtime's numbers. */
export function reportedResources(
  pod: Pod,
  container: Container,
  status: RuntimeContainerStatus,
  memoryCapacity: number,
): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  const { requests, limits } = container.resources ?? {};
  const { cpuShares = 0, cpuQuota = 0, cpuPeriod = 100_000, memoryLimitBytes = 0 } = status.resources;
  const changed = changedResources(status.resources, linuxResources(pod, container, memoryCapacity));
  const actual = (words: Quantities | undefined, cpu: number, memory: number): Quantities | undefined => {
    if (!words) return undefined;
    const all = { ...words };
    if (changed.includes('cpu') && words['cpu'] !== undefined && cpu > 0) all['cpu'] = `${Math.round(cpu)}m`;
    if (changed.includes('memory') && words['memory'] !== undefined && memory > 0) all['memory'] = String(memory);
    return all;
  };
  const resources = {
    ...(limits && { limits: actual(limits, (cpuQuota * 1000) / cpuPeriod, memoryLimitBytes)! }),
    ...(requests && { requests: actual(requests, (cpuShares * 1000) / 1024, 0)! }),
  };
  return { resources, ...(requests && { allocatedResources: requests }) };
}
