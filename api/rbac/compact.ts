/**
 * Rules put together, and as text. Pure.
 *
 * Upstream: pkg/registry/rbac/validation/policy_compact.go, pkg/apis/rbac/v1/evaluation_helpers.go (CompactString)
 */
import type { PolicyRule } from '../types.ts';

/** The same rules, with the verbs of one resource (or one object) in one rule. Rules for several resources stay as they are. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const others: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = simpleKey(rule);
    const known = key === undefined ? undefined : simple.get(key);
    if (known) known.verbs = [...known.verbs, ...(rule.verbs ?? [])];
    else if (key === undefined) others.push(rule);
    else simple.set(key, { ...rule });
  }
  return [...others, ...simple.values()];
}

/** Tells rules for one resource, or one object of it, apart; undefined for any other rule. */
function simpleKey({ apiGroups, resources, resourceNames = [], nonResourceURLs }: PolicyRule): string | undefined {
  const one = apiGroups?.length === 1 && resources?.length === 1 && resourceNames.length <= 1;
  return one && !nonResourceURLs?.length ? JSON.stringify([apiGroups, resources, resourceNames]) : undefined;
}

const quoted = (list: readonly string[]): string => `[${list.map((value) => JSON.stringify(value)).join(' ')}]`;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` */
export function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['NonResourceURLs', nonResourceURLs],
    ['ResourceNames', resourceNames],
    ['Verbs', verbs],
  ];
  return `{${parts.flatMap(([name, list]) => (list?.length ? `${name}:${quoted(list)}` : [])).join(', ')}}`;
}
