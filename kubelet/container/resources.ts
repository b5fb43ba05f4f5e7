/**
 * A container's requests and limits in the kernel's units.
 *
 * Upstream: pkg/kubelet/cm/helpers_linux.go, pkg/kubelet/qos/policy.go
 */
import { qosClass } from '../../api/pods.ts';
import { milliValue, value } from '../../api/quantity.ts';
import type { Container, Pod } from '../../api/types.ts';
import type { LinuxResources } from '../runtime/runtime.ts';

const period = 100_000;
const minShares = 2;
const minQuota = 1000;

/** `memoryCapacity`: bytes of the machine. */
export function linuxResources(pod: Pod, container: Container, memoryCapacity: number): LinuxResources {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const cpuRequest = milliValue(requests['cpu'] ?? limits['cpu'] ?? '0');
  const cpuLimit = limits['cpu'] === undefined ? 0 : milliValue(limits['cpu']);
  const memory = limits['memory'] === undefined ? 0 : value(limits['memory']);
  return {
    cpuShares: Math.max(minShares, Math.floor((cpuRequest * 1024) / 1000)),
    ...(cpuLimit > 0 && { cpuQuota: Math.max(minQuota, (cpuLimit * period) / 1000), cpuPeriod: period }),
    ...(memory > 0 && { memoryLimitBytes: memory }),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacity),
  };
}

/** Whom the kernel ends first when the machine runs out of memory. */
export function oomScoreAdj(pod: Pod, container: Container, memoryCapacity: number): number {
  const quality = qosClass(pod);
  if (quality === 'Guaranteed') return -997;
  if (quality === 'BestEffort') return 1000;
  const request = value(container.resources?.requests?.['memory'] ?? container.resources?.limits?.['memory'] ?? '0');
  const score = Math.floor(1000 - (1000 * request) / memoryCapacity);
  return Math.min(999, Math.max(3, score));
}
