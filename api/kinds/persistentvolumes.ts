/**
 * PersistentVolume: storage that outlives pods, for one claim at a time.
 * Upstream: pkg/registry/core/persistentvolume/strategy.go, pkg/apis/core (v1 defaults, ValidatePersistentVolume)
 */
import { setVolumeSourceDefaults } from '../defaults/volume-sources.ts';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { dns1123SubdomainErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import { compareQuantities } from '../quantity.ts';
import type { PersistentVolume } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { checkName, chosen, oneOf, required } from '../validation/checks.ts';
import { validateNodeSelector } from '../validation/node-selector.ts';
import { positiveQuantity } from '../validation/resource-names.ts';
import { formatAccessModes, storageClassOf, validateAccessModes, volumeModes } from '../validation/storage.ts';
import { validateVolumeSources } from '../validation/volume-sources.ts';
import { validateHostPath } from '../validation/volumes.ts';
import { ageColumn, nameColumn, volumeModeColumn } from './columns.ts';

type Spec = NonNullable<PersistentVolume['spec']>;

const sources = [
  ...['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte'],
  ...['cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume', 'azureFile', 'vsphereVolume', 'photonPersistentDisk'],
  ...['portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi'],
] as const;

export const persistentvolumes: Kind<PersistentVolume> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  shortNames: ['pv'],
  generation: false,
  status: true,
  inert: true,
  setDefaults: ({ spec }) => {
    if (!spec) return;
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
    setVolumeSourceDefaults(spec);
  },
  validate: ({ spec = {} }, old) => [...validateSpec(spec), ...(old ? validateUpdate(spec, old.spec ?? {}) : [])],
  strategy: {
    prepareForCreate: (volume, { now }) => {
      volume.status = { phase: 'Pending', lastPhaseTransitionTime: now };
    },
    prepareForUpdate: (volume, old) => {
      volume.status = old.status;
    },
    prepareForStatusUpdate: ({ status }, old, { now }) => {
      const time = old.status?.lastPhaseTransitionTime;
      if (!status || status.phase === old.status?.phase) return;
      if (!status.lastPhaseTransitionTime || status.lastPhaseTransitionTime === time) {
        status.lastPhaseTransitionTime = now;
      }
    },
  },
  fieldSelectors: { name: ({ metadata }) => metadata.name ?? '' },
  columns: [
    nameColumn,
    {
      name: 'Capacity',
      type: 'string',
      description: 'How much it holds.',
      cell: (v) => v.spec?.capacity?.['storage'] ?? '0',
    },
    {
      name: 'Access Modes',
      type: 'string',
      description: 'How it can be mounted.',
      cell: ({ spec }) => formatAccessModes(spec?.accessModes),
    },
    {
      name: 'Reclaim Policy',
      type: 'string',
      description: 'What becomes of it without its claim.',
      cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    },
    {
      name: 'Status',
      type: 'string',
      description: 'Whether a claim has it.',
      cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    },
    {
      name: 'Claim',
      type: 'string',
      description: 'The claim that has it.',
      cell: ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : ''),
    },
    { name: 'StorageClass', type: 'string', description: 'StorageClass of the pv', cell: storageClassOf },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      description: 'VolumeAttributesClass of the pv',
      cell: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    },
    {
      name: 'Reason',
      type: 'string',
      description: 'Why it is in that state.',
      cell: ({ status }) => status?.reason ?? '',
    },
    ageColumn,
    volumeModeColumn,
  ],
};

function validateSpec(spec: Spec): FieldError[] {
  const reclaim = spec.persistentVolumeReclaimPolicy || undefined;
  return [
    ...validateAccessModes('spec.accessModes', spec.accessModes),
    ...validateCapacity('spec.capacity', spec.capacity ?? {}),
    ...oneOf('spec.persistentVolumeReclaimPolicy', reclaim, ['Delete', 'Recycle', 'Retain']),
    ...(spec.nodeAffinity
      ? spec.nodeAffinity.required
        ? validateNodeSelector('spec.nodeAffinity.required', spec.nodeAffinity.required)
        : [field.required('spec.nodeAffinity.required', 'must specify required node constraints')]
      : []),
    ...validateSource(spec),
    ...(reclaim === 'Recycle' && /^\/+(\.\/*)*$/.test(spec.hostPath?.path ?? '')
      ? [field.forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")]
      : []),
    ...checkName('spec.storageClassName', spec.storageClassName, dns1123SubdomainErrors),
    ...oneOf('spec.volumeMode', spec.volumeMode, volumeModes),
    ...(spec.volumeAttributesClassName !== undefined ? validateAttributesClass(spec) : []),
  ];
}

function validateCapacity(path: string, capacity: Record<string, string>): FieldError[] {
  const names = Object.keys(capacity);
  return [
    ...(names.length === 0 ? [field.required(path)] : []),
    ...(!Object.hasOwn(capacity, 'storage') || names.length > 1
      ? [field.notSupported(path, capacity, ['storage'])]
      : []),
    ...Object.entries(capacity).flatMap(([name, quantity]) => [
      ...(compareQuantities(quantity, '0') < 0
        ? [field.invalid(`${path}[${name}]`, quantity, 'must be a valid resource quantity')]
        : []),
      ...positiveQuantity(`${path}[${name}]`, quantity),
    ]),
  ];
}

function validateSource(spec: Spec): FieldError[] {
  const [first, ...others] = chosen(spec, sources);
  if (first === undefined) return [field.required('spec', 'must specify a volume type')];
  return [
    ...validateFirstSource(first, spec),
    ...others.map((name) => field.forbidden(`spec.${name}`, 'may not specify more than 1 volume type')),
  ];
}

function validateFirstSource(name: string, spec: Spec): FieldError[] {
  const { hostPath, local, csi, nodeAffinity } = spec;
  if (name === 'hostPath') return validateHostPath('spec.hostPath', hostPath!);
  if (name === 'local') {
    return [
      ...required('spec.local.path', local!.path),
      ...(local!.path?.split('/').includes('..')
        ? [field.invalid('spec.local.path', local!.path, "must not contain '..'")]
        : []),
      ...(nodeAffinity ? [] : [field.required('spec.nodeAffinity', 'Local volume requires node affinity')]),
    ];
  }
  if (name !== 'csi') return validateVolumeSources('spec', { [name]: spec[name as keyof Spec] });
  return [...required('spec.csi.driver', csi!.driver), ...required('spec.csi.volumeHandle', csi!.volumeHandle)];
}

const validateAttributesClass = (spec: Spec): FieldError[] => [
  ...(spec.volumeAttributesClassName
    ? checkName('spec.volumeAttributesClassName', spec.volumeAttributesClassName, dns1123SubdomainErrors)
    : [field.required('spec.volumeAttributesClassName', 'an empty string is disallowed')]),
  ...(spec.csi ? [] : [field.required('spec.csi', 'has to be specified when using volumeAttributesClassName')]),
];

/** Where the storage is stays; a secret for growing it may still be named. */
function validateUpdate(spec: Spec, old: Spec): FieldError[] {
  const sourceOf = (from: Spec): object => Object.fromEntries(sources.map((name) => [name, from[name]]));
  const named = old.csi && !old.csi.controllerExpandSecretRef && spec.csi;
  const { controllerExpandSecretRef: _, ...csi } = spec.csi ?? {};
  const compared = named ? { ...spec, csi: csi as Spec['csi'] } : spec;
  return [
    ...(isEqual(sourceOf(compared), sourceOf(old))
      ? []
      : [field.forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')]),
    ...unchanged('volumeMode', spec.volumeMode, old.volumeMode),
    ...(old.nodeAffinity ? unchanged('nodeAffinity', spec.nodeAffinity, old.nodeAffinity) : []),
    ...(old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined
      ? [field.forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')]
      : []),
  ];
}
