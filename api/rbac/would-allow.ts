/**
 * What would have allowed a request that was refused: the smallest rule, and the roles that have it. For whoever explains a
 * refusal. Pure.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/responsewriters/errors.go (the text of a refusal)
 */
import type { PolicyRule, Role } from '../types.ts';
import { type RuleAccess, ruleAllows } from './rules.ts';

/** What was refused, to whom and where. */
export interface Refused {
  user: string;
  /** Empty at the cluster scope. */
  namespace: string;
  access: RuleAccess;
}

const quoted = '"((?:[^"\\\\]|\\\\.)*)"';
const resourceText = new RegExp(
  `^\\S+(?: ${quoted})? is forbidden: User ${quoted} cannot (\\S+) resource ${quoted} in API group ${quoted} (?:in the namespace ${quoted}|at the cluster scope)`,
);
const urlText = new RegExp(`^forbidden: User ${quoted} cannot (\\S+) path ${quoted}`);

/** Reads the message of a 403; undefined for one that authorization has not written. */
export function readRefusal(message: string): Refused | undefined {
  const none = { group: '', resource: '', subresource: '', name: '', path: '' };
  const url = urlText.exec(message);
  if (url) {
    const [, user = '', verb = '', path = ''] = url;
    return { user: unquote(user), namespace: '', access: { ...none, isResource: false, verb, path: unquote(path) } };
  }
  const [, name = '', user = '', verb = '', full = '', group = '', namespace = ''] = resourceText.exec(message) ?? [];
  if (!full) return undefined;
  const [resource = '', subresource = ''] = full.split('/', 2);
  const access = { ...none, isResource: true, verb, group, resource, subresource, name: unquote(name) };
  return { user: unquote(user), namespace, access };
}

const unquote = (text: string): string => JSON.parse(`"${text}"`) as string;

/** The smallest rule that would have allowed it: for this object only, where it has a name. */
export function smallestRule({ isResource, verb, path, group, resource, subresource, name }: RuleAccess): PolicyRule {
  if (!isResource) return { verbs: [verb], nonResourceURLs: [path] };
  const full = subresource ? `${resource}/${subresource}` : resource;
  return { verbs: [verb], apiGroups: [group], resources: [full], ...(name && { resourceNames: [name] }) };
}

/** The roles that have such a rule, those that allow least first. */
export const rolesThatAllow = <T extends Pick<Role, 'metadata' | 'rules'>>(
  roles: readonly T[],
  access: RuleAccess,
): T[] =>
  roles
    .filter(({ rules = [] }) => rules.some((rule) => ruleAllows(rule, access)))
    .map((role) => ({ role, breadth: breadthOf(role.rules ?? []) }))
    .sort((a, b) => a.breadth - b.breadth || ((a.role.metadata.name ?? '') < (b.role.metadata.name ?? '') ? -1 : 1))
    .map(({ role }) => role);

/** How much the rules allow, roughly: a star is worth more than any list. */
const breadthOf = (rules: readonly PolicyRule[]): number =>
  rules.reduce((sum, { verbs = [], apiGroups = [], resources = [], nonResourceURLs = [] }) => {
    const width = (list: readonly string[]): number => (list.includes('*') ? 100 : list.length);
    return sum + width(verbs) * (width(apiGroups) * width(resources) + width(nonResourceURLs));
  }, 0);
