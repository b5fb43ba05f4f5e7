/**
 * A pod's sandbox, and the files that all its containers see: `/etc/hosts` and `/etc/resolv.conf`.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_sandbox.go, pkg/kubelet/kubelet_pods.go
 */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Pod } from '../../api/types.ts';
import { hostsPath, resolvConfPath } from '../container/container-config.ts';
import { type DnsSettings, formatResolvConf, lacksClusterDns, podDns } from '../container/dns.ts';
import type { PodPlace } from '../container/field-value.ts';
import { hostsFile, podDomain, podHostname } from '../container/hosts-file.ts';
import { sandboxConfig } from '../container/sandbox-config.ts';
import { type Runtime, RuntimeError } from '../runtime/runtime.ts';
import type { MountedVolumes } from '../volumes/volume-manager.ts';
import { podFullName } from './compute-pod-actions.ts';
import { currentSandbox, type ObservedPod } from './observed.ts';
import type { PodCache } from './pod-cache.ts';
import type { PodRecorder } from './pod-events.ts';
import type { StartedSandbox } from './start-container.ts';

export interface SandboxContext {
  runtime: Runtime;
  cache: PodCache;
  recorder: PodRecorder;
  hostIP: string;
  dns: DnsSettings;
  /** Text of the node's own hosts file. */
  hostsOfNode: string;
  podDirectory(uid: string): string;
}

/** Makes the sandbox of that attempt, or takes the present one when `attempt` is undefined. */
export async function ensureSandbox(
  context: SandboxContext,
  pod: Pod,
  observed: ObservedPod,
  attempt: number | undefined,
  volumes: MountedVolumes,
): Promise<StartedSandbox> {
  const { runtime, cache, hostIP } = context;
  const uid = pod.metadata.uid ?? '';
  const podDirectory = context.podDirectory(uid);
  const config = sandboxConfig(pod, attempt ?? currentSandbox(observed)!.metadata.attempt);
  let current = currentSandbox(observed);
  if (attempt !== undefined) {
    const id = await runtime.runPodSandbox(config);
    cache.invalidate(uid);
    current = (await cache.get(uid)).sandboxes.find((s) => s.id === id);
  }
  if (!current) throw new RuntimeError('NotFound', 'the sandbox is gone');
  const place = { hostIP, podIP: pod.spec?.hostNetwork ? hostIP : current.ip };
  if (attempt !== undefined) await writeSharedFiles(context, pod, podDirectory, place);
  return { id: current.id, config, place, volumes, podDirectory };
}

async function writeSharedFiles(
  context: SandboxContext,
  pod: Pod,
  directory: string,
  { podIP }: PodPlace,
): Promise<void> {
  const { dns, hostsOfNode, recorder } = context;
  if (lacksClusterDns(pod, dns)) {
    const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
    const text = `kubelet does not have ClusterDNS IP configured and cannot create Pod using "${policy}" policy`;
    const message = `pod: "${podFullName(pod)}". ${text}. Falling back to "Default" policy.`;
    recorder.event(pod, 'Warning', 'MissingClusterDNS', message);
  }
  await mkdir(directory, { recursive: true });
  const hosts = hostsFile(pod, podIP, podHostname(pod), podDomain(pod, dns.clusterDomain), hostsOfNode);
  await writeFile(hostsPath(directory), hosts);
  await writeFile(resolvConfPath(directory), formatResolvConf(podDns(pod, dns)));
}
