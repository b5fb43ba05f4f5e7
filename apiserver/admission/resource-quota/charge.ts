/**
 * What a write is charged to the quotas of its namespace, or why it is refused. Pure.
 * Upstream: apiserver/pkg/admission/plugin/resourcequota/controller.go (CheckRequest). Left out: resources limited by configuration
 */
import { readResources } from '../../../api/pod-resources.ts';
import { exceeding, only, plus, shown, surplus, textsOf } from '../../../api/quota/amounts.ts';
import type { Evaluator, QuotaWrite } from '../../../api/quota/evaluator.ts';
import { isInScopes } from '../../../api/quota/match.ts';
import type { KubeObject, ResourceQuota } from '../../../api/types.ts';

export type ChargePlan =
  /** The quotas that the write changes, with what is used after it. */
  { do: 'charge'; quotas: ResourceQuota[] } | { do: 'refuse'; why: string };

/** Whether the quota has anything to say about the kind. */
export const speaksOf = (evaluator: Evaluator, { status }: ResourceQuota): boolean =>
  evaluator.matching(Object.keys(status?.hard ?? {})).length > 0;

/** The quotas must be those of the namespace, as they are now. `now` in milliseconds since the epoch. */
export function planCharge(
  evaluator: Evaluator,
  quotas: readonly ResourceQuota[],
  write: QuotaWrite<KubeObject>,
  now: number,
): ChargePlan {
  const { object, old } = write;
  const concerned = quotas.filter((quota) => speaksOf(evaluator, quota) && isInScopes(evaluator, quota, object));
  for (const quota of concerned) {
    const why = whyNotCountable(evaluator, quota, object);
    if (why !== undefined) return { do: 'refuse', why };
  }
  const usage = evaluator.usage(object, now);
  const charged: ResourceQuota[] = [];
  for (const quota of concerned) {
    const counted = old !== undefined && isInScopes(evaluator, quota, old);
    const more = surplus(usage, counted ? evaluator.usage(old, now) : {});
    const hard = readResources(quota.status?.hard);
    const asked = only(more, Object.keys(hard));
    if (Object.keys(asked).length === 0) continue;
    const used = readResources(quota.status?.used);
    const next = plus(used, asked);
    const over = exceeding(only(next, Object.keys(asked)), hard);
    // What has been given already is counted, however much it is.
    if (over.length > 0 && write.subresource !== 'status') {
      const [requested, before, limited] = [asked, used, hard].map((list) => shown(only(list, over)));
      const why = `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${before}, limited: ${limited}`;
      return { do: 'refuse', why };
    }
    charged.push({
      ...quota,
      status: { ...quota.status, used: { ...quota.status?.used, ...textsOf(only(next, Object.keys(asked))) } },
    });
  }
  return { do: 'charge', quotas: charged };
}

/** What the object leaves unsaid, or the quota does not know yet. */
function whyNotCountable(evaluator: Evaluator, quota: ResourceQuota, object: KubeObject): string | undefined {
  const { name } = quota.metadata;
  const { hard = {}, used = {} } = quota.status ?? {};
  const names = evaluator.matching(Object.keys(hard));
  const unspecified = evaluator.unspecified?.(object, names);
  if (unspecified !== undefined) return `failed quota: ${name}: ${unspecified}`;
  if (names.every((one) => used[one] !== undefined)) return undefined;
  return `status unknown for quota: ${name}, resources: ${names.sort().join(',')}`;
}
