/**
 * What a pod's spec and status mean: pure questions that the scheduler, controllers, kubelet, proxy and tables share.
 * What it asks for in resources is in pod-resources.ts, what `get` prints in pod-status-text.ts.
 *
 * Upstream: pkg/api/v1/pod/util.go, pkg/apis/core/v1/helper/qos/qos.go
 */
import { conditionOf, isConditionTrue } from './meta.ts';
import { addQuantities, compareQuantities, type Quantity } from './quantity.ts';
import type { Container, Pod } from './types.ts';

/** Whether the pod's `Ready` condition holds. */
export const isPodReady = (pod: Pod): boolean => isConditionTrue(pod.status?.conditions, 'Ready');

/** Since when the pod has been ready; undefined when it is not. */
export function readySince(pod: Pod): string | undefined {
  const condition = conditionOf(pod.status?.conditions, 'Ready');
  return condition?.status === 'True' ? condition.lastTransitionTime : undefined;
}

/** Whether the pod has run to its end, well or badly: its containers will not start again. */
export const isPodTerminal = ({ status }: Pick<Pod, 'status'>): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Whether somebody asked for the pod's deletion. */
export const isPodTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** Whether the pod counts for its controller: neither ended nor on its way out. */
export const isPodActive = (pod: Pod): boolean => !isPodTerminal(pod) && !isPodTerminating(pod);

/** Whether the pod is ready, and has been for that many seconds. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const since = readySince(pod);
  if (!isPodReady(pod)) return false;
  return minReadySeconds === 0 || (since !== undefined && Date.parse(since) + minReadySeconds * 1000 <= nowMs);
}

/** Whether it stands for a pod that a kubelet runs from a file of its own, and shows the API for information only. */
export const isMirrorPod = ({ metadata }: Pod): boolean => metadata.annotations?.[mirrorPodAnnotation] !== undefined;

export const mirrorPodAnnotation = 'kubernetes.io/config.mirror';

/** An init container that keeps running beside the others: a sidecar. */
export const isRestartableInit = (container: { restartPolicy?: string }): boolean =>
  container.restartPolicy === 'Always';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Resources that decide the class. */
const qosResources = ['cpu', 'memory'];

/**
 * How well the pod is protected when its node runs short: Guaranteed when every container limits both CPU and memory and
 * requests just as much, BestEffort when none says anything.
 */
export function qosClass(pod: Pod): QosClass {
  const askers: Pick<Container, 'resources'>[] = pod.spec?.resources
    ? [{ resources: pod.spec.resources }]
    : [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const requests = new Map<string, Quantity>();
  const limits = new Map<string, Quantity>();
  let allLimited = true;
  for (const { resources } of askers) {
    addPositive(requests, resources?.requests);
    const limited = addPositive(limits, resources?.limits);
    if (limited < qosResources.length) allLimited = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const equal =
    requests.size === limits.size &&
    [...requests].every(([name, quantity]) => limits.has(name) && compareQuantities(quantity, limits.get(name)) === 0);
  return allLimited && equal ? 'Guaranteed' : 'Burstable';
}

/** Adds what counts for the class; says how many resources that were. */
function addPositive(total: Map<string, Quantity>, resources: Record<string, string> | undefined): number {
  const counted = qosResources.filter((name) => compareQuantities(resources?.[name], '0') > 0);
  for (const name of counted) total.set(name, addQuantities(total.get(name), resources![name]));
  return counted.length;
}
