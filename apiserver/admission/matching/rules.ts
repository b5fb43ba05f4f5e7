/**
 * Whether a rule of a webhook or a policy is for a request: its operation, its resource, and whether that is in a namespace.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go
 */
import type { MatchResources } from '../../../api/validation/admission-rules.ts';
import type { Admission } from '../plugin.ts';

/** Which operations on which resources; `resourceNames` only in policies. */
export type Rule = NonNullable<MatchResources['resourceRules']>[number];

/** A resource as rules name it. */
export interface RuleTarget {
  group: string;
  version: string;
  plural: string;
}

const has = (list: readonly string[] | undefined, one: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(one));

/** Whether the rule is for the request, were its resource that one. */
export const matchesRule = (rule: Rule, admission: Admission, target: RuleTarget): boolean =>
  has(rule.operations, admission.operation.toUpperCase()) &&
  has(rule.apiGroups, target.group) &&
  has(rule.apiVersions, target.version) &&
  matchesResource(rule.resources, target.plural, admission.subresource) &&
  matchesScope(rule.scope, admission) &&
  matchesName(rule.resourceNames, admission.name);

/** `pods` is without its subresources, `pods/*` with them, `pods/log` that one. */
function matchesResource(wanted: readonly string[] | undefined, plural: string, subresource: string): boolean {
  return (wanted ?? []).some((one) => {
    const slash = one.indexOf('/');
    const resource = slash < 0 ? one : one.slice(0, slash);
    const sub = slash < 0 ? '' : one.slice(slash + 1);
    return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource);
  });
}

function matchesScope(scope: string | undefined, { resource }: Admission): boolean {
  if (scope === 'Namespaced') return resource.kind.namespaced;
  if (scope === 'Cluster') return !resource.kind.namespaced;
  return true;
}

const matchesName = (names: readonly string[] | undefined, name: string): boolean =>
  names === undefined || names.length === 0 || names.includes(name);
