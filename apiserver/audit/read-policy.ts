/**
 * Reading a policy file. What is wrong with it is an error that names every field; a field that nobody knows is told to the
 * caller, and is otherwise as if it were not there.
 *
 * Upstream: apiserver/pkg/audit/policy/reader.go, apis/audit/validation/validation.go
 */

import { auditLevels as levels, auditStages as stages } from '../../api/audit-event.ts';
import { type FieldError, field, invalid } from '../../api/errors.ts';
import { dns1123SubdomainErrors } from '../../api/names.ts';
import { type ConfigurationKind, type Fields, readConfiguration } from '../configuration-file/read.ts';
import type { GroupResources, Policy, PolicyRule } from './policy.ts';

const ruleFields: Fields = {
  level: 'text',
  users: 'texts',
  userGroups: 'texts',
  verbs: 'texts',
  resources: [{ group: 'text', resources: 'texts', resourceNames: 'texts' }],
  namespaces: 'texts',
  nonResourceURLs: 'texts',
  omitStages: 'texts',
  omitManagedFields: 'boolean',
};

const policyKind: ConfigurationKind = {
  kind: 'Policy',
  apiVersions: ['audit.k8s.io/v1'],
  fields: { rules: [ruleFields], omitStages: 'texts', omitManagedFields: 'boolean' },
};

/** Reads the text of a file. Throws with all that is wrong; `warn` is told of unknown fields. */
export function readPolicy(text: string, warn: (message: string) => void): Policy {
  const policy = readConfiguration<Policy>(text, policyKind, warn);
  if (!policy.rules || policy.rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  const errors = validatePolicy(policy);
  if (errors.length > 0) throw new Error(invalid({ group: 'audit.k8s.io', kind: 'Policy' }, '', errors).message);
  return policy;
}

/** What the types cannot say. */
export function validatePolicy({ omitStages = [], rules }: Policy): FieldError[] {
  return [...stageErrors(omitStages, 'omitStages'), ...rules.flatMap((rule, i) => ruleErrors(rule, `rules[${i}]`))];
}

function ruleErrors(rule: PolicyRule, path: string): FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [], omitStages = [] } = rule;
  const errors: FieldError[] = [];
  if (!level) errors.push(field.required(`${path}.level`));
  else if (!levels.includes(level)) errors.push(field.notSupported(`${path}.level`, level, levels));
  errors.push(
    ...nonResourceURLs.flatMap((url, i) => urlErrors(url, `${path}.nonResourceURLs[${i}]`)),
    ...resources.flatMap((named) => resourceErrors(named, `${path}.resources`)),
    ...stageErrors(omitStages, `${path}.omitStages`),
  );
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    const why = 'rules cannot apply to both regular resources and non-resource URLs';
    errors.push(field.invalid(`${path}.nonResourceURLs`, nonResourceURLs, why));
  }
  return errors;
}

function urlErrors(url: string, path: string): FieldError[] {
  if (url === '*') return [];
  const errors: FieldError[] = [];
  if (!url.startsWith('/')) {
    errors.push(field.invalid(path, url, "non-resource URL rules must begin with a '/' character"));
  }
  if (url.slice(0, -1).includes('*')) {
    errors.push(field.invalid(path, url, "non-resource URL wildcards '*' must be the final character of the rule"));
  }
  return errors;
}

function resourceErrors({ group, resources = [], resourceNames = [] }: GroupResources, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = group ? dns1123SubdomainErrors(group) : [];
  if (wrong.length > 0) errors.push(field.invalid(`${path}.group`, group, wrong.join(',')));
  if (resourceNames.length > 0 && resources.length === 0) {
    const why = 'using resourceNames requires at least one resource';
    errors.push(field.invalid(`${path}.resourceNames`, resourceNames, why));
  }
  return errors;
}

const stageErrors = (omitted: readonly string[], path: string): FieldError[] =>
  omitted.flatMap((stage, i) =>
    (stages as readonly string[]).includes(stage)
      ? []
      : [field.invalid(`${path}[${i}]`, stage, `allowed stages are ${stages.join(',')}`)],
  );
