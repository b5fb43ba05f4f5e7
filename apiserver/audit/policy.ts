/**
 * The audit policy: which requests are recorded, and how much of each. The first rule that matches a request decides; what no
 * rule matches is not recorded.
 *
 * Upstream: apiserver/pkg/audit/policy/checker.go
 */

import type { Level, Stage } from '../../api/audit-event.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request/info.ts';

export interface GroupResources {
  /** Empty for the core group. */
  group?: string;
  /** `pods`, `pods/log`, `pods/*`, `*` and `*` + `/scale`; none stands for all of the group. */
  resources?: string[];
  resourceNames?: string[];
}

export interface PolicyRule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: GroupResources[];
  namespaces?: string[];
  nonResourceURLs?: string[];
  omitStages?: Stage[];
  omitManagedFields?: boolean;
}

export interface Policy {
  rules: PolicyRule[];
  omitStages?: Stage[];
  omitManagedFields?: boolean;
}

/** What a policy says of one request. */
export interface AuditDecision {
  level: Level;
  omitStages: readonly Stage[];
  omitManagedFields: boolean;
}

export type AuditedInfo = Pick<
  RequestInfo,
  'isResource' | 'path' | 'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name'
>;

/** Decides about a request; `user` is who sent it, and undefined where nobody could be authenticated. */
export function evaluate(policy: Policy, user: User | undefined, info: AuditedInfo): AuditDecision {
  const { omitStages = [], omitManagedFields = false } = policy;
  const rule = policy.rules.find((rule) => matches(rule, user, info));
  if (!rule) return { level: 'None', omitStages, omitManagedFields };
  return {
    level: rule.level,
    omitStages: rule.omitStages ? [...omitStages, ...rule.omitStages] : omitStages,
    omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
  };
}

/** An empty list says nothing, like one that is not there. */
const says = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

function matches(rule: PolicyRule, user: User | undefined, info: AuditedInfo): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule;
  if (says(users) && !(user && users!.includes(user.name))) return false;
  if (says(userGroups) && !user?.groups.some((group) => userGroups!.includes(group))) return false;
  if (says(verbs) && !verbs!.includes(info.verb)) return false;
  if (says(namespaces) || says(resources)) return info.isResource && matchesResource(rule, info);
  if (says(nonResourceURLs)) return !info.isResource && nonResourceURLs!.some((url) => matchesPath(url, info.path));
  return true;
}

function matchesPath(url: string, path: string): boolean {
  if (url === '*' || url === path) return true;
  return url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''));
}

/** The namespace of what has none is the empty string. */
function matchesResource({ namespaces, resources }: PolicyRule, info: AuditedInfo): boolean {
  if (says(namespaces) && !namespaces!.includes(info.namespace)) return false;
  if (!says(resources)) return true;
  return resources!.some(({ group = '', resources: named, resourceNames }) => {
    if (group !== info.group) return false;
    if (!says(named)) return true;
    if (says(resourceNames) && !resourceNames!.includes(info.name)) return false;
    return named!.some((pattern) => matchesPattern(pattern, info));
  });
}

function matchesPattern(pattern: string, { resource, subresource }: AuditedInfo): boolean {
  if (pattern === '*' || pattern === (subresource ? `${resource}/${subresource}` : resource)) return true;
  if (subresource && pattern === `*/${subresource}`) return true;
  return pattern === `${resource}/*`;
}
