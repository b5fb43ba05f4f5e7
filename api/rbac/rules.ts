/**
 * RBAC's rules: how one matches what somebody wants to do. Pure; the apiserver decides by it, and the CLI explains by it.
 *
 * Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go (RuleAllows), pkg/apis/rbac/v1/evaluation_helpers.go
 */
import type { PolicyRule } from '../types.ts';

/** What somebody wants to do, as far as rules tell it apart. */
export interface RuleAccess {
  isResource: boolean;
  /** Of what is not a resource: `/healthz`. */
  path: string;
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  name: string;
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(value) || list.includes('*'));

/** Whether the rule allows it. */
export function ruleAllows(rule: PolicyRule, access: RuleAccess): boolean {
  if (!has(rule.verbs, access.verb)) return false;
  if (!access.isResource) return (rule.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, access.path));
  return (
    has(rule.apiGroups, access.group) &&
    resourceMatches(rule.resources, access) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(access.name))
  );
}

/** `pods/log` is matched by itself, by `*`, and by `*`+`/log`; `pods` is another resource. */
function resourceMatches(resources: readonly string[] | undefined, { resource, subresource }: RuleAccess): boolean {
  if (resources === undefined) return false;
  if (subresource === '') return has(resources, resource);
  return has(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

/** `/healthz/*` matches everything below; without the star only the very path. */
export const urlMatches = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
