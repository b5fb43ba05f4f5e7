/** A pod's sandbox, as the runtime is to make it. Upstream: pkg/kubelet/kuberuntime/kuberuntime_sandbox.go */
import type { Pod } from '../../api/types.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../runtime/labels.ts';
import type { PodSandboxConfig, PortMapping } from '../runtime/runtime.ts';
import { podHostname } from './hosts-file.ts';

/** Labels that every sandbox and container of the pod carries. */
export const podLabels = (pod: Pod): Record<string, string> => ({
  [podNameLabel]: pod.metadata.name ?? '',
  [podNamespaceLabel]: pod.metadata.namespace ?? '',
  [podUidLabel]: pod.metadata.uid ?? '',
});

export function sandboxConfig(pod: Pod, attempt: number): PodSandboxConfig {
  const { spec, metadata } = pod;
  return {
    metadata: { name: metadata.name ?? '', namespace: metadata.namespace ?? '', uid: metadata.uid ?? '', attempt },
    hostname: podHostname(pod),
    labels: { ...metadata.labels, ...podLabels(pod), [containerNameLabel]: 'POD' },
    annotations: metadata.annotations ?? {},
    portMappings: spec?.hostNetwork ? [] : portMappings(pod),
    hostNetwork: spec?.hostNetwork ?? false,
    hostPID: spec?.hostPID ?? false,
    hostIPC: spec?.hostIPC ?? false,
    shareProcessNamespace: spec?.shareProcessNamespace ?? false,
    sysctls: Object.fromEntries((spec?.securityContext?.sysctls ?? []).map((s) => [s.name, s.value])),
  };
}

const portMappings = (pod: Pod): PortMapping[] =>
  (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => port.hostPort)
      .map((port) => ({
        protocol: (port.protocol ?? 'TCP') as PortMapping['protocol'],
        containerPort: port.containerPort,
        hostPort: port.hostPort!,
        hostIP: port.hostIP,
      })),
  );
