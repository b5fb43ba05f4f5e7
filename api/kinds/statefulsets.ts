/**
 * StatefulSet: pods with a name and storage of their own each, made in order.
 * Upstream: pkg/registry/apps/statefulset/strategy.go, pkg/apis/apps (v1 defaults, ValidateStatefulSet)
 */
import { setClaimDefaults } from '../defaults/persistent-volume-claim.ts';
import { setPodSpecDefaults } from '../defaults/pod-spec.ts';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { isEqual } from '../patch/json.ts';
import type { StatefulSet } from '../types.ts';
import { nonNegative, oneOf } from '../validation/checks.ts';
import { atMostAll, intOrPercent, isZero } from '../validation/int-or-percent.ts';
import { nonNegativeCounts, notDecremented, validateReplicaCounts } from '../validation/replica-counts.ts';
import { mismatch, requireSelector, validateAlwaysRunning, validateTemplateMeta } from '../validation/workload.ts';
import { ageColumn, containerColumns, nameColumn } from './columns.ts';
import { scaleByReplicas } from './scale.ts';

type StatefulSetSpec = NonNullable<StatefulSet['spec']>;

/** What an update may change. */
const mutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export const statefulsets: Kind<StatefulSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  shortNames: ['sts'],
  categories: ['all'],
  nameRule: 'dns-label',
  status: true,
  inert: true,
  scale: scaleByReplicas(({ spec }) => spec?.selector),
  setDefaults: ({ spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.podManagementPolicy ||= 'OrderedReady';
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.partition ??= 0;
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ||= 'v1';
      claim.kind ||= 'PersistentVolumeClaim';
      setClaimDefaults(claim);
    }
    if (spec.template?.spec) setPodSpecDefaults(spec.template.spec);
  },
  validate: ({ spec }, old) => {
    if (!spec) return [field.required('spec.selector'), field.required('spec.template')];
    return [...validateSpec(spec), ...(old?.spec ? validateUpdate(spec, old.spec) : [])];
  },
  validateStatus: ({ status }, old) => [
    ...nonNegativeCounts<NonNullable<StatefulSet['status']>>(status, ['observedGeneration', 'collisionCount']),
    ...validateReplicaCounts<NonNullable<StatefulSet['status']>>(status, [
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
    ]),
    ...notDecremented('status.collisionCount', status?.collisionCount, old.status?.collisionCount),
  ],
  strategy: {
    prepareForCreate: (set) => {
      set.status = { replicas: 0, availableReplicas: 0 };
    },
    prepareForUpdate: (set, old) => {
      set.status = old.status;
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
    ageColumn,
    ...containerColumns<StatefulSet>(({ spec }) => spec?.template?.spec?.containers),
  ],
};

function validateSpec(spec: StatefulSetSpec): FieldError[] {
  const { selector, template, persistentVolumeClaimRetentionPolicy: retention } = spec;
  const policies = ['Delete', 'Retain'];
  return [
    ...validatePodManagement(spec.podManagementPolicy),
    ...validateUpdateStrategy(spec.updateStrategy),
    ...oneOf('spec.persistentVolumeClaimRetentionPolicy.whenDeleted', retention?.whenDeleted, policies),
    ...oneOf('spec.persistentVolumeClaimRetentionPolicy.whenScaled', retention?.whenScaled, policies),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...requireSelector('statefulset', selector),
    // The pods' own spec is checked when they are made, with the volumes that they get then.
    ...(template
      ? [
          ...(selector ? mismatch('spec.template', template, selector) : []),
          ...validateTemplateMeta('spec.template', template),
          ...validateAlwaysRunning('spec.template', template, 'StatefulSet'),
        ]
      : [field.required('spec.template')]),
  ];
}

const validatePodManagement = (policy: string | undefined): FieldError[] => {
  if (!policy) return [field.required('spec.podManagementPolicy')];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [field.invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")];
};

function validateUpdateStrategy(strategy: StatefulSetSpec['updateStrategy']): FieldError[] {
  const path = 'spec.updateStrategy';
  const { type, rollingUpdate } = strategy ?? {};
  if (!type) return [field.required(path)];
  const at = `${path}.rollingUpdate`;
  if (type === 'OnDelete') {
    const why = "only allowed for updateStrategy 'RollingUpdate'";
    return rollingUpdate ? [field.invalid(at, rollingUpdate, why)] : [];
  }
  if (type !== 'RollingUpdate') return [field.invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  return [
    ...nonNegative(`${at}.partition`, partition),
    ...intOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...(maxUnavailable !== undefined && isZero(maxUnavailable)
      ? [field.invalid(`${at}.maxUnavailable`, maxUnavailable, 'cannot be 0')]
      : []),
    ...atMostAll(`${at}.maxUnavailable`, maxUnavailable),
  ];
}

function validateUpdate(spec: StatefulSetSpec, old: StatefulSetSpec): FieldError[] {
  const fixed = (from: StatefulSetSpec): object =>
    Object.fromEntries(Object.entries(from).filter(([name]) => !(mutable as readonly string[]).includes(name)));
  if (isEqual(fixed(spec), fixed(old))) return [];
  const names = mutable.map((name) => `'${name}'`);
  const listed = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [field.forbidden('spec', `updates to statefulset spec for fields other than ${listed} are forbidden`)];
}
