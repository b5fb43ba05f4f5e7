/**
 * The names of the other objects that a pod, or a volume, refers to. Names come as often as they stand there.
 *
 * Upstream: pkg/api/v1/pod/util.go (VisitPodSecretNames, VisitPodConfigmapNames), pkg/api/v1/persistentvolume/util.go
 */
import type { Container, PersistentVolume, Pod, Volume } from './types.ts';

export interface SecretReference {
  namespace: string;
  name: string;
}

type Names = (string | undefined)[];

const present = (names: Names): string[] => names.filter((name): name is string => name !== undefined && name !== '');

const containersOf = ({ spec }: Pod): Pick<Container, 'env' | 'envFrom'>[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
  ...(spec?.ephemeralContainers ?? []),
];

/** Secrets of the pod's namespace: for pulling images, in the environment, and in volumes. */
export const secretNamesOf = (pod: Pod): string[] =>
  present([
    ...(pod.spec?.imagePullSecrets ?? []).map(({ name }) => name),
    ...containersOf(pod).flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ]),
    ...(pod.spec?.volumes ?? []).flatMap(secretsOfVolume),
  ]);

const secretsOfVolume = (volume: Volume): Names => [
  volume.secret?.secretName,
  ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
  volume.azureFile?.secretName,
  volume.cephfs?.secretRef?.name,
  volume.cinder?.secretRef?.name,
  volume.csi?.nodePublishSecretRef?.name,
  volume.flexVolume?.secretRef?.name,
  volume.iscsi?.secretRef?.name,
  volume.rbd?.secretRef?.name,
  volume.scaleIO?.secretRef?.name,
  volume.storageos?.secretRef?.name,
];

/** ConfigMaps of the pod's namespace: in the environment, and in volumes. */
export const configMapNamesOf = (pod: Pod): string[] =>
  present([
    ...containersOf(pod).flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    ]),
    ...(pod.spec?.volumes ?? []).flatMap(({ configMap, projected }) => [
      configMap?.name,
      ...(projected?.sources ?? []).map((source) => source.configMap?.name),
    ]),
  ]);

/** PersistentVolumeClaims of the pod's namespace; that of an ephemeral volume is named after pod and volume. */
export const claimNamesOf = ({ metadata, spec }: Pod): string[] =>
  present(
    (spec?.volumes ?? []).map(
      ({ name, persistentVolumeClaim, ephemeral }) =>
        persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`),
    ),
  );

/** ResourceClaims of the pod's namespace, as far as they have been made. */
export const resourceClaimNamesOf = ({ spec, status }: Pod): string[] =>
  present([
    ...(spec?.resourceClaims ?? []).map(
      ({ name, resourceClaimName }) =>
        resourceClaimName ?? status?.resourceClaimStatuses?.find((claim) => claim.name === name)?.resourceClaimName,
    ),
    status?.extendedResourceClaimStatus?.resourceClaimName,
  ]);

/** The Secrets that a kubelet needs to mount a bound volume. */
export function secretsOfPersistentVolume({ spec }: PersistentVolume): SecretReference[] {
  const claimed = spec?.claimRef?.namespace ?? '';
  const { azureFile, csi } = spec ?? {};
  const references = [
    azureFile && { name: azureFile.secretName, namespace: azureFile.secretNamespace },
    spec?.cephfs?.secretRef,
    spec?.cinder?.secretRef,
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
    spec?.flexVolume?.secretRef,
    spec?.iscsi?.secretRef,
    spec?.rbd?.secretRef,
    spec?.scaleIO?.secretRef,
    spec?.storageos?.secretRef,
  ];
  return references.flatMap((ref) => (ref?.name ? [{ name: ref.name, namespace: ref.namespace || claimed }] : []));
}
