/**
 * What is wrong with a pod or a claim in the eyes of a LimitRange. Pure.
 * Upstream: plugin/pkg/admission/limitranger (PodValidateLimitFunc, PersistentVolumeClaimValidateLimitFunc)
 */
import { podLimits, podRequests, type ResourceQuantities, readResources } from '../../../api/pod-resources.ts';
import { compareQuantities, formatQuantity, milliValue, parseQuantity, type Quantity } from '../../../api/quantity.ts';
import type { LimitRange, PersistentVolumeClaim, Pod } from '../../../api/types.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];

/** One figure of an item, and what is asked for under its name. */
interface Checked {
  /** `cpu` */
  name: string;
  /** `Container` */
  type: string;
  bound: Quantity;
  request: Quantity | undefined;
  limit: Quantity | undefined;
}

/** Says what is wrong, if anything is. */
type Rule = (checked: Checked) => string | undefined;
type Rules = Partial<Record<'min' | 'max' | 'maxLimitRequestRatio', Rule>>;

/** The violations of a pod: by its containers, init containers included, and by all of it together. */
export function podViolations({ spec }: LimitRange, pod: Pod): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return (spec?.limits ?? []).flatMap((item) => {
    if (item.type === 'Container') {
      return containers.flatMap(({ resources }) =>
        violations(item, ofPods, readResources(resources?.requests), readResources(resources?.limits)),
      );
    }
    if (item.type !== 'Pod') return [];
    const options = { excludeOverhead: true };
    return violations(item, ofPods, podRequests(pod, options), podLimits(pod, options));
  });
}

/** The violations of a claim: what it requests counts, whatever its limits. */
export const claimViolations = ({ spec }: LimitRange, claim: PersistentVolumeClaim): string[] =>
  (spec?.limits ?? [])
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => violations(item, ofClaims, readResources(claim.spec?.resources?.requests), {}));

function violations(item: Item, rules: Rules, requests: ResourceQuantities, limits: ResourceQuantities): string[] {
  const found: string[] = [];
  for (const list of ['min', 'max', 'maxLimitRequestRatio'] as const) {
    const bounds = item[list] ?? {};
    for (const name of Object.keys(bounds).sort()) {
      const bound = parseQuantity(bounds[name]!);
      const wrong = rules[list]?.({ name, type: item.type, bound, request: requests[name], limit: limits[name] });
      if (wrong !== undefined) found.push(wrong);
    }
  }
  return found;
}

const minimum: Rule = ({ name, type, bound, request, limit }) => {
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!request) return `${rule}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${rule}, but request is ${formatQuantity(request)}`;
  if (limit && compareQuantities(limit, bound) < 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return undefined;
};

const maximum: Rule = ({ name, type, bound, request, limit }) => {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  if (request && compareQuantities(request, bound) > 0) return `${rule}, but request is ${formatQuantity(request)}`;
  return undefined;
};

const maximumRequest: Rule = ({ name, type, bound, request }) => {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!request) return `${rule}.  No request is specified`;
  return compareQuantities(request, bound) > 0 ? `${rule}, but request is ${formatQuantity(request)}` : undefined;
};

const maximumRatio: Rule = ({ name, type, bound, request, limit }) => {
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  if (!request || request.nano === 0n) return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.nano === 0n) return `${rule}, but no limit is specified or limit is 0`;
  // limit / request > bound, in whole numbers: a quantity is in billionths.
  if (limit.nano * 1_000_000_000n <= request.nano * bound.nano) return undefined;
  return `${rule}, but provided ratio is ${(milliValue(limit) / milliValue(request)).toFixed(6)}`;
};

const ofPods: Rules = { min: minimum, max: maximum, maxLimitRequestRatio: maximumRatio };
const ofClaims: Rules = { min: minimum, max: maximumRequest };
