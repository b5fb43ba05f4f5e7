/**
 * PersistentVolumeClaim: a request for a volume, and the right to it.
 * Upstream: pkg/registry/core/persistentvolumeclaim/strategy.go, pkg/apis/core/validation (ValidatePersistentVolumeClaim)
 */
import { setClaimDefaults } from '../defaults/persistent-volume-claim.ts';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { isEqual } from '../patch/json.ts';
import { compareQuantities } from '../quantity.ts';
import type { PersistentVolumeClaim } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { formatAccessModes, storageClassOf } from '../validation/storage.ts';
import { validateVolumeClaimSpec } from '../validation/volume-claim.ts';
import { ageColumn, nameColumn, volumeModeColumn } from './columns.ts';

type Spec = NonNullable<PersistentVolumeClaim['spec']>;

const requested = ({ resources }: Spec): string | undefined => resources?.requests?.['storage'];

export const persistentvolumeclaims: Kind<PersistentVolumeClaim> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  shortNames: ['pvc'],
  generation: false,
  status: true,
  inert: true,
  setDefaults: setClaimDefaults,
  validate: (claim, old) => [
    ...validateVolumeClaimSpec('spec', claim.spec ?? {}),
    ...(old ? validateUpdate(claim, old) : []),
  ],
  validateStatus: ({ status }) =>
    Object.entries(status?.capacity ?? {})
      .filter(([, quantity]) => compareQuantities(quantity, '0') < 0)
      .map(([name, quantity]) =>
        field.invalid(`status.capacity[${name}]`, quantity, 'must be a valid resource quantity'),
      ),
  strategy: {
    prepareForCreate: (claim) => {
      claim.status = { phase: 'Pending' };
      if (claim.spec) fillDataSources(claim.spec);
    },
    prepareForUpdate: (claim, old) => {
      claim.status = old.status;
      if (claim.spec) fillDataSources(claim.spec);
    },
  },
  fieldSelectors: { name: ({ metadata }) => metadata.name ?? '' },
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Whether it has a volume.',
      cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    },
    {
      name: 'Volume',
      type: 'string',
      description: 'The volume that it has.',
      cell: ({ spec }) => spec?.volumeName ?? '',
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'How much that volume holds.',
      cell: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.['storage'] ?? '0') : ''),
    },
    {
      name: 'Access Modes',
      type: 'string',
      description: 'How that volume can be mounted.',
      cell: ({ spec, status }) => (spec?.volumeName ? formatAccessModes(status?.accessModes) : ''),
    },
    { name: 'StorageClass', type: 'string', description: 'StorageClass of the pvc', cell: storageClassOf },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      description: 'VolumeAttributesClass of the pvc',
      cell: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    },
    ageColumn,
    volumeModeColumn,
  ],
};

/** The old field for what a volume is filled with, and the new one, say the same where both can. */
function fillDataSources(spec: Spec): void {
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { namespace: _, ...source } = spec.dataSourceRef;
    spec.dataSource = source;
  }
}

/** A claim asks once; then it may get its volume and its class, and grow when it has a volume. */
function validateUpdate({ spec = {}, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const before = old.spec ?? {};
  const [size = '0', oldSize = '0'] = [requested(spec), requested(before)];
  return [
    ...(isEqual(fixedPart(spec, before, status?.phase), fixedPart(before, before, status?.phase))
      ? []
      : [
          field.forbidden(
            'spec',
            'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
          ),
        ]),
    ...(compareQuantities(size, oldSize) < 0 && compareQuantities(size, old.status?.capacity?.['storage']) <= 0
      ? [field.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')]
      : []),
    ...unchanged('volumeMode', spec.volumeMode, before.volumeMode),
    ...validateAttributesClassUpdate(spec.volumeAttributesClassName, before.volumeAttributesClassName),
  ];
}

function fixedPart(spec: Spec, old: Spec, phase: string | undefined): object {
  const { volumeName, storageClassName, volumeAttributesClassName: _, resources, ...rest } = spec;
  const { requests = {}, ...others } = resources ?? {};
  const { storage, ...otherRequests } = requests;
  return {
    ...rest,
    ...(old.volumeName && { volumeName }),
    ...(old.storageClassName !== undefined && { storageClassName }),
    resources: { ...others, requests: phase === 'Bound' ? otherRequests : { storage, ...otherRequests } },
  };
}

function validateAttributesClassUpdate(name: string | undefined, old: string | undefined): FieldError[] {
  if (old === undefined || name === old || name) return [];
  const to = name === undefined ? 'nil' : 'an empty string';
  return [field.forbidden('spec.volumeAttributesClassName', `update from non-nil value to ${to} is forbidden`)];
}
