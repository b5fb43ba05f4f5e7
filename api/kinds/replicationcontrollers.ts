/**
 * ReplicationController: what a ReplicaSet was called first, with a plain map of labels for a selector.
 * Upstream: pkg/registry/core/replicationcontroller/strategy.go, pkg/apis/core (v1 defaults, ValidateReplicationController)
 */
import { setPodSpecDefaults } from '../defaults/pod-spec.ts';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { isEqual } from '../patch/json.ts';
import type { ReplicationController } from '../types.ts';
import { nonNegative } from '../validation/checks.ts';
import { nonNegativeCounts, validateReplicaCounts } from '../validation/replica-counts.ts';
import { mismatch, validateAlwaysRunning, validateTemplate } from '../validation/workload.ts';
import { ageColumn, containerColumns, formatLabels, nameColumn, replicaColumns } from './columns.ts';
import { scaleByReplicas } from './scale.ts';

type Spec = NonNullable<ReplicationController['spec']>;
type Status = NonNullable<ReplicationController['status']>;

export const replicationcontrollers: Kind<ReplicationController> = {
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  namespaced: true,
  storagePrefix: 'controllers',
  schema: 'io.k8s.api.core.v1.ReplicationController',
  shortNames: ['rc'],
  categories: ['all'],
  status: true,
  orphansByDefault: {},
  scale: scaleByReplicas(({ spec }) => spec?.selector && { matchLabels: spec.selector }),
  setDefaults: ({ metadata, spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    const { labels } = spec.template?.metadata ?? {};
    if (labels && isEqual(spec.selector ?? {}, {})) spec.selector = { ...labels };
    if (labels && isEqual(metadata.labels ?? {}, {})) metadata.labels = { ...labels };
    if (spec.template?.spec) setPodSpecDefaults(spec.template.spec);
  },
  validate: ({ spec = {} }) => [
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...(isEqual(spec.selector ?? {}, {}) ? [field.required('spec.selector')] : []),
    ...nonNegative('spec.replicas', spec.replicas),
    ...(spec.template ? validatePods(spec.template, spec.selector) : [field.required('spec.template')]),
  ],
  validateStatus: ({ status }) => [
    ...nonNegativeCounts<Status>(status, ['observedGeneration']),
    ...validateReplicaCounts<Status>(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ],
  strategy: {
    prepareForCreate: (controller) => {
      controller.status = { replicas: 0 };
    },
    prepareForUpdate: (controller, old) => {
      controller.status = old.status;
    },
  },
  fieldSelectors: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: [
    nameColumn,
    ...replicaColumns<ReplicationController>(),
    ageColumn,
    ...containerColumns<ReplicationController>(({ spec }) => spec?.template?.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Labels of the pods that belong to it.',
      cell: ({ spec }) => formatLabels(spec?.selector),
    },
  ],
};

const validatePods = (template: NonNullable<Spec['template']>, selector: Spec['selector']): FieldError[] => [
  ...(selector ? mismatch('spec.template', template, { matchLabels: selector }) : []),
  ...validateTemplate('spec.template', template),
  ...validateAlwaysRunning('spec.template', template, 'ReplicationController'),
];
