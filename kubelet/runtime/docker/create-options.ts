/**
 * Sandboxes and containers as Docker's create requests: names, labels and limits in the form that dockershim gave them.
 * Pure.
 *
 * Upstream: pkg/kubelet/dockershim (until 1.23; now cri-dockerd): naming.go, docker_sandbox.go, docker_container.go
 */
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import { clusterLabel, nodeLabel } from '../labels.ts';
import type { ContainerConfig, LinuxResources, PodSandboxConfig, PodSandboxMetadata } from '../runtime.ts';

/** Which cluster and node a container belongs to, and where host ports are bound. */
export interface Owner {
  cluster: string;
  node: string;
  nodeIp: string;
}

export const typeLabel = 'io.kubernetes.docker.type';
export const sandboxIdLabel = 'io.kubernetes.sandbox.id';
/** The sandbox's address, so that it is known when the sandbox has stopped, too. */
export const addressLabel = 'io.minik.pod.ip';
const annotationPrefix = 'annotation.';

/** The `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT` that everyone greps for. */
export const dockerName = (container: string, pod: PodSandboxMetadata, attempt: number): string =>
  `k8s_${container}_${pod.name}_${pod.namespace}_${pod.uid}_${attempt}`;

export const sandboxName = (pod: PodSandboxMetadata): string => dockerName('POD', pod, pod.attempt);

/** Splits what `dockerName` joined: the container's name and attempt. */
export function parseDockerName(name: string): { container: string; attempt: number } {
  const parts = name.replace(/^\//, '').split('_');
  return { container: parts[1] ?? '', attempt: Number(parts[5] ?? 0) };
}

const ownerLabels = (owner: Owner): Record<string, string> => ({
  [clusterLabel]: owner.cluster,
  [nodeLabel]: owner.node,
});

const withAnnotations = (
  labels: Record<string, string>,
  annotations: Record<string, string>,
): Record<string, string> => {
  const all = { ...labels };
  for (const [key, value] of Object.entries(annotations)) all[annotationPrefix + key] = value;
  return all;
};

/** Splits Docker's labels into the kubelet's labels and annotations. */
export function splitLabels(all: Record<string, string>): {
  labels: Record<string, string>;
  annotations: Record<string, string>;
} {
  const labels: Record<string, string> = {};
  const annotations: Record<string, string> = {};
  for (const [key, value] of Object.entries(all)) {
    if (key.startsWith(annotationPrefix)) annotations[key.slice(annotationPrefix.length)] = value;
    else labels[key] = value;
  }
  return { labels, annotations };
}

/** The filter that lists what belongs to the owner, or to one of its pods. */
export const ownerFilter = (owner: Owner, ...labels: string[]): { label: string[] } => ({
  label: [`${clusterLabel}=${owner.cluster}`, `${nodeLabel}=${owner.node}`, ...labels],
});

/** The pause container. `ip` is absent on the host's network. */
export function sandboxOptions(
  config: PodSandboxConfig,
  owner: Owner,
  image: string,
  network: string,
  ip: string | undefined,
): ContainerCreateOptions {
  const labels = {
    ...config.labels,
    ...ownerLabels(owner),
    [typeLabel]: 'podsandbox',
    ...(ip && { [addressLabel]: ip }),
  };
  return {
    name: sandboxName(config.metadata),
    Image: image,
    Labels: withAnnotations(labels, config.annotations),
    ...(!config.hostNetwork && { Hostname: config.hostname }),
    ...exposedPorts(config),
    ...(ip && { NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: ip } } } } }),
    HostConfig: {
      NetworkMode: config.hostNetwork ? 'host' : network,
      IpcMode: config.hostIPC ? 'host' : 'shareable',
      ...(config.hostPID && { PidMode: 'host' }),
      ...(config.hostNetwork && { UTSMode: 'host' }),
      PortBindings: portBindings(config, owner),
      ...(Object.keys(config.sysctls).length > 0 && { Sysctls: config.sysctls }),
      CpuShares: 2,
      LogConfig: { Type: 'none', Config: {} },
      SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
    },
  };
}

const portKey = (p: { containerPort: number; protocol: string }): string =>
  `${p.containerPort}/${p.protocol.toLowerCase()}`;

const exposedPorts = (config: PodSandboxConfig): Pick<ContainerCreateOptions, 'ExposedPorts'> =>
  config.portMappings.length === 0
    ? {}
    : { ExposedPorts: Object.fromEntries(config.portMappings.map((p) => [portKey(p), {}])) };

/** Host ports are bound on the node's own address, so that nodes that share a machine do not clash. */
function portBindings(config: PodSandboxConfig, owner: Owner): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  if (config.hostNetwork) return bindings;
  for (const mapping of config.portMappings) {
    bindings[portKey(mapping)] ??= [];
    bindings[portKey(mapping)]!.push({ HostIp: mapping.hostIP || owner.nodeIp, HostPort: String(mapping.hostPort) });
  }
  return bindings;
}

/** A container of the pod, in the sandbox's namespaces. */
export function containerOptions(
  sandboxId: string,
  config: ContainerConfig,
  sandbox: PodSandboxConfig,
  owner: Owner,
): ContainerCreateOptions {
  const { security } = config;
  const labels = { ...config.labels, ...ownerLabels(owner), [typeLabel]: 'container', [sandboxIdLabel]: sandboxId };
  return {
    name: dockerName(config.metadata.name, sandbox.metadata, config.metadata.attempt),
    Image: config.image,
    ...(config.command.length > 0 && { Entrypoint: config.command }),
    ...(config.args.length > 0 && { Cmd: config.args }),
    ...(config.workingDir && { WorkingDir: config.workingDir }),
    ...userOf(config),
    Env: config.envs.map((e) => `${e.name}=${e.value}`),
    Labels: withAnnotations(labels, config.annotations),
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    Tty: config.tty,
    // An image's own health check is not Kubernetes' business.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: `container:${sandboxId}`,
      IpcMode: sandbox.hostIPC ? 'host' : `container:${sandboxId}`,
      ...pidMode(sandboxId, config, sandbox),
      ...(sandbox.hostNetwork && { UTSMode: 'host' }),
      ...(config.mounts.length > 0 && { Mounts: mounts(config) as unknown as NonNullable<HostConfig['Mounts']> }),
      Devices: config.devices.map((d) => ({
        PathOnHost: d.hostPath,
        PathInContainer: d.containerPath,
        CgroupPermissions: 'rwm',
      })),
      Privileged: security.privileged,
      ReadonlyRootfs: security.readOnlyRootFilesystem,
      CapAdd: security.capabilities.add,
      CapDrop: security.capabilities.drop,
      GroupAdd: security.supplementalGroups.map(String),
      SecurityOpt: [
        ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
        ...(security.seccompUnconfined && !security.privileged ? ['seccomp=unconfined'] : []),
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } },
      ...limits(config.resources),
      ...oomScore(config.resources),
    },
  };
}

function pidMode(
  sandboxId: string,
  { targetId }: ContainerConfig,
  { hostPID, shareProcessNamespace }: PodSandboxConfig,
): Pick<HostConfig, 'PidMode'> {
  if (hostPID) return { PidMode: 'host' };
  const other = shareProcessNamespace ? sandboxId : targetId;
  return other ? { PidMode: `container:${other}` } : {};
}

function userOf({ security }: ContainerConfig): Pick<ContainerCreateOptions, 'User'> {
  if (security.runAsUser === undefined) return {};
  const group = security.runAsGroup === undefined ? '' : `:${security.runAsGroup}`;
  return { User: `${security.runAsUser}${group}` };
}

const mounts = (config: ContainerConfig): Record<string, unknown>[] =>
  config.mounts.map((m) => ({
    Type: 'bind',
    Source: m.hostPath,
    Target: m.containerPath,
    ReadOnly: m.readOnly,
    BindOptions: { Propagation: m.propagation ?? 'rprivate' },
  }));

/** What may be changed later, too. */
export const limits = (r: LinuxResources): HostConfig => ({
  ...(r.cpuShares !== undefined && { CpuShares: r.cpuShares }),
  ...(r.cpuQuota !== undefined && { CpuQuota: r.cpuQuota, CpuPeriod: r.cpuPeriod ?? 100_000 }),
  // Without swap beyond the limit, as Kubernetes runs containers.
  ...(r.memoryLimitBytes !== undefined && { Memory: r.memoryLimitBytes, MemorySwap: r.memoryLimitBytes }),
});

/** Lowering the score needs a privilege that the engine often lacks, and then it refuses to start the container. */
const oomScore = ({ oomScoreAdj = -1 }: LinuxResources): HostConfig =>
  oomScoreAdj >= 0 ? { OomScoreAdj: oomScoreAdj } : {};
