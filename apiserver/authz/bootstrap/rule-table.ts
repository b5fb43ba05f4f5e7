/**
 * The form in which the default roles are written down: a rule is a line of verbs, groups, resources and, where it is for certain
 * objects only, their names; or of verbs and URLs. `core` is the group without a name.
 *
 *     get list | apps extensions | deployments/scale
 *     update | core | configmaps | cluster-info
 *     get | /healthz /version
 */
import type { PolicyRule } from '../../../api/types.ts';

export const read = 'get list watch';
export const write = 'create delete deletecollection patch update';
/** What whoever reports events needs. */
export const events = 'create patch update | core events.k8s.io | events';

/** Reads a line. */
export function ruleOf(line: string): PolicyRule {
  const [verbs = [], second = [], resources, resourceNames] = line
    .split('|')
    .map((part) => part.trim().split(/\s+/).sort());
  if (!resources) return { verbs, nonResourceURLs: second };
  const apiGroups = second.map((group) => (group === 'core' ? '' : group)).sort();
  return { verbs, apiGroups, resources, ...(resourceNames && { resourceNames }) };
}
