/** The defaults of where a volume comes from, in a pod and in a PersistentVolume. Upstream: pkg/apis/core/v1/defaults.go */
import type { PersistentVolume, Volume } from '../types.ts';

type Sources = Pick<Volume | NonNullable<PersistentVolume['spec']>, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>;

/** What a source is taken to mean where it says nothing. */
export function setVolumeSourceDefaults({ iscsi, rbd, azureDisk, scaleIO }: Sources): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
