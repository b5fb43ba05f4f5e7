/** The rules of a FlowSchema. Upstream: pkg/apis/flowcontrol/validation */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import type { FlowSchema } from '../types.ts';
import { each, oneOf, requireListOrAll } from './checks.ts';
import { mandatoryFlowSchemas } from './flow-control-mandatory.ts';

type Spec = NonNullable<FlowSchema['spec']>;
type Rule = NonNullable<Spec['rules']>[number];
type Subject = Rule['subjects'][number];
type ResourceRule = NonNullable<Rule['resourceRules']>[number];
type NonResourceRule = NonNullable<Rule['nonResourceRules']>[number];

const maxPrecedence = 10_000;
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

/** The schema of that name. */
export function validateFlowSchema(path: string, spec: Spec, name: string): FieldError[] {
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method, priorityLevelConfiguration: level } = spec;
  const wrong = (why: string): FieldError[] => [field.invalid(`${path}.matchingPrecedence`, precedence, why)];
  const mandatory = mandatoryFlowSchemas.get(name);
  return [
    ...(precedence <= 0 ? wrong('must be a positive value') : []),
    ...(precedence > maxPrecedence ? wrong(`must not be greater than ${maxPrecedence}`) : []),
    ...(precedence === 1 && name !== 'exempt'
      ? wrong("only the schema named 'exempt' may have matchingPrecedence 1")
      : []),
    ...(method ? oneOf(`${path}.distinguisherMethod.type`, method.type ?? '', ['ByNamespace', 'ByUser']) : []),
    ...(level?.name
      ? dns1123SubdomainErrors(level.name).map((why) =>
          field.invalid(`${path}.priorityLevelConfiguration.name`, level.name, why),
        )
      : [field.required(`${path}.priorityLevelConfiguration.name`, 'must reference a priority level')]),
    ...each(`${path}.rules`, spec.rules, validateRule),
    ...(mandatory && !isEqual(spec, mandatory)
      ? [field.invalid(path, spec, `spec of '${name}' must equal the fixed value`)]
      : []),
  ];
}

function validateRule(path: string, rule: Rule): FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  return [
    ...(subjects.length === 0
      ? [field.required(`${path}.subjects`, 'subjects must contain at least one value')]
      : each(`${path}.subjects`, subjects, validateSubject)),
    ...(resourceRules.length + nonResourceRules.length === 0
      ? [field.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
      : []),
    ...each(`${path}.resourceRules`, resourceRules, validateResourceRule),
    ...each(`${path}.nonResourceRules`, nonResourceRules, validateNonResourceRule),
  ];
}

/** Kinds of subjects, and the field of each. */
const subjectMembers = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;

function validateSubject(path: string, subject: Subject): FieldError[] {
  const kinds = Object.keys(subjectMembers);
  const kind = subject.kind ?? '';
  if (!kinds.includes(kind)) return [field.notSupported(`${path}.kind`, kind, kinds)];
  return Object.entries(subjectMembers).flatMap(([other, member]) => {
    const at = `${path}.${member}`;
    const value = subject[member];
    if (other !== kind) {
      return value ? [field.forbidden(at, `${member} is forbidden when subject kind is not '${other}'`)] : [];
    }
    if (!value) return [field.required(at, `${member} is required when subject kind is '${kind}'`)];
    return [
      ...(value.name ? [] : [field.required(`${at}.name`)]),
      ...(member === 'serviceAccount' ? validateServiceAccount(at, value) : []),
    ];
  });
}

function validateServiceAccount(
  path: string,
  { name = '', namespace }: { name?: string; namespace?: string },
): FieldError[] {
  const nameErrors = name === '' || name === '*' ? [] : dns1123SubdomainErrors(name);
  return [
    ...nameErrors.map((why) => field.invalid(`${path}.name`, name, why)),
    ...(namespace
      ? dns1123LabelErrors(namespace).map((why) => field.invalid(`${path}.namespace`, namespace, why))
      : [field.required(`${path}.namespace`, 'must specify namespace for service account')]),
  ];
}

const validateVerbs = (path: string, list: readonly string[]): FieldError[] => [
  ...requireListOrAll(path, list, 'verbs', 'verbs must contain at least one value'),
  ...(list.includes('*') || list.every((verb) => verbs.includes(verb)) ? [] : [field.notSupported(path, list, verbs)]),
];

function validateResourceRule(path: string, rule: ResourceRule): FieldError[] {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope } = rule;
  const missing = 'resource rules must supply at least one';
  return [
    ...validateVerbs(`${path}.verbs`, rule.verbs ?? []),
    ...requireListOrAll(`${path}.apiGroups`, apiGroups, 'api groups', `${missing} api group`),
    ...requireListOrAll(`${path}.resources`, resources, 'resources', `${missing} resource`),
    ...(namespaces.length === 0 && clusterScope
      ? []
      : requireListOrAll(
          `${path}.namespaces`,
          namespaces,
          'namespaces',
          'resource rules that are not cluster scoped must supply at least one namespace',
        )),
    ...(namespaces.includes('*') ? [] : each(`${path}.namespaces`, namespaces, validateNamespace)),
  ];
}

const validateNamespace = (path: string, namespace: string): FieldError[] =>
  dns1123LabelErrors(namespace).map((why) =>
    field.invalid(path, namespace, `each member of this list must be '*' or a DNS-1123 label; ${why}`),
  );

function validateNonResourceRule(path: string, { verbs = [], nonResourceURLs = [] }: NonResourceRule): FieldError[] {
  const at = `${path}.nonResourceURLs`;
  return [
    ...validateVerbs(`${path}.verbs`, verbs),
    ...requireListOrAll(at, nonResourceURLs, 'non-resource URLs', 'nonResourceURLs must contain at least one value'),
    ...(nonResourceURLs.includes('*') ? [] : each(at, nonResourceURLs, validatePath)),
  ];
}

function validatePath(at: string, path: string): FieldError[] {
  const faults: [boolean, string][] = [
    [path === '', 'must not be empty'],
    [!path.startsWith('/'), 'must start with slash'],
    [path.includes(' '), 'must not contain white-space'],
    [path.includes('//'), 'must not contain double slash'],
    [/\*./.test(path) || /[^/]\*$/.test(path), 'wildcard can only do suffix matching'],
  ];
  const fault = faults.find(([found]) => found);
  return fault ? [field.invalid(at, path, fault[1])] : [];
}
