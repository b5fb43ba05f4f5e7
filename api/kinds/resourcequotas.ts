/**
 * ResourceQuota: how much the objects of a namespace may use together.
 * Upstream: pkg/registry/core/resourcequota/strategy.go, pkg/apis/core/validation (ValidateResourceQuota)
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { ResourceQuota } from '../types.ts';
import { immutable } from '../validate-meta.ts';
import { isQuotaResource, quantityErrors, quotaResourceNameErrors } from '../validation/resource-names.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Spec = NonNullable<ResourceQuota['spec']>;
type ScopeRequirement = NonNullable<NonNullable<Spec['scopeSelector']>['matchExpressions']>[number];

export const resourcequotas: Kind<ResourceQuota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  shortNames: ['quota'],
  generation: false,
  status: true,
  validate: ({ spec = {} }, old) => [
    ...validateList('spec.hard', spec.hard),
    ...validateScopes(spec),
    ...validateScopeSelector(spec),
    ...(old && !sameScopes(spec, old.spec ?? {}) ? [field.invalid('spec.scopes', spec.scopes ?? null, immutable)] : []),
  ],
  validateStatus: ({ status }) => [
    ...validateList('status.hard', status?.hard),
    ...validateList('status.used', status?.used),
  ],
  strategy: {
    prepareForCreate: (quota) => {
      quota.status = {};
    },
    prepareForUpdate: (quota, old) => {
      quota.status = old.status;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Request',
      type: 'string',
      description: 'What is used and what may be, of everything but limits.',
      cell: (quota) => formatUse(quota, (name) => !isLimit(name)),
    },
    {
      name: 'Limit',
      type: 'string',
      description: 'What the limits of containers add up to, and what they may.',
      cell: (quota) => formatUse(quota, isLimit),
    },
    ageColumn,
  ],
};

const isLimit = (name: string): boolean => name.startsWith('limits.');

const formatUse = ({ status }: ResourceQuota, wanted: (name: string) => boolean): string =>
  Object.keys(status?.hard ?? {})
    .filter(wanted)
    .sort()
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`)
    .join(', ');

const validateList = (path: string, list: Record<string, string> | undefined): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, quantity]) => [
    ...quotaResourceNameErrors(`${path}[${name}]`, name),
    ...quantityErrors(`${path}[${name}]`, name, quantity),
  ]);

const pods = ['pods'];
const computeOfPods = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const ofPods = [...pods, ...computeOfPods];

/** Each scope, and the resources of a quota that it can narrow. */
const scopes = new Map([
  ['BestEffort', pods],
  ['CrossNamespacePodAffinity', ofPods],
  ['NotBestEffort', ofPods],
  ['NotTerminating', ofPods],
  ['PriorityClass', ofPods],
  ['Terminating', ofPods],
  ['VolumeAttributesClass', ['persistentvolumeclaims', 'requests.storage']],
]);

/** Scopes that one either is in or not: there is nothing to compare. */
const withoutValues = ['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'Terminating'];

const exclusive = [
  ['BestEffort', 'NotBestEffort'],
  ['NotTerminating', 'Terminating'],
];

/** Resources of the quota that a scope says nothing about. */
const misapplied = (scope: string, { hard }: Spec): string[] =>
  Object.keys(hard ?? {}).filter((name) => isQuotaResource(name) && !scopes.get(scope)?.includes(name));

const conflicts = (names: readonly string[]): unknown[] =>
  exclusive.filter((pair) => pair.every((name) => names.includes(name)));

function validateScopes(spec: Spec): FieldError[] {
  const names = spec.scopes ?? [];
  const wrong = (why: string): FieldError => field.invalid('spec.scopes', names, why);
  return [
    ...names.flatMap((scope) => [
      ...(scopes.has(scope) ? [] : [wrong('unsupported scope')]),
      ...misapplied(scope, spec).map(() => wrong('unsupported scope applied to resource')),
    ]),
    ...conflicts(names).map(() => wrong('conflicting scopes')),
  ];
}

function validateScopeSelector(spec: Spec): FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions';
  const requirements = spec.scopeSelector?.matchExpressions ?? [];
  const names = requirements.map(({ scopeName }) => scopeName);
  return [
    ...requirements.flatMap((requirement) => [
      ...(scopes.has(requirement.scopeName)
        ? []
        : [field.invalid(`${path}.scopeName`, requirement.scopeName, 'unsupported scope')]),
      ...misapplied(requirement.scopeName, spec).map(() =>
        field.invalid(path, spec.scopeSelector, 'unsupported scope applied to resource'),
      ),
      ...validateRequirement(path, requirement),
    ]),
    ...conflicts(names).map(() => field.invalid(path, spec.scopes ?? null, 'conflicting scopes')),
  ];
}

function validateRequirement(path: string, { scopeName, operator, values = [] }: ScopeRequirement): FieldError[] {
  const errors: FieldError[] = [];
  if (withoutValues.includes(scopeName) && operator !== 'Exists') {
    const why =
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(field.invalid(`${path}.operator`, operator, why));
  }
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    return values.length === 0 ? [...errors, field.required(`${path}.values`, why)] : errors;
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    return values.length > 0 ? [...errors, field.invalid(`${path}.values`, values, why)] : errors;
  }
  return [...errors, field.invalid(`${path}.operator`, operator, 'not a valid selector operator')];
}

const sameScopes = (a: Spec, b: Spec): boolean => {
  const [one, other] = [new Set(a.scopes), new Set(b.scopes)];
  return one.size === other.size && one.isSubsetOf(other);
};
