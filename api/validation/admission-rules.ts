/**
 * Which requests admission webhooks and policies are for.
 * Upstream: pkg/apis/admissionregistration/validation (validateRuleWithOperations, validateMatchResources)
 */
import { type FieldError, field } from '../errors.ts';
import { pathSegmentErrors } from '../names.ts';
import type { ValidatingAdmissionPolicy, ValidatingWebhookConfiguration } from '../types.ts';
import { checkName, duplicates, each, oneOf, requireListOrAll, requireOneOf } from './checks.ts';
import { validateLabelSelector } from './label-selector.ts';

type Webhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];
type Rule = NonNullable<Webhook['rules']>[number];
export type MatchResources = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['matchConstraints']>;
type NamedRule = NonNullable<MatchResources['resourceRules']>[number];

const operationTypes = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
/** What is deleted is not changed before. */
const mutableOperations = operationTypes.filter((operation) => operation !== 'DELETE');
const scopes = ['*', 'Cluster', 'Namespaced'];
export const matchPolicies = ['Equivalent', 'Exact'];

/** Which operations on which resources. */
export function validateRule(path: string, rule: Rule | NamedRule): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  return [
    ...requireListOrAll(`${path}.operations`, operations, 'operations'),
    ...each(`${path}.operations`, operations, (at, operation) => oneOf(at, operation, operationTypes)),
    ...requireListOrAll(`${path}.apiGroups`, apiGroups, 'API groups'),
    ...requireListOrAll(`${path}.apiVersions`, apiVersions, 'API versions'),
    ...each(`${path}.apiVersions`, apiVersions, (at, version) => (version ? [] : [field.required(at)])),
    ...validateResources(`${path}.resources`, resources),
    ...oneOf(`${path}.scope`, scope, scopes),
  ];
}

/** `pods`, `pods/*`, `*` + `/status`, `*`: none that another has in it already. */
function validateResources(path: string, resources: readonly string[]): FieldError[] {
  const errors: FieldError[] = resources.length === 0 ? [field.required(path)] : [];
  const allSubresourcesOf = new Set<string>();
  const everywhere = new Set<string>();
  resources.forEach((resource, i) => {
    if (resource === '') errors.push(field.required(`${path}[${i}]`));
    const slash = resource.indexOf('/');
    if (slash < 0) return;
    const [name, subresource] = [resource.slice(0, slash), resource.slice(slash + 1)];
    const covered = (by: string): FieldError =>
      field.invalid(`${path}[${i}]`, resource, `if '${by}' is present, must not specify ${resource}`);
    if (allSubresourcesOf.has(name)) errors.push(covered(`${name}/*`));
    if (everywhere.has(subresource)) errors.push(covered(`*/${subresource}`));
    if (subresource === '*') allSubresourcesOf.add(name);
    if (name === '*') everywhere.add(subresource);
  });
  const wrong = (why: string): FieldError => field.invalid(path, resources, why);
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(wrong("if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && resources.some((resource) => resource !== '*' && !resource.includes('/'))) {
    errors.push(wrong("if '*' is present, must not specify other resources without subresources"));
  }
  return errors;
}

/** The requests of a policy or a binding. */
export function validateMatchResources(path: string, match: MatchResources | undefined): FieldError[] {
  if (!match) return [];
  const { matchPolicy, namespaceSelector, objectSelector, resourceRules, excludeResourceRules } = match;
  return [
    ...requireOneOf(`${path}.matchPolicy`, matchPolicy, matchPolicies),
    ...validateLabelSelector(`${path}.namespaceSelector`, namespaceSelector),
    ...validateLabelSelector(`${path}.objectSelector`, objectSelector),
    ...each(`${path}.resourceRules`, resourceRules, validateNamedRule),
    ...each(`${path}.excludeResourceRules`, excludeResourceRules, validateNamedRule),
  ];
}

const validateNamedRule = (path: string, rule: NamedRule): FieldError[] => [
  ...each(`${path}.resourceNames`, rule.resourceNames, (at, name) => checkName(at, name, pathSegmentErrors)),
  ...duplicates(`${path}.resourceNames`, rule.resourceNames ?? [], '', (name) => name),
  ...validateRule(path, rule),
];

/** The requests of what changes objects. Kubernetes does not say in which rule the operation is. */
export const validateMutable = (path: string, match: MatchResources | undefined): FieldError[] =>
  (match?.resourceRules ?? []).flatMap(({ operations }) =>
    (operations ?? []).flatMap((operation) => oneOf(`${path}.resourceRules.operations`, operation, mutableOperations)),
  );
