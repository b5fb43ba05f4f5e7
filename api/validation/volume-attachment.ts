/**
 * The rules of a VolumeAttachment.
 * Upstream: pkg/apis/storage/validation (ValidateVolumeAttachment), pkg/apis/core/validation (ValidatePersistentVolumeSpec,
 * for a volume inside of it)
 */
import { type FieldError, field } from '../errors.ts';
import { dns1123SubdomainErrors } from '../names.ts';
import type { PersistentVolume, VolumeAttachment } from '../types.ts';
import { unchanged } from './changes.ts';
import { checkName, requireName } from './checks.ts';
import { validateAccessModes } from './storage.ts';

type Spec = VolumeAttachment['spec'];
type Status = NonNullable<VolumeAttachment['status']>;
type VolumeSpec = NonNullable<PersistentVolume['spec']>;

const maxMetadataBytes = 256 * 1024;
const maxMessageBytes = 1024;

export function validateAttachmentSpec(path: string, spec: Partial<Spec>): FieldError[] {
  const { attacher, nodeName = '', source = {} } = spec;
  return [
    ...requireName(`${path}.attacher`, attacher, dns1123SubdomainErrors),
    ...validateSource(`${path}.source`, source),
    ...dns1123SubdomainErrors(nodeName).map((why) => field.invalid(`${path}.nodeName`, nodeName, why)),
  ];
}

function validateSource(path: string, { inlineVolumeSpec, persistentVolumeName: name }: Spec['source']): FieldError[] {
  const why = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inlineVolumeSpec) {
    return name === undefined
      ? validateInlineVolume(`${path}.inlineVolumeSpec`, inlineVolumeSpec)
      : [field.forbidden(path, why)];
  }
  if (name === undefined) return [field.required(path, why)];
  return name
    ? checkName(`${path}.persistentVolumeName`, name, dns1123SubdomainErrors)
    : [field.required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName')];
}

/** A volume without an object of its own: of a driver, and with nothing that only an object can have. */
function validateInlineVolume(path: string, volume: VolumeSpec): FieldError[] {
  const context = 'in the context of inline volumes';
  const { persistentVolumeReclaimPolicy: policy, volumeMode: mode } = volume;
  const foreign = ['claimRef', 'capacity', 'nodeAffinity', 'storageClassName', 'volumeAttributesClassName'] as const;
  return [
    ...foreign
      .filter((name) => volume[name] !== undefined && Object.keys(volume[name]).length > 0)
      .map((name) => field.forbidden(`${path}.${name}`, `may not be specified ${context}`)),
    ...(volume.csi ? [] : [field.required(`${path}.csi`, `has to be specified ${context}`)]),
    ...validateAccessModes(`${path}.accessModes`, volume.accessModes),
    ...(policy && policy !== 'Retain'
      ? [field.forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${context}`)]
      : []),
    ...(mode && mode !== 'Filesystem'
      ? [field.forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${context}`)]
      : []),
  ];
}

/** Who wants another attachment makes another object. */
export const validateAttachmentUpdate = (path: string, spec: Spec, old: Spec): FieldError[] =>
  unchanged(path, spec, old);

export function validateAttachmentStatus(path: string, status: Status | undefined): FieldError[] {
  const metadata = Object.entries(status?.attachmentMetadata ?? {});
  const size = metadata.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...(size > maxMetadataBytes ? [field.tooLong(`${path}.attachmentMetadata`, maxMetadataBytes)] : []),
    ...validateVolumeError(`${path}.attachError`, status?.attachError),
    ...validateVolumeError(`${path}.detachError`, status?.detachError),
  ];
}

const validateVolumeError = (path: string, error: Status['attachError']): FieldError[] => [
  ...(Buffer.byteLength(error?.message ?? '') > maxMessageBytes
    ? [field.tooLong(`${path}.message`, maxMetadataBytes)]
    : []),
  ...((error?.errorCode ?? 0) < 0
    ? [field.invalid(`${path}.errorCode`, error?.errorCode, 'must be between 0 and 2147483647, inclusive')]
    : []),
];
