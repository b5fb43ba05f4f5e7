/**
 * Which requests a webhook or a policy is for. The same objects may be served in several versions and groups; with the match policy
 * `Equivalent` a rule for one of them is for requests to the others as well, whose objects are then converted (`equivalent.ts`).
 *
 *     const criteria = criteriaOf(policy.spec.matchConstraints);   // once for each change of the policy
 *     const target = match(criteria, admission);                   // the resource that a rule names, or undefined
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/generic/webhook.go ShouldCallHook, plugin/policy/matching/matching.go
 */
import { type Selector, selectorOf } from '../../../api/selectors.ts';
import type { MatchResources } from '../../../api/validation/admission-rules.ts';
import type { Resource } from '../../registry/resource.ts';
import type { Admission } from '../plugin.ts';
import { equivalentsOf } from './equivalent.ts';
import { matchesRule, type Rule } from './rules.ts';
import { matchesNamespace, matchesObject } from './selectors.ts';

/** What a webhook or a policy says about the requests that it is for, ready to be asked. */
export interface Criteria {
  namespaces: Selector;
  objects: Selector;
  /** Undefined: every request. */
  rules: readonly Rule[] | undefined;
  excluded: readonly Rule[];
  equivalent: boolean;
}

/** Of a webhook: `criteriaOf({ ...webhook, resourceRules: webhook.rules ?? [] })`. Of nothing: every request. */
export const criteriaOf = (match: MatchResources = {}): Criteria => ({
  namespaces: selectorOf(match.namespaceSelector ?? {}),
  objects: selectorOf(match.objectSelector ?? {}),
  rules: match.resourceRules,
  excluded: match.excludeResourceRules ?? [],
  equivalent: match.matchPolicy === 'Equivalent',
});

/**
 * The resource by which the request is matched: its own, or an equivalent one that a rule names. Undefined when it does not match.
 * Throws a 404 for a namespace that is not there.
 */
export function match(criteria: Criteria, admission: Admission): Resource | undefined {
  const { rules, excluded, equivalent } = criteria;
  const target = rules ? matchRules(rules, equivalent, admission) : admission.resource;
  if (!target || matchRules(excluded, equivalent, admission)) return undefined;
  if (!matchesObject(criteria.objects, admission)) return undefined;
  return matchesNamespace(criteria.namespaces, admission) ? target : undefined;
}

function matchRules(rules: readonly Rule[], equivalent: boolean, admission: Admission): Resource | undefined {
  const { resource } = admission;
  if (rules.some((rule) => matchesRule(rule, admission, resource.kind))) return resource;
  if (!equivalent || rules.length === 0) return undefined;
  const others = equivalentsOf(admission);
  for (const rule of rules) {
    const found = others.find(({ kind }) => matchesRule(rule, admission, kind));
    if (found) return found;
  }
  return undefined;
}

const configurations = new Set([
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/** What configures webhooks and policies is not asked about, so that what is wrong with one can always be put right. */
export const isExempt = ({ kind: { group, kind } }: Admission): boolean =>
  group === 'admissionregistration.k8s.io' && configurations.has(kind);
