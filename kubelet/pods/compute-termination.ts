/**
 * Which containers to stop now, and how long each may take, while a pod terminates. Pure.
 *
 * Sidecars go last, in reverse order of start, once the pod's own containers have ended. A shorter grace period than
 * the one under way, as a second delete gives, counts at once.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainersWithSyncResult), termination ordering
 */
import { isRestartableInit } from '../../api/pods.ts';
import type { Pod } from '../../api/types.ts';
import { terminationGracePeriodAnnotation } from '../runtime/labels.ts';
import type { RuntimeContainerStatus } from '../runtime/runtime.ts';
import { isRunning, type ObservedPod } from './observed.ts';

/** The shortest time that a container gets; Kubernetes gives at least this much, too. */
const minimumGraceSeconds = 2;

export interface StopAction {
  container: RuntimeContainerStatus;
  graceSeconds: number;
}

/** `stopping`: by container ID, when the kill under way is due. */
export function computeTermination(
  pod: Pod,
  observed: ObservedPod,
  stopping: ReadonlyMap<string, number>,
  now: number,
): StopAction[] {
  const running = observed.containers.filter(isRunning);
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit).map((c) => c.name);
  const isSidecar = (c: RuntimeContainerStatus): boolean => sidecars.includes(c.metadata.name);
  const mains = running.filter((c) => !isSidecar(c));
  const last = running
    .filter(isSidecar)
    .sort((a, b) => sidecars.indexOf(b.metadata.name) - sidecars.indexOf(a.metadata.name));
  const wave = mains.length > 0 ? mains : last.slice(0, 1);
  return wave.flatMap((container) => {
    const graceSeconds = graceOf(pod, container);
    const due = stopping.get(container.id);
    const sooner = due === undefined || now + graceSeconds * 1000 < due - 1000;
    return sooner ? [{ container, graceSeconds }] : [];
  });
}

function graceOf(pod: Pod, container: RuntimeContainerStatus): number {
  const asked =
    pod.metadata.deletionGracePeriodSeconds ??
    pod.spec?.terminationGracePeriodSeconds ??
    Number(container.annotations[terminationGracePeriodAnnotation] ?? 30);
  return Math.max(asked, minimumGraceSeconds);
}

/** What can go while the pod runs: of each container's ended attempts the newest two stay, for logs and restarts. */
export function expiredContainers(observed: ObservedPod): RuntimeContainerStatus[] {
  const seen = new Map<string, number>();
  return observed.containers.filter((c) => {
    const count = seen.get(c.metadata.name) ?? 0;
    seen.set(c.metadata.name, count + 1);
    return count >= 2 && c.state !== 'running';
  });
}
