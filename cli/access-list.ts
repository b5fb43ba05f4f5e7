/**
 * What somebody may do, as rows: `auth can-i --list`. Pure.
 * Upstream: kubectl/pkg/cmd/auth/cani.go, kubectl/pkg/util/rbac, kubectl/pkg/describe (CombineResourceGroup)
 */
import { compactRules } from '../api/rbac/compact.ts';
import { breakDown } from '../api/rbac/covers.ts';
import type { PolicyRule } from '../api/types.ts';

export const accessColumns = ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'];

/** One row for each resource or URL, in kubectl's order. */
export const accessRows = (rules: readonly PolicyRule[]): string[][] =>
  compactRules(rules.flatMap(breakDown))
    .map((rule) => ({ ...rule, verbs: [...new Set(rule.verbs)] }))
    .map((rule) => ({ rule, key: keyOf(rule) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ rule: { apiGroups, resources, nonResourceURLs, resourceNames, verbs } }) => [
      qualified(resources, apiGroups),
      list(nonResourceURLs),
      list(resourceNames),
      list(verbs),
    ]);

/** As Go prints a list. */
const list = (values: readonly string[] = []): string => `[${values.join(' ')}]`;

/** `pods`, `deployments.apps/scale` */
function qualified([resource]: readonly string[] = [], [group]: readonly string[] = []): string {
  if (resource === undefined) return '';
  const [name = '', ...subresource] = resource.split('/');
  return [group ? `${name}.${group}` : name, ...subresource].join('/');
}

/** The rule as Go writes it, by which kubectl sorts. */
const keyOf = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string =>
  [verbs, apiGroups, resources, resourceNames, nonResourceURLs].map((values) => list(values)).join();
