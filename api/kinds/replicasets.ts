/** ReplicaSet: so many pods like this one. Upstream: pkg/registry/apps/replicaset/strategy.go, pkg/apis/apps */
import { setPodSpecDefaults } from '../defaults/pod-spec.ts';
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { ReplicaSet } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { nonNegativeCounts, validateReplicaCounts } from '../validation/replica-counts.ts';
import { validateWorkload } from '../validation/workload.ts';
import { ageColumn, containerColumns, nameColumn, replicaColumns, selectorColumn } from './columns.ts';
import { scaleByReplicas } from './scale.ts';

type ReplicaSetStatus = NonNullable<ReplicaSet['status']>;

export const replicasets: Kind<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  scale: scaleByReplicas(({ spec }) => spec?.selector),
  setDefaults: ({ spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    if (spec.template?.spec) setPodSpecDefaults(spec.template.spec);
  },
  validate: ({ spec }, old) => {
    if (!spec) return [field.required('spec.selector'), field.required('spec.template')];
    return [
      ...validateWorkload('deployment', spec),
      ...(old ? unchanged('spec.selector', spec.selector, old.spec?.selector) : []),
    ];
  },
  validateStatus: ({ status }) => [
    ...nonNegativeCounts<ReplicaSetStatus>(status, ['observedGeneration']),
    ...validateReplicaCounts<ReplicaSetStatus>(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ],
  strategy: {
    prepareForCreate: (set) => {
      set.status = { replicas: 0 };
    },
    prepareForUpdate: (set, old) => {
      set.status = old.status;
    },
  },
  fieldSelectors: { 'status.replicas': (set) => String(set.status?.replicas ?? 0) },
  columns: [
    nameColumn,
    ...replicaColumns<ReplicaSet>(),
    ageColumn,
    ...containerColumns<ReplicaSet>((set) => set.spec?.template?.spec?.containers),
    selectorColumn((set) => set.spec?.selector),
  ],
};
