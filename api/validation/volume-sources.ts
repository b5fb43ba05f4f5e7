/**
 * Where the content of a volume comes from, when it is not the cluster: what each source cannot be without. The same sources
 * stand in pods and in PersistentVolumes.
 *
 * Upstream: pkg/apis/core/validation (validateNFSVolumeSource, validateISCSIVolumeSource, ...)
 */
import { type FieldError, field } from '../errors.ts';
import { between, required } from './checks.ts';

/** Fields that must be there, by source. */
const needed: Record<string, readonly string[]> = {
  awsElasticBlockStore: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  azureFile: ['secretName', 'shareName'],
  cephfs: ['monitors'],
  cinder: ['volumeID'],
  flexVolume: ['driver'],
  gcePersistentDisk: ['pdName'],
  gitRepo: ['repository'],
  glusterfs: ['endpoints', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  nfs: ['server', 'path'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  quobyte: ['registry', 'volume'],
  rbd: ['monitors', 'image'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  vsphereVolume: ['volumePath'],
};

interface Sources {
  awsElasticBlockStore?: { partition?: number };
  fc?: { targetWWNs?: string[]; wwids?: string[]; lun?: number };
  flocker?: { datasetName?: string; datasetUUID?: string };
  gcePersistentDisk?: { partition?: number };
  iscsi?: { iqn?: string; lun?: number };
  nfs?: { path?: string };
}

/** What the sources at `path` miss, or have wrong. */
export function validateVolumeSources(path: string, volume: object): FieldError[] {
  const { iscsi, nfs, gcePersistentDisk, awsElasticBlockStore, fc, flocker } = volume as Sources;
  return [
    ...Object.entries(volume).flatMap(([source, value]) =>
      Object.hasOwn(needed, source) && typeof value === 'object' && value !== null
        ? needed[source]!.flatMap((name) => missing(`${path}.${source}.${name}`, (value as Values)[name]))
        : [],
    ),
    ...(nfs?.path && !nfs.path.startsWith('/')
      ? [field.invalid(`${path}.nfs.path`, nfs.path, 'must be an absolute path')]
      : []),
    ...between(`${path}.gcePersistentDisk.partition`, gcePersistentDisk?.partition, 0, 255),
    ...between(`${path}.awsElasticBlockStore.partition`, awsElasticBlockStore?.partition, 0, 255),
    ...between(`${path}.iscsi.lun`, iscsi?.lun, 0, 255),
    ...(iscsi?.iqn && !/^(iqn|eui|naa)/.test(iscsi.iqn)
      ? [field.invalid(`${path}.iscsi.iqn`, iscsi.iqn, 'must be valid format starting with iqn, eui, or naa')]
      : []),
    ...(flocker && !flocker.datasetName && !flocker.datasetUUID
      ? [field.required(`${path}.flocker`, 'one of datasetName and datasetUUID is required')]
      : []),
    ...(fc && !fc.targetWWNs?.length && !fc.wwids?.length
      ? [field.required(`${path}.fc.targetWWNs`, 'must specify either targetWWNs or wwids, but not both')]
      : []),
    ...(fc?.targetWWNs?.length && fc.lun === undefined
      ? [field.required(`${path}.fc.lun`, 'lun is required if targetWWNs is specified')]
      : []),
  ];
}

type Values = Record<string, unknown>;

const missing = (path: string, value: unknown): FieldError[] =>
  Array.isArray(value) && value.length === 0 ? [field.required(path)] : required(path, value);
