/**
 * Which pods a ReplicaSet deletes first when it has too many.
 * Upstream: pkg/controller/controller_utils.go (ActivePodsWithRanks), pkg/controller/replicaset/replica_set.go
 */
import { isPodReady, readySince } from '../../api/pods.ts';
import type { Pod } from '../../api/types.ts';

export const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * `count` of `pods`, those that are missed least. `related` are all active pods of the same application, which say how
 * crowded each node is.
 */
export function podsToDelete(pods: Pod[], related: Pod[], count: number, now: number): Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const { spec } of related) {
    if (spec?.nodeName) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  }
  return [...pods].sort((a, b) => compare(a, b, perNode, now)).slice(0, count);
}

/** The measures in order of weight: the first that differs decides, and the lower goes first. */
function compare(a: Pod, b: Pod, perNode: Map<string, number>, now: number): number {
  const measures: ((pod: Pod) => number)[] = [
    (pod) => (pod.spec?.nodeName ? 1 : 0),
    (pod) => phaseRank[pod.status?.phase ?? ''] ?? 0,
    (pod) => (isPodReady(pod) ? 1 : 0),
    (pod) => Number(pod.metadata.annotations?.[deletionCostAnnotation]) || 0,
    (pod) => -(perNode.get(pod.spec?.nodeName ?? '') ?? 0),
    (pod) => ageRank(readySince(pod), now),
    (pod) => -mostRestarts(pod),
    (pod) => ageRank(pod.metadata.creationTimestamp, now),
  ];
  for (const measure of measures) {
    const difference = measure(a) - measure(b);
    if (difference !== 0) return difference;
  }
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}

/** Ages count on a logarithmic scale, so that among pods of about one age chance decides. Younger goes first. */
function ageRank(since: string | undefined, now: number): number {
  if (!since) return -1;
  const age = now - Date.parse(since);
  return age <= 0 ? 0 : Math.floor(Math.log2(age * 1e6)) + 1;
}

const mostRestarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
