/**
 * RBAC's rules and how one matches a request. Pure.
 *
 * Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go, pkg/registry/rbac/validation
 */
import type { Access } from './authorizer.ts';

/** The shape of `rules` in a ClusterRole. */
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  /** `pods`, `pods/log`, `*`, or a subresource of everything such as `*`+`/scale`. */
  resources?: string[];
  /** When given, only objects of these names. */
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

const has = (list: string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(value) || list.includes('*'));

/** Whether the rule allows the request. */
export function ruleAllows(rule: PolicyRule, info: Access): boolean {
  if (!has(rule.verbs, info.verb)) return false;
  if (!info.isResource) return (rule.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, info.path));
  return (
    has(rule.apiGroups, info.group) &&
    resourceMatches(rule.resources, info) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(info.name))
  );
}

function resourceMatches(resources: string[] | undefined, { resource, subresource }: Access): boolean {
  if (resources === undefined) return false;
  const combined = subresource ? `${resource}/${subresource}` : resource;
  return has(resources, combined) || (subresource !== '' && resources.includes(`*/${subresource}`));
}

/** `/healthz/*` matches everything below; without the star only the very path. */
const urlMatches = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
