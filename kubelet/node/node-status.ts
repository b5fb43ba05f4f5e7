/**
 * A node's status, from what the machine and the runtime say. Pure.
 *
 * Upstream: pkg/kubelet/nodestatus/setters.go. Left out: volumes in use, extended resources, evictions by pressure.
 */
import { rfc3339, withCondition } from '../../api/meta.ts';
import { formatQuantity, fromBytes } from '../../api/quantity.ts';
import type { Node, NodeCondition } from '../../api/types.ts';
import type { Image, RuntimeCondition, RuntimeVersion } from '../runtime/runtime.ts';
import type { Machine } from './machine.ts';

export const kubeletVersion = 'v1.36.0+minik';

export interface NodeStatusInput {
  machine: Machine;
  free: { memoryBytes: number; diskBytes: number };
  /** Undefined when the runtime does not answer. */
  runtime: { version: RuntimeVersion; conditions: RuntimeCondition[] } | undefined;
  images: Image[];
  hostname: string;
  nodeIP: string;
  port: number;
  maxPods: number;
  now: number;
}

type NodeStatus = NonNullable<Node['status']>;

/** Under pressure below these: no share of the disk, so that a developer's full laptop still runs pods. */
const minimumFree = { memoryBytes: 100 << 20, diskBytes: 100 << 20 };
const maxImages = 50;

/** The status with everything that the kubelet keeps in it; `old` keeps what others put there. */
export function nodeStatus(input: NodeStatusInput, old: NodeStatus = {}): NodeStatus {
  const { machine } = input;
  const capacity = {
    cpu: String(machine.cpus),
    'ephemeral-storage': formatQuantity(fromBytes(Math.floor(machine.diskBytes / 1024) * 1024)),
    memory: formatQuantity(fromBytes(Math.floor(machine.memoryBytes / 1024) * 1024)),
    pods: String(input.maxPods),
  };
  const runtime = input.runtime?.version;
  return {
    ...old,
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address: input.nodeIP },
      { type: 'Hostname', address: input.hostname },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: input.port } },
    nodeInfo: {
      architecture: machine.architecture,
      bootID: machine.bootId,
      containerRuntimeVersion: runtime
        ? `${runtime.name}://${runtime.version}`
        : (old.nodeInfo?.containerRuntimeVersion ?? ''),
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion,
      machineID: machine.machineId,
      operatingSystem: machine.operatingSystem,
      osImage: machine.osImage,
      systemUUID: machine.systemUuid,
    },
    images: [...input.images]
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, maxImages)
      .map((image) => ({ names: [...image.repoDigests, ...image.repoTags], sizeBytes: image.sizeBytes }))
      .filter((image) => image.names.length > 0),
    conditions: conditions(input, old.conditions),
  };
}

function conditions(input: NodeStatusInput, old: NodeCondition[] | undefined): NodeCondition[] {
  const now = rfc3339(new Date(input.now));
  let list = old;
  for (const condition of [
    pressure('MemoryPressure', input.free.memoryBytes < minimumFree.memoryBytes, 'Memory'),
    pressure('DiskPressure', input.free.diskBytes < minimumFree.diskBytes, 'Disk'),
    {
      type: 'PIDPressure',
      status: 'False',
      reason: 'KubeletHasSufficientPID',
      message: 'kubelet has sufficient PID available',
    },
    readyCondition(input.runtime?.conditions),
  ])
    list = withCondition(list, { ...condition, lastHeartbeatTime: now }, now);
  return list!;
}

function pressure(type: string, under: boolean, what: 'Memory' | 'Disk'): NodeCondition {
  if (what === 'Disk')
    return under
      ? { type, status: 'True', reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' }
      : { type, status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' };
  return under
    ? {
        type,
        status: 'True',
        reason: 'KubeletHasInsufficientMemory',
        message: 'kubelet has insufficient memory available',
      }
    : {
        type,
        status: 'False',
        reason: 'KubeletHasSufficientMemory',
        message: 'kubelet has sufficient memory available',
      };
}

function readyCondition(runtime: RuntimeCondition[] | undefined): NodeCondition {
  const type = 'Ready';
  const errors: string[] = [];
  const of = (name: RuntimeCondition['type']): RuntimeCondition | undefined => runtime?.find((c) => c.type === name);
  if (!of('RuntimeReady')?.status)
    errors.push(`container runtime is down: ${of('RuntimeReady')?.message ?? 'it does not answer'}`);
  const network = of('NetworkReady');
  if (network && !network.status)
    errors.push(
      `container runtime network not ready: NetworkReady=false reason:${network.reason} message:${network.message}`,
    );
  if (errors.length === 0)
    return { type, status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  return {
    type,
    status: 'False',
    reason: 'KubeletNotReady',
    message: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`,
  };
}

/** The status without the times at which the kubelet looked: what has to be written when it differs. */
export const withoutHeartbeats = (status: NodeStatus | undefined): unknown => ({
  ...status,
  conditions: status?.conditions?.map(({ lastHeartbeatTime: _, ...rest }) => rest),
});
