/**
 * What a ClusterRole with an `aggregationRule` consists of: the rules of all roles that its selectors pick. Pure.
 *
 * Upstream: pkg/controller/clusterroleaggregation (syncClusterRole)
 */
import { isEqual } from '../../api/patch/json.ts';
import { matches, selectorOf } from '../../api/selectors.ts';
import type { ClusterRole, PolicyRule } from '../../api/types.ts';

/** The rules that it must have; undefined when it has them, or is not put together from others. */
export function planRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] | undefined {
  if (!role.aggregationRule) return undefined;
  const rules: PolicyRule[] = [];
  for (const { rules: more = [] } of picked(role, all)) {
    for (const rule of more) if (!rules.some((one) => isEqual(one, rule))) rules.push(rule);
  }
  return isEqual(rules, role.rules ?? []) ? undefined : rules;
}

/** By name within each selector, so that the outcome does not depend on the order in which roles have appeared. */
function picked({ metadata, aggregationRule }: ClusterRole, all: readonly ClusterRole[]): ClusterRole[] {
  const byName = [...all]
    .filter((other) => other.metadata.name !== metadata.name)
    .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  return (aggregationRule?.clusterRoleSelectors ?? []).flatMap((labels) => {
    const selector = selectorOf(labels);
    return byName.filter((other) => matches(selector, other.metadata.labels));
  });
}
