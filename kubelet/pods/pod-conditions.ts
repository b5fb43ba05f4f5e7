/**
 * The conditions that the kubelet keeps on a pod. Pure.
 *
 * Upstream: pkg/kubelet/status/generate.go
 */
import { isRestartableInit } from '../../api/pods.ts';
import type { ContainerStatus, Pod, PodCondition } from '../../api/types.ts';
import type { Phase } from './pod-phase.ts';

type Fresh = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

const names = (list: string[]): string => `[${list.join(' ')}]`;

const incomplete = (type: string, reason: string, unknown: string[], unready: string[], what: string): Fresh => {
  const parts = [];
  if (unknown.length > 0) parts.push(`containers with unknown status: ${names(unknown)}`);
  if (unready.length > 0) parts.push(`containers with ${what} status: ${names(unready)}`);
  return parts.length === 0 ? { type, status: 'True' } : { type, status: 'False', reason, message: parts.join(', ') };
};

/** Whether all init containers have completed, and all sidecars have started. */
export function initializedCondition(
  pod: Pod,
  statuses: ContainerStatus[],
  mains: ContainerStatus[],
  phase: Phase,
): Fresh {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  // After a container of the pod has run, the init containers must have, too, even if nothing is left of them.
  if (mains.some((s) => s.state?.running || s.state?.terminated || s.lastState?.terminated))
    return { type, status: 'True' };
  const unknown: string[] = [];
  const pending: string[] = [];
  for (const container of pod.spec?.initContainers ?? []) {
    const status = statuses.find((s) => s.name === container.name);
    if (!status) unknown.push(container.name);
    else if (isRestartableInit(container) ? !status.started : !status.ready) pending.push(container.name);
  }
  return incomplete(type, 'ContainersNotInitialized', unknown, pending, 'incomplete');
}

/** Whether every container is ready. */
export function containersReadyCondition(pod: Pod, statuses: ContainerStatus[], phase: Phase): Fresh {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const unknown: string[] = [];
  const unready: string[] = [];
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit);
  for (const container of [...sidecars, ...(pod.spec?.containers ?? [])]) {
    const status = statuses.find((s) => s.name === container.name);
    if (!status) unknown.push(container.name);
    else if (!status.ready) unready.push(container.name);
  }
  return incomplete(type, 'ContainersNotReady', unknown, unready, 'unready');
}

/** Whether the pod can serve: its containers are ready and every readiness gate holds. */
export function readyCondition(pod: Pod, containersReady: Fresh): Fresh {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const missing: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find((c) => c.type === conditionType);
    if (!gate) missing.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True')
      missing.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  if (missing.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: missing.join(', ') };
}
