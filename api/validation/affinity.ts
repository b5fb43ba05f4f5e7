/** Where a pod wants to be: near what, and how spread. Upstream: pkg/apis/core/validation (validateAffinity, validateTopologySpreadConstraints) */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, labelKeyErrors } from '../names.ts';
import type { LabelSelector, PodSpec } from '../types.ts';
import { each, oneOf, requireOneOf } from './checks.ts';
import { validateLabelSelector } from './label-selector.ts';
import { validateNodeSelector, validateNodeSelectorTerm } from './node-selector.ts';

type Affinity = NonNullable<PodSpec['affinity']>;
type PodAffinity = NonNullable<Affinity['podAffinity']>;
type Term = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];
type Constraint = NonNullable<PodSpec['topologySpreadConstraints']>[number];

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Nodes and other pods that a pod wants to be near to, or away from. */
export function validateAffinity(path: string, affinity: Affinity | undefined): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  const nodes = nodeAffinity?.[required];
  return [
    ...(nodes ? validateNodeSelector(`${path}.nodeAffinity.${required}`, nodes) : []),
    ...each(`${path}.nodeAffinity.${preferred}`, nodeAffinity?.[preferred], (at, { weight, preference }) => [
      ...weightErrors(at, weight),
      ...validateNodeSelectorTerm(`${at}.preference`, preference ?? {}),
    ]),
    ...validatePodAffinity(`${path}.podAffinity`, podAffinity),
    ...validatePodAffinity(`${path}.podAntiAffinity`, podAntiAffinity),
  ];
}

const validatePodAffinity = (path: string, affinity: PodAffinity | undefined): FieldError[] => [
  ...each(`${path}.${required}`, affinity?.[required], validateTerm),
  ...each(`${path}.${preferred}`, affinity?.[preferred], (at, { weight, podAffinityTerm }) => [
    ...weightErrors(at, weight),
    ...validateTerm(`${at}.podAffinityTerm`, podAffinityTerm ?? {}),
  ]),
];

const weightErrors = (path: string, weight: number | undefined): FieldError[] =>
  weight !== undefined && weight >= 1 && weight <= 100
    ? []
    : [field.invalid(`${path}.weight`, weight ?? 0, 'must be in the range 1-100')];

const validateTerm = (path: string, term: Partial<Term>): FieldError[] => [
  ...validateLabelSelector(`${path}.labelSelector`, term.labelSelector),
  ...validateLabelSelector(`${path}.namespaceSelector`, term.namespaceSelector),
  ...(term.namespaces ?? []).flatMap((name) =>
    dns1123LabelErrors(name).map((why) => field.invalid(`${path}.namespace`, name, why)),
  ),
  ...validateLabelKeys(`${path}.matchLabelKeys`, term.matchLabelKeys, term.labelSelector),
  ...validateLabelKeys(`${path}.mismatchLabelKeys`, term.mismatchLabelKeys, term.labelSelector),
  ...each(`${path}.matchLabelKeys`, term.matchLabelKeys, (at, key) =>
    term.mismatchLabelKeys?.includes(key)
      ? [field.invalid(at, key, 'exists in both matchLabelKeys and mismatchLabelKeys')]
      : [],
  ),
  ...validateTopologyKey(`${path}.topologyKey`, term.topologyKey),
];

/** Labels of the pod's own that narrow the selector. */
function validateLabelKeys(
  path: string,
  keys: string[] | undefined,
  selector: LabelSelector | undefined,
): FieldError[] {
  if ((keys ?? []).length === 0) return [];
  if (!selector) return [field.forbidden(path, 'must not be specified when labelSelector is not set')];
  return each(path, keys, (at, key) => labelKeyErrors(key).map((why) => field.invalid(at, key, why)));
}

function validateTopologyKey(path: string, key = ''): FieldError[] {
  if (key === '') return [field.required(path, 'can not be empty')];
  return labelKeyErrors(key).map((why) => field.invalid(path, key, why));
}

const policies = ['Honor', 'Ignore'];

/** Each pair of a topology and what happens where it cannot be met stands once. */
export function validateTopologySpread(path: string, constraints: Constraint[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(path, constraints, (at, constraint) => {
    const { maxSkew = 0, topologyKey, whenUnsatisfiable, minDomains } = constraint;
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    const repeated = seen.has(pair);
    seen.add(pair);
    return [
      ...(maxSkew <= 0 ? [field.invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero')] : []),
      ...validateTopologyKey(`${at}.topologyKey`, topologyKey),
      ...requireOneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
      ...(repeated ? [field.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair)] : []),
      ...(minDomains === undefined ? [] : minDomainsErrors(`${at}.minDomains`, minDomains, whenUnsatisfiable)),
      ...oneOf(`${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, policies),
      ...oneOf(`${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, policies),
      ...validateLabelSelector(`${at}.labelSelector`, constraint.labelSelector),
      ...validateLabelKeys(`${at}.matchLabelKeys`, constraint.matchLabelKeys, constraint.labelSelector),
    ];
  });
}

function minDomainsErrors(path: string, minDomains: number, whenUnsatisfiable: string): FieldError[] {
  const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  return [
    ...(minDomains <= 0 ? [field.invalid(path, minDomains, 'must be greater than zero')] : []),
    ...(whenUnsatisfiable === 'DoNotSchedule' ? [] : [field.invalid(path, minDomains, why)]),
  ];
}
