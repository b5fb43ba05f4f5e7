/** The defaults of a PersistentVolumeClaim, also as a template. Upstream: pkg/apis/core/v1/defaults.go */
import type { PersistentVolumeClaim } from '../types.ts';

export function setClaimDefaults(claim: Pick<PersistentVolumeClaim, 'spec' | 'status'>): void {
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  if (claim.spec) claim.spec.volumeMode ??= 'Filesystem';
}
