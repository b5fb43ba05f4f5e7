/**
 * What `auth reconcile` tells about an object that it had to change. Pure.
 * Upstream: kubectl/pkg/cmd/auth/reconcile.go (printResults)
 */
import type { PolicyRule, RoleSubject } from '../api/types.ts';

/** What was found out about one object. */
export interface Reconciliation {
  operation: 'none' | 'create' | 'update' | 'recreate';
  isProtected: boolean;
  missingRules?: PolicyRule[];
  extraRules?: PolicyRule[];
  missingSubjects?: RoleSubject[];
  extraSubjects?: RoleSubject[];
}

/** What is there besides is told when it is removed. */
export interface Removal {
  permissions: boolean;
  subjects: boolean;
}

/** The lines for stderr; none when all was as it must be. */
export function reconciliationLines(result: Reconciliation, remove: Removal): string[] {
  if (result.operation === 'none') return [];
  const caveat = result.isProtected
    ? ', but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)'
    : '';
  const part = (title: string, lines: string[]): string[] =>
    lines.length === 0 ? [] : [`\t${title}:`, ...lines.map((line) => `\t\t${line}`)];
  return [
    `\treconciliation required ${result.operation}${caveat}`,
    ...part('missing subjects added', (result.missingSubjects ?? []).map(subjectText)),
    ...part('extra subjects removed', remove.subjects ? (result.extraSubjects ?? []).map(subjectText) : []),
    ...part('missing rules added', (result.missingRules ?? []).map(ruleText)),
    ...part('extra rules removed', remove.permissions ? (result.extraRules ?? []).map(ruleText) : []),
  ];
}

const list = (values: readonly string[] = []): string => `[${values.join(' ')}]`;

/** As Go prints the struct. */
const ruleText = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string =>
  `{Verbs:${list(verbs)} APIGroups:${list(apiGroups)} Resources:${list(resources)} ` +
  `ResourceNames:${list(resourceNames)} NonResourceURLs:${list(nonResourceURLs)}}`;

const subjectText = ({ kind, apiGroup = '', name, namespace = '' }: RoleSubject): string =>
  `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`;
