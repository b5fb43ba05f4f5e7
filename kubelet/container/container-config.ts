/**
 * One container as the runtime is to make it: command, variables, mounts, limits, identity.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go (generateContainerConfig)
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Container, Pod } from '../../api/types.ts';
import { containerHash } from '../pods/container-hash.ts';
import {
  containerHashAnnotation,
  containerNameLabel,
  crashCountAnnotation,
  restartCountAnnotation,
  terminationGracePeriodAnnotation,
  terminationMessagePathAnnotation,
  terminationMessagePolicyAnnotation,
} from '../runtime/labels.ts';
import type { ContainerConfig, Image, Mount } from '../runtime/runtime.ts';
import { containerMounts, type MountedVolumes } from '../volumes/volume-manager.ts';
import { type EnvironmentSources, makeEnvironment } from './environment.ts';
import { expand } from './expand.ts';
import type { PodPlace } from './field-value.ts';
import { linuxResources } from './resources.ts';
import { podLabels } from './sandbox-config.ts';
import { securityContext } from './security.ts';

export interface ContainerConfigInput {
  pod: Pod;
  container: Container;
  attempt: number;
  crashCount: number;
  image: Image;
  place: PodPlace;
  volumes: MountedVolumes;
  podDirectory: string;
  memoryCapacity: number;
  sources: EnvironmentSources;
  /** The container whose processes this one sees. */
  targetId: string | undefined;
}

/** Where a container writes its last words, on the node's side. */
export const terminationMessageFile = (podDirectory: string, container: string, attempt: number): string =>
  join(podDirectory, 'containers', container, String(attempt), 'termination-log');

/** Files of the pod that all its containers see. */
export const hostsPath = (podDirectory: string): string => join(podDirectory, 'etc-hosts');
export const resolvConfPath = (podDirectory: string): string => join(podDirectory, 'resolv.conf');

/** Rejects with `ContainerConfigError` or `MountError` when the pod names something that is not there. */
export async function makeContainerConfig(input: ContainerConfigInput): Promise<ContainerConfig> {
  const { pod, container, attempt } = input;
  const variables = await makeEnvironment(pod, container, input.place, input.sources);
  const security = securityContext(pod, container, input.image.user);
  const mounts = await containerMounts(container, input.volumes, variables);
  mounts.push(...(await ownMounts(input, mounts)));
  return {
    metadata: { name: container.name, attempt },
    image: input.image.id,
    command: (container.command ?? []).map((text) => expand(text, variables)),
    args: (container.args ?? []).map((text) => expand(text, variables)),
    workingDir: container.workingDir,
    envs: Object.entries(variables).map(([name, value]) => ({ name, value })),
    mounts,
    devices: [],
    labels: { ...podLabels(pod), [containerNameLabel]: container.name },
    annotations: {
      [containerHashAnnotation]: containerHash(container),
      [restartCountAnnotation]: String(attempt),
      [crashCountAnnotation]: String(input.crashCount),
      [terminationMessagePathAnnotation]: container.terminationMessagePath ?? '/dev/termination-log',
      [terminationMessagePolicyAnnotation]: container.terminationMessagePolicy ?? 'File',
      [terminationGracePeriodAnnotation]: String(pod.spec?.terminationGracePeriodSeconds ?? 30),
    },
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: linuxResources(pod, container, input.memoryCapacity),
    security,
    ...(input.targetId && { targetId: input.targetId }),
  };
}

/** Mounts that no pod lists: its hosts file, its resolv.conf, and the file for its last words. */
async function ownMounts({ container, podDirectory, attempt }: ContainerConfigInput, given: Mount[]): Promise<Mount[]> {
  const message = terminationMessageFile(podDirectory, container.name, attempt);
  await mkdir(dirname(message), { recursive: true });
  await writeFile(message, '', { mode: 0o666 });
  const own: Mount[] = [
    { hostPath: hostsPath(podDirectory), containerPath: '/etc/hosts', readOnly: false },
    { hostPath: resolvConfPath(podDirectory), containerPath: '/etc/resolv.conf', readOnly: false },
    { hostPath: message, containerPath: container.terminationMessagePath ?? '/dev/termination-log', readOnly: false },
  ];
  return own.filter((mount) => !given.some((g) => g.containerPath === mount.containerPath));
}
