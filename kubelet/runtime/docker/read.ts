/**
 * Docker's answers as the kubelet's sandboxes, containers and statuses. Pure.
 *
 * Upstream: cri-dockerd core/convert.go, core/container_status.go
 */
import type { ContainerInfo, ContainerInspectInfo, HostConfig } from 'dockerode';
import { podNameLabel, podNamespaceLabel, podUidLabel } from '../labels.ts';
import type { LinuxResources, PodSandbox, RuntimeContainer, RuntimeContainerStatus } from '../runtime.ts';
import { addressLabel, parseDockerName, sandboxIdLabel, splitLabels } from './create-options.ts';

/** A pause container from Docker's list. */
export function toPodSandbox(info: ContainerInfo): PodSandbox {
  const { labels, annotations } = splitLabels(info.Labels);
  return {
    id: info.Id,
    metadata: {
      name: labels[podNameLabel] ?? '',
      namespace: labels[podNamespaceLabel] ?? '',
      uid: labels[podUidLabel] ?? '',
      attempt: parseDockerName(info.Names[0] ?? '').attempt,
    },
    state: info.State === 'running' ? 'ready' : 'notready',
    createdAt: info.Created * 1000,
    labels,
    annotations,
    hostNetwork: info.HostConfig.NetworkMode === 'host',
    ip: labels[addressLabel],
  };
}

const states: Record<string, RuntimeContainer['state']> = {
  created: 'created',
  running: 'running',
  paused: 'running',
  exited: 'exited',
  dead: 'exited',
};

/** A container from Docker's list. */
export function toContainer(info: ContainerInfo): RuntimeContainer {
  const { labels, annotations } = splitLabels(info.Labels);
  const { container, attempt } = parseDockerName(info.Names[0] ?? '');
  return {
    id: info.Id,
    podSandboxId: labels[sandboxIdLabel] ?? '',
    metadata: { name: container, attempt },
    state: states[info.State] ?? 'unknown',
    createdAt: info.Created * 1000,
    labels,
    annotations,
  };
}

/** Docker writes the year 1 for a time that has not come. */
const timeOf = (text: string): number => Math.max(0, Date.parse(text) || 0);

/** Everything about one container. `outOfMemory`: an event has said so, which the record may lack. */
export function toContainerStatus(info: ContainerInspectInfo, outOfMemory: boolean): RuntimeContainerStatus {
  const { labels, annotations } = splitLabels(info.Config.Labels);
  const { container, attempt } = parseDockerName(info.Name);
  const created = timeOf(info.Created);
  const base = {
    id: info.Id,
    podSandboxId: labels[sandboxIdLabel] ?? '',
    metadata: { name: container, attempt },
    createdAt: created,
    labels,
    annotations,
    image: info.Config.Image,
    imageRef: `docker://${info.Image}`,
    startedAt: timeOf(info.State.StartedAt),
    finishedAt: timeOf(info.State.FinishedAt),
    exitCode: info.State.ExitCode,
    message: info.State.Error ?? '',
    resources: resourcesOf(info.HostConfig),
  };
  if (info.State.Running) return { ...base, state: 'running', finishedAt: 0, exitCode: 0, reason: '' };
  if (base.startedAt > 0) return { ...base, state: 'exited', reason: exitReason(info, outOfMemory) };
  // Docker leaves a container that it could not start as "created", with what went wrong.
  if (info.State.ExitCode !== 0)
    return { ...base, state: 'exited', startedAt: created, finishedAt: created, reason: 'ContainerCannotRun' };
  return { ...base, state: 'created', reason: '' };
}

/** Docker writes 0 for what was not set. */
const resourcesOf = ({ CpuShares, CpuQuota, CpuPeriod, Memory }: HostConfig): LinuxResources => ({
  ...(CpuShares && { cpuShares: CpuShares }),
  ...(CpuQuota && { cpuQuota: CpuQuota, ...(CpuPeriod && { cpuPeriod: CpuPeriod }) }),
  ...(Memory && { memoryLimitBytes: Memory }),
});

/** The kernel kills with SIGKILL; another exit code means that it took a process which was not the container's first. */
function exitReason({ State }: ContainerInspectInfo, outOfMemory: boolean): string {
  if (State.OOMKilled || (outOfMemory && State.ExitCode === 128 + 9)) return 'OOMKilled';
  if (State.ExitCode === 0) return 'Completed';
  return State.Error ? 'ContainerCannotRun' : 'Error';
}
