/**
 * Volumes of a pod and their mounts.
 *
 * Upstream: pkg/apis/core/validation (ValidateVolumes, ValidateVolumeMounts)
 */
import { type FieldError, field } from '../errors.ts';
import { configMapKeyErrors, dns1123LabelErrors } from '../names.ts';
import { compareQuantities } from '../quantity.ts';
import type { Container, Volume } from '../types.ts';
import { between, chosen, duplicates, each, oneOf, required, requireName } from './checks.ts';
import { validateDriver } from './devices.ts';
import { validateFieldRef, validateResourceFieldRef, volumeFields } from './env.ts';
import { validateVolumeClaimSpec } from './volume-claim.ts';
import { validateVolumeSources } from './volume-sources.ts';

const hostPathTypes = [
  ...['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'],
];

export const validateVolumes = (path: string, volumes: Volume[] | undefined): FieldError[] => [
  ...each(path, volumes, (at, volume) => [
    ...requireName(`${at}.name`, volume.name, dns1123LabelErrors),
    ...validateSource(at, volume),
  ]),
  ...duplicates(path, volumes ?? [], 'name', (volume) => volume.name),
];

function validateSource(path: string, volume: Volume): FieldError[] {
  const { name: _, ...sources } = volume;
  const set = chosen(sources, Object.keys(sources));
  const {
    hostPath,
    emptyDir,
    configMap,
    secret,
    downwardAPI,
    projected,
    persistentVolumeClaim,
    csi,
    ephemeral,
    image,
  } = volume;
  return [
    ...(set.length === 0 ? [field.required(path, 'must specify a volume type')] : []),
    ...set.slice(1).map((type) => field.forbidden(`${path}.${type}`, 'may not specify more than 1 volume type')),
    ...(hostPath ? validateHostPath(`${path}.hostPath`, hostPath) : []),
    ...(emptyDir?.sizeLimit && compareQuantities(emptyDir.sizeLimit, '0') < 0
      ? [field.forbidden(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : []),
    ...(configMap
      ? [...required(`${path}.configMap.name`, configMap.name), ...validateItems(`${path}.configMap`, configMap)]
      : []),
    ...(secret
      ? [...required(`${path}.secret.secretName`, secret.secretName), ...validateItems(`${path}.secret`, secret)]
      : []),
    ...(downwardAPI ? validateDownward(`${path}.downwardAPI`, downwardAPI) : []),
    ...(projected ? validateProjected(`${path}.projected`, projected) : []),
    ...(persistentVolumeClaim
      ? required(`${path}.persistentVolumeClaim.claimName`, persistentVolumeClaim.claimName)
      : []),
    ...(csi ? validateDriver(`${path}.csi.driver`, csi.driver) : []),
    ...(ephemeral && !ephemeral.volumeClaimTemplate ? [field.required(`${path}.ephemeral.volumeClaimTemplate`)] : []),
    ...(ephemeral?.volumeClaimTemplate
      ? validateVolumeClaimSpec(`${path}.ephemeral.volumeClaimTemplate.spec`, ephemeral.volumeClaimTemplate.spec ?? {})
      : []),
    ...(image ? oneOf(`${path}.image.pullPolicy`, image.pullPolicy, ['Always', 'IfNotPresent', 'Never']) : []),
    ...validateVolumeSources(path, sources),
  ];
}

export const validateHostPath = (path: string, source: NonNullable<Volume['hostPath']>): FieldError[] => [
  ...required(`${path}.path`, source.path),
  ...(source.path.split('/').includes('..')
    ? [field.invalid(`${path}.path`, source.path, "must not contain '..'")]
    : []),
  ...oneOf(`${path}.type`, source.type, hostPathTypes),
];

const mode = (path: string, value: number | undefined): FieldError[] =>
  between(path, value, 0, 0o777).map(() =>
    field.invalid(path, value, 'must be a number between 0 and 0777 (octal), both inclusive'),
  );

interface Projection {
  items?: { key: string; path: string; mode?: number }[];
  defaultMode?: number;
}

const validateItems = (path: string, source: Projection): FieldError[] => [
  ...mode(`${path}.defaultMode`, source.defaultMode),
  ...each(`${path}.items`, source.items, (at, item) => [
    ...requireName(`${at}.key`, item.key, configMapKeyErrors),
    ...localPath(`${at}.path`, item.path),
    ...mode(`${at}.mode`, item.mode),
  ]),
];

const validateDownward = (path: string, source: NonNullable<Volume['downwardAPI']>): FieldError[] => [
  ...mode(`${path}.defaultMode`, source.defaultMode),
  ...each(`${path}.items`, source.items, (at, item) => [
    ...localPath(`${at}.path`, item.path),
    ...mode(`${at}.mode`, item.mode),
    ...(item.fieldRef ? validateFieldRef(`${at}.fieldRef`, item.fieldRef, volumeFields) : []),
    ...(item.resourceFieldRef ? validateResourceFieldRef(`${at}.resourceFieldRef`, item.resourceFieldRef) : []),
    ...(item.fieldRef || item.resourceFieldRef
      ? []
      : [field.required(at, 'one of fieldRef and resourceFieldRef is required')]),
  ]),
];

const validateProjected = (path: string, source: NonNullable<Volume['projected']>): FieldError[] => [
  ...mode(`${path}.defaultMode`, source.defaultMode),
  ...each(`${path}.sources`, source.sources, (at, { configMap, secret, downwardAPI, serviceAccountToken }) => [
    ...(configMap
      ? [...required(`${at}.configMap.name`, configMap.name), ...validateItems(`${at}.configMap`, configMap)]
      : []),
    ...(secret ? [...required(`${at}.secret.name`, secret.name), ...validateItems(`${at}.secret`, secret)] : []),
    ...(downwardAPI ? validateDownward(`${at}.downwardAPI`, downwardAPI) : []),
    ...(serviceAccountToken ? validateToken(path, `${at}.serviceAccountToken`, serviceAccountToken) : []),
  ]),
];

type TokenProjection = NonNullable<
  NonNullable<NonNullable<Volume['projected']>['sources']>[number]['serviceAccountToken']
>;

/** Kubernetes, too, says that the path is wrong as if it were the volume's. */
function validateToken(volume: string, path: string, { expirationSeconds, ...token }: TokenProjection): FieldError[] {
  const at = `${path}.expirationSeconds`;
  const wrong = (why: string): FieldError[] => [
    field.invalid(at, expirationSeconds, `may not specify a duration ${why}`),
  ];
  return [
    ...(expirationSeconds !== undefined && expirationSeconds < 600 ? wrong('less than 10 minutes') : []),
    ...(expirationSeconds !== undefined && expirationSeconds > 2 ** 32 ? wrong('larger than 2^32 seconds') : []),
    ...localPath(`${volume}.path`, token.path),
  ];
}

/** A path inside the volume. */
function localPath(path: string, value: string): FieldError[] {
  if (!value) return [field.required(path)];
  if (value.startsWith('/')) return [field.invalid(path, value, 'must be a relative path')];
  return value.split('/').includes('..') ? [field.invalid(path, value, "must not contain '..'")] : [];
}

/** Mounts of one container, against the volumes that the pod has. */
export const validateVolumeMounts = (
  path: string,
  container: Container,
  volumes: ReadonlySet<string>,
): FieldError[] => {
  const paths = new Set<string>();
  return each(path, container.volumeMounts, (at, mount) => {
    const repeated = paths.has(mount.mountPath);
    paths.add(mount.mountPath);
    return [
      ...required(`${at}.name`, mount.name),
      ...(mount.name && !volumes.has(mount.name) ? [field.notFound(`${at}.name`, mount.name)] : []),
      ...required(`${at}.mountPath`, mount.mountPath),
      ...(repeated ? [field.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique')] : []),
      ...(mount.subPath && mount.subPathExpr
        ? [field.invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive')]
        : []),
      ...(mount.subPath ? localPath(`${at}.subPath`, mount.subPath) : []),
      ...(mount.subPathExpr ? localPath(`${at}.subPathExpr`, mount.subPathExpr) : []),
      ...oneOf(`${at}.mountPropagation`, mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None']),
    ];
  });
};

/** Raw block devices of one container: volumes of the pod that are claims, each once. */
export function validateVolumeDevices(
  path: string,
  { volumeDevices, volumeMounts }: Container,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const mounted = new Set((volumeMounts ?? []).map(({ name }) => name));
  return [
    ...each(path, volumeDevices, (at, { name, devicePath }) => [
      ...(!name ? [field.required(`${at}.name`)] : volumes.has(name) ? [] : [field.notFound(`${at}.name`, name)]),
      ...(name && mounted.has(name)
        ? [field.invalid(`${at}.name`, name, 'must not already exist in volumeMounts')]
        : []),
      ...(devicePath ? localPathErrors(`${at}.devicePath`, devicePath) : [field.required(`${at}.devicePath`)]),
    ]),
    ...duplicates(path, volumeDevices ?? [], 'name', ({ name }) => name),
    ...duplicates(path, volumeDevices ?? [], 'devicePath', ({ devicePath }) => devicePath),
  ];
}

const localPathErrors = (path: string, value: string): FieldError[] =>
  value.split('/').includes('..') ? [field.invalid(path, value, "must not contain '..'")] : [];
