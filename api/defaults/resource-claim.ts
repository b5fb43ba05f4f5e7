/** The defaults of a ResourceClaim, also inside a template. Upstream: pkg/apis/resource/v1/defaults.go */
import type { ResourceClaim } from '../types.ts';

type Spec = NonNullable<ResourceClaim['spec']>;

/** Changes the spec in place; idempotent. */
export function setResourceClaimDefaults(spec: Spec): void {
  for (const request of spec.devices?.requests ?? []) {
    for (const device of [...(request.exactly ? [request.exactly] : []), ...(request.firstAvailable ?? [])]) {
      device.allocationMode ||= 'ExactCount';
      if (device.allocationMode === 'ExactCount') device.count ||= 1;
      for (const toleration of device.tolerations ?? []) toleration.operator ||= 'Equal';
    }
  }
}
