/** What a PersistentVolumeClaim means. Upstream: component-helpers/storage/volume (GetPersistentVolumeClaimClass) */
import type { PersistentVolumeClaim } from './types.ts';

/** The name of the claim's StorageClass, empty when it has none. The annotation is how claims said it once. */
export const classOfClaim = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '';
