/**
 * What the status of a quota is to say. Pure.
 * Upstream: pkg/controller/resourcequota/resource_quota_controller.go (syncResourceQuota), apiserver/pkg/quota/v1/resources.go (CalculateUsage)
 */
import { isEqual } from '../../api/patch/json.ts';
import { type ResourceQuantities, readResources } from '../../api/pod-resources.ts';
import { countOf, only, plus, textsOf } from '../../api/quota/amounts.ts';
import type { Evaluator } from '../../api/quota/evaluator.ts';
import { isInScopes, scopesOf } from '../../api/quota/match.ts';
import type { KubeObject, ResourceQuota } from '../../api/types.ts';

/** The objects of a kind in the quota's namespace, or how many there are where nothing else counts. */
export interface Counted {
  evaluator: Evaluator;
  objects: readonly KubeObject[] | number;
}

type Status = NonNullable<ResourceQuota['status']>;

/** The new status; undefined when it is what it is. Names that no kind counts keep the figure that they have. */
export function planStatus(quota: ResourceQuota, counted: readonly Counted[], now: number): Status | undefined {
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard);
  let used: ResourceQuantities = only(readResources(quota.status?.used), names);
  for (const { evaluator, objects } of counted) {
    used = { ...used, ...only(usageOf(quota, { evaluator, objects }, now), evaluator.matching(names)) };
  }
  const status = { hard, used: textsOf(used) };
  const { hard: oldHard, used: oldUsed } = quota.status ?? {};
  return isEqual(oldHard, hard) && isEqual(oldUsed, status.used) ? undefined : status;
}

function usageOf(quota: ResourceQuota, { evaluator, objects }: Counted, now: number): ResourceQuantities {
  const names = evaluator.matching(Object.keys(quota.spec?.hard ?? {}));
  const none = Object.fromEntries(names.map((name) => [name, countOf(0)]));
  if (typeof objects === 'number') {
    // A scope is something that only measured kinds can be in.
    const number = scopesOf(quota).length > 0 ? 0 : objects;
    return Object.fromEntries(names.map((name) => [name, countOf(number)]));
  }
  return objects
    .filter((object) => isInScopes(evaluator, quota, object))
    .reduce((sum, object) => plus(sum, evaluator.usage(object, now)), none);
}

/** Whether the quota has to be calculated because of itself: what it limits has changed, or has not been counted yet. */
export function isToBeCalculated(quota: ResourceQuota, old: ResourceQuota | undefined): boolean {
  if (!old || !isEqual(old.spec, quota.spec)) return true;
  const { hard, used } = quota.status ?? {};
  return hard === undefined || used === undefined;
}
