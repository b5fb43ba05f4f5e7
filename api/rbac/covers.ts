/**
 * Whether rules give everything that other rules give: what nobody may hand out who does not have it, and what a default role
 * lacks. Pure.
 *
 * Upstream: component-helpers/auth/rbac/validation/policy_comparator.go
 */
import type { PolicyRule } from '../types.ts';

/** Everything that only a cluster administrator has. */
export const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** What the owner's rules do not give, one verb of one resource (and name) each. Empty when they give it all. */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((piece) => !owned.some((rule) => ruleCovers(rule, piece)));
}

/** The rule as rules of one verb, one group, one resource and one name each, or one verb and one URL. */
export function breakDown(rule: PolicyRule): PolicyRule[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const pieces: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const piece = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) pieces.push(piece);
        for (const name of resourceNames) pieces.push({ ...piece, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs) for (const verb of verbs) pieces.push({ nonResourceURLs: [url], verbs: [verb] });
  return pieces;
}

/** A piece has one of each. */
function ruleCovers(rule: PolicyRule, piece: PolicyRule): boolean {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const includesAll = (list: readonly string[], wanted: readonly string[] = []): boolean =>
    wanted.every((value) => list.includes(value));
  return (
    (verbs.includes('*') || includesAll(verbs, piece.verbs)) &&
    (apiGroups.includes('*') || includesAll(apiGroups, piece.apiGroups)) &&
    (piece.resources ?? []).every((resource) => coversResource(resources, resource)) &&
    (resourceNames.length === 0 ||
      (piece.resourceNames !== undefined && includesAll(resourceNames, piece.resourceNames))) &&
    (piece.nonResourceURLs ?? []).every((url) => nonResourceURLs.some((pattern) => coversUrl(pattern, url)))
  );
}

function coversResource(resources: readonly string[], wanted: string): boolean {
  if (resources.includes('*') || resources.includes(wanted)) return true;
  const slash = wanted.indexOf('/');
  return slash >= 0 && resources.includes(`*${wanted.slice(slash)}`);
}

const coversUrl = (pattern: string, url: string): boolean =>
  pattern === url || (pattern.endsWith('*') && url.startsWith(pattern.replace(/\*+$/, '')));
