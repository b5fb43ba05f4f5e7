/**
 * What a ReplicaSet or a ReplicationController does next, and what its status says. Pure.
 * Upstream: pkg/controller/replicaset/replica_set.go (manageReplicas), replica_set_utils.go (calculateStatus)
 */
import { conditionOf } from '../../api/meta.ts';
import { isPodActive, isPodAvailable, isPodReady, isPodTerminal } from '../../api/pods.ts';
import { matches, selectorOfLabels } from '../../api/selectors.ts';
import type { Pod } from '../../api/types.ts';
import type { PodSet, PodSetStatus } from './pod-sets.ts';
import { podsToDelete } from './rank.ts';

/** More pods than this are never created or deleted in one go. */
export const burstReplicas = 500;

export type ScalePlan = { create: number; delete: Pod[] };

/** `owned` are the set's own pods, `related` the active pods of its whole application. */
export function planScale(set: PodSet, owned: Pod[], related: Pod[], now: number): ScalePlan {
  if (set.metadata.deletionTimestamp) return { create: 0, delete: [] };
  const active = owned.filter(isPodActive);
  const missing = (set.spec?.replicas ?? 1) - active.length;
  if (missing >= 0) return { create: Math.min(missing, burstReplicas), delete: [] };
  return { create: 0, delete: podsToDelete(active, related, Math.min(-missing, burstReplicas), now) };
}

/** Why scaling failed, when it did. */
export interface ScaleFailure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

type Condition = NonNullable<PodSetStatus['conditions']>[number];

export function planStatus(set: PodSet, owned: Pod[], failure: ScaleFailure | undefined, now: number): PodSetStatus {
  const active = owned.filter(isPodActive);
  const templateLabels = selectorOfLabels(set.spec?.template?.metadata?.labels);
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const count = (which: (pod: Pod) => boolean): number => active.filter(which).length;
  return {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => matches(templateLabels, pod.metadata.labels)),
    readyReplicas: count(isPodReady),
    availableReplicas: count((pod) => isPodAvailable(pod, minReadySeconds, now)),
    terminatingReplicas: owned.filter((pod) => pod.metadata.deletionTimestamp && !isPodTerminal(pod)).length,
    observedGeneration: set.metadata.generation ?? 0,
    conditions: planConditions(set.status?.conditions ?? [], failure, now),
  };
}

/** A failure that is told already keeps its first telling; success removes it. */
function planConditions(old: Condition[], failure: ScaleFailure | undefined, now: number): Condition[] {
  if (!failure) return old.filter((condition) => condition.type !== 'ReplicaFailure');
  if (conditionOf(old, 'ReplicaFailure')) return old;
  const lastTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return [...old, { type: 'ReplicaFailure', status: 'True', lastTransitionTime, ...failure }];
}

/** Whether the server has yet to be told. Counts that are absent are zero. */
export function statusDiffers(old: PodSetStatus | undefined, next: PodSetStatus): boolean {
  const counts = (status: PodSetStatus | undefined): number[] => [
    status?.replicas ?? 0,
    status?.fullyLabeledReplicas ?? 0,
    status?.readyReplicas ?? 0,
    status?.availableReplicas ?? 0,
    status?.terminatingReplicas ?? 0,
    status?.observedGeneration ?? 0,
  ];
  const texts = (status: PodSetStatus | undefined): string =>
    JSON.stringify([counts(status), status?.conditions ?? []]);
  return texts(old) !== texts(next);
}
