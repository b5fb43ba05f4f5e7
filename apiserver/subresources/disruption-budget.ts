/**
 * What a PodDisruptionBudget says about one eviction. Pure.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go (getPodDisruptionBudgets, checkAndDecrement),
 * component-helpers/apps/poddisruptionbudget
 */
import { ApiError, forbidden } from '../../api/errors.ts';
import { rfc3339, withCondition } from '../../api/meta.ts';
import { isPodReady } from '../../api/pods.ts';
import { matches, selectorOf } from '../../api/selectors.ts';
import type { Pod, PodDisruptionBudget } from '../../api/types.ts';

export type EvictionPlan =
  /** The pod serves nobody, and the application does without it: it may go, as long as it stays so. */
  | { do: 'deleteUnhealthy' }
  | { do: 'refuse'; error: ApiError }
  /** The budget with one disruption less. */
  | { do: 'spend'; budget: PodDisruptionBudget };

const maxDisruptedPods = 2000;
const budgets = { group: 'policy', plural: 'poddisruptionbudget' };

/** The budgets that cover the pod. One without a selector covers nothing, an empty selector everything. */
export const budgetsOf = (pod: Pod, all: readonly PodDisruptionBudget[]): PodDisruptionBudget[] =>
  all.filter(({ spec }) => {
    const selector = selectorOf(spec?.selector);
    return selector !== null && matches(selector, pod.metadata.labels);
  });

/** Whether, and how, the pod may go. */
export function planEviction(budget: PodDisruptionBudget, pod: Pod, now: Date): EvictionPlan {
  const { metadata, spec, status } = budget;
  const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0, observedGeneration = 0 } = status ?? {};
  const name = metadata.name!;
  if (!isPodReady(pod)) {
    const enough = currentHealthy >= desiredHealthy && desiredHealthy > 0;
    if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || enough) return { do: 'deleteUnhealthy' };
  }
  if (observedGeneration < (metadata.generation ?? 0)) return { do: 'refuse', error: stillProcessed(name) };
  if (disruptionsAllowed < 0)
    return { do: 'refuse', error: forbidden(budgets, name, 'pdb disruptions allowed is negative') };
  if (Object.keys(status?.disruptedPods ?? {}).length > maxDisruptedPods) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    return { do: 'refuse', error: forbidden(budgets, name, why) };
  }
  if (disruptionsAllowed === 0) {
    const why = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    return { do: 'refuse', error: wouldViolate(why) };
  }
  const left = disruptionsAllowed - 1;
  const time = rfc3339(now);
  const exhausted = {
    type: 'DisruptionAllowed',
    status: 'False' as const,
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: time,
    observedGeneration,
  };
  return {
    do: 'spend',
    budget: {
      ...budget,
      status: {
        ...status!,
        disruptionsAllowed: left,
        disruptedPods: { ...status?.disruptedPods, [pod.metadata.name!]: time },
        ...(left === 0 && { conditions: withCondition(status?.conditions, exhausted, time) }),
      },
    },
  };
}

/** The refusal while the budget's numbers are not those of its present form. */
const stillProcessed = (name: string): ApiError =>
  wouldViolate(`The disruption budget ${name} is still being processed by the server.`, 10);

const wouldViolate = (message: string, retryAfterSeconds?: number): ApiError =>
  new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    causes: [{ reason: 'DisruptionBudget', message }],
  });
