/** Deployment: ReplicaSets that replace one another. Upstream: pkg/registry/apps/deployment/strategy.go, pkg/apis/apps */
import { setPodSpecDefaults } from '../defaults/pod-spec.ts';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { Deployment } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { nonNegative, requireOneOf } from '../validation/checks.ts';
import { atMostAll, intOrPercent, isZero } from '../validation/int-or-percent.ts';
import { nonNegativeCounts, notDecremented, validateReplicaCounts } from '../validation/replica-counts.ts';
import { validateWorkload } from '../validation/workload.ts';
import { ageColumn, containerColumns, nameColumn, selectorColumn } from './columns.ts';
import { scaleByReplicas } from './scale.ts';

type Status = NonNullable<Deployment['status']>;

export const deployments: Kind<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.Deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  inert: true,
  scale: scaleByReplicas(({ spec }) => spec?.selector),
  setDefaults: ({ spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    if (spec.template?.spec) setPodSpecDefaults(spec.template.spec);
  },
  validate: ({ spec }, old) => {
    if (!spec) return [field.required('spec.selector'), field.required('spec.template')];
    const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
    return [
      ...validateWorkload('deployment', spec),
      ...validateStrategy('spec.strategy', spec.strategy ?? {}),
      ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
      ...nonNegative('spec.progressDeadlineSeconds', deadline),
      ...(deadline !== undefined && deadline <= minReadySeconds
        ? [field.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
        : []),
      ...(old ? unchanged('spec.selector', spec.selector, old.spec?.selector) : []),
    ];
  },
  validateStatus: ({ status }, old) => [
    ...nonNegativeCounts<Status>(status, ['observedGeneration', 'unavailableReplicas', 'collisionCount']),
    ...validateReplicaCounts<Status>(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
    ...notDecremented('status.collisionCount', status?.collisionCount, old.status?.collisionCount),
  ],
  strategy: {
    prepareForCreate: (deployment) => {
      deployment.status = {};
    },
    prepareForUpdate: (deployment, old) => {
      deployment.status = old.status;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'How many pods are ready, of how many there should be.',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    {
      name: 'Up-to-date',
      type: 'integer',
      description: 'How many pods have the newest template.',
      cell: (d) => d.status?.updatedReplicas ?? 0,
    },
    {
      name: 'Available',
      type: 'integer',
      description: 'How many pods have been ready long enough.',
      cell: (d) => d.status?.availableReplicas ?? 0,
    },
    ageColumn,
    ...containerColumns<Deployment>((deployment) => deployment.spec?.template?.spec?.containers),
    selectorColumn((deployment) => deployment.spec?.selector),
  ],
};

type DeploymentStrategy = NonNullable<NonNullable<Deployment['spec']>['strategy']>;

function validateStrategy(path: string, { type, rollingUpdate }: DeploymentStrategy): FieldError[] {
  const errors = requireOneOf(`${path}.type`, type, ['Recreate', 'RollingUpdate']);
  if (!rollingUpdate) return errors;
  const at = `${path}.rollingUpdate`;
  if (type === 'Recreate') {
    return [...errors, field.forbidden(at, "may not be specified when strategy `type` is 'Recreate'")];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const both = isZero(maxUnavailable) && isZero(maxSurge);
  return [
    ...errors,
    ...intOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...intOrPercent(`${at}.maxSurge`, maxSurge),
    ...(both ? [field.invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
    ...atMostAll(`${at}.maxUnavailable`, maxUnavailable),
  ];
}
