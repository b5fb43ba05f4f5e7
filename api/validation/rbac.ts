/**
 * The rules of roles and of their bindings, whether of a namespace or of the cluster.
 *
 * Upstream: pkg/apis/rbac/validation
 */
import { type FieldError, field } from '../errors.ts';
import { dns1123SubdomainErrors, pathSegmentErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import type { ClusterRole, PolicyRule, RoleBinding, RoleRef, RoleSubject } from '../types.ts';
import { each, requireName } from './checks.ts';
import { validateLabelSelector } from './label-selector.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';

/** The roles that a binding can refer to, by whether it is in a namespace. */
const roleKinds = { namespaced: ['ClusterRole', 'Role'], cluster: ['ClusterRole'] };
const subjectKinds = ['Group', 'ServiceAccount', 'User'];

/** What a role allows. */
export const validateRules = (rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] =>
  each('rules', rules, (path, rule) => validateRule(path, rule, namespaced));

function validateRule(path: string, rule: PolicyRule, namespaced: boolean): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const missing = (list: string[], name: string, what: string): FieldError[] =>
    list.length === 0 ? [field.required(`${path}.${name}`, what)] : [];
  const errors = missing(verbs, 'verbs', 'verbs must contain at least one value');
  if (nonResourceURLs.length > 0) {
    const wrong = (why: string): FieldError => field.invalid(`${path}.nonResourceURLs`, nonResourceURLs, why);
    if (namespaced) errors.push(wrong('namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(wrong('rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  return [
    ...errors,
    ...missing(apiGroups, 'apiGroups', 'resource rules must supply at least one api group'),
    ...missing(resources, 'resources', 'resource rules must supply at least one resource'),
  ];
}

/** Which other roles a cluster role is put together from. */
export function validateAggregation({ aggregationRule }: ClusterRole): FieldError[] {
  if (!aggregationRule) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    return [field.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return each(path, selectors, validateLabelSelector);
}

type Binding = Pick<RoleBinding, 'roleRef' | 'subjects'>;

/** Who gets which role. The role never changes: who was allowed to bind one may not be allowed to bind another. */
export function validateBinding(binding: Binding, old: Binding | undefined, namespaced: boolean): FieldError[] {
  const { roleRef, subjects } = binding;
  return [
    ...validateRoleRef(roleRef ?? { apiGroup: '', kind: '', name: '' }, namespaced),
    ...each('subjects', subjects, (path, subject) => validateSubject(path, subject, namespaced)),
    ...(old && !isEqual(roleRef, old.roleRef) ? [field.invalid('roleRef', roleRef, 'cannot change roleRef')] : []),
  ];
}

function validateRoleRef({ apiGroup = '', kind = '', name }: RoleRef, namespaced: boolean): FieldError[] {
  const kinds = roleKinds[namespaced ? 'namespaced' : 'cluster'];
  return [
    ...(apiGroup === rbacGroup ? [] : [field.notSupported('roleRef.apiGroup', apiGroup, [rbacGroup])]),
    ...(kinds.includes(kind) ? [] : [field.notSupported('roleRef.kind', kind, kinds)]),
    ...requireName('roleRef.name', name, pathSegmentErrors),
  ];
}

function validateSubject(path: string, subject: RoleSubject, namespaced: boolean): FieldError[] {
  const { kind = '', name = '', apiGroup = '', namespace } = subject;
  const errors: FieldError[] = name ? [] : [field.required(`${path}.name`)];
  const inGroup = (group: string): FieldError[] =>
    apiGroup === group ? [] : [field.notSupported(`${path}.apiGroup`, apiGroup, [group])];
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...requireName(`${path}.name`, name, dns1123SubdomainErrors));
      if (!namespaced && !namespace) errors.push(field.required(`${path}.namespace`));
      return [...errors, ...inGroup('')];
    case 'User':
    case 'Group':
      if (!name) errors.push(field.invalid(`${path}.name`, name, `${kind.toLowerCase()} name cannot be empty`));
      return [...errors, ...inGroup(rbacGroup)];
    default:
      return [...errors, field.notSupported(`${path}.kind`, kind, subjectKinds)];
  }
}
