/** `describe node`. Upstream: kubectl/pkg/describe (NodeDescriber) */
import { humanDuration } from '../../api/age.ts';
import { ApiError } from '../../api/errors.ts';
import { leases } from '../../api/kinds/leases.ts';
import { pods } from '../../api/kinds/pods.ts';
import { podLimits, podRequests } from '../../api/pod-resources.ts';
import type { Lease, Node, Pod } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';
import type { Describer } from './describer.ts';
import { describeEvents } from './events.ts';
import { describeAnnotations } from './metadata.ts';
import { Usage } from './usage.ts';
import { type Description, longTime } from './writer.ts';

const rolePrefix = 'node-role.kubernetes.io/';

export const describeNode: Describer<Node> = async (node, out, { rest, events, now }) => {
  const { metadata, spec } = node;
  const labels = Object.keys(metadata.labels ?? {});
  out.field(0, 'Name', metadata.name);
  const roles = labels.filter((label) => label.startsWith(rolePrefix)).map((label) => label.slice(rolePrefix.length));
  out.field(0, 'Roles', roles.sort().join(',') || '<none>');
  out.map(0, 'Labels', metadata.labels);
  describeAnnotations(metadata.annotations, out);
  out.field(0, 'CreationTimestamp', longTime(metadata.creationTimestamp));
  const taints = (spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  out.list(0, 'Taints', taints);
  out.field(0, 'Unschedulable', spec?.unschedulable ?? false);
  describeLease(await leaseOf(node, rest), out);
  describeStatus(node, out);
  if (spec?.podCIDR) out.field(0, 'PodCIDR', spec.podCIDR);
  if (spec?.podCIDRs?.length) out.field(0, 'PodCIDRs', spec.podCIDRs.join(','));
  describePods(node, await podsOn(node, rest), out, now);
  describeEvents(out, await events(), now);
};

async function leaseOf({ metadata }: Node, rest: RestClient): Promise<Lease | undefined> {
  try {
    return await rest.of(leases).get(metadata.name!, 'kube-node-lease');
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

function describeLease(lease: Lease | undefined, out: Description): void {
  out.line(0, 'Lease:');
  out.field(1, 'HolderIdentity', lease?.spec?.holderIdentity ?? '<unset>');
  out.field(1, 'AcquireTime', longTime(lease?.spec?.acquireTime));
  out.field(1, 'RenewTime', longTime(lease?.spec?.renewTime));
}

function describeStatus({ status }: Node, out: Description): void {
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    out.line(0, 'Conditions:');
    out.table(
      1,
      ['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'],
      conditions.map((c) => [
        `${c.type} `,
        `${c.status} `,
        `${longTime(c.lastHeartbeatTime)} `,
        `${longTime(c.lastTransitionTime)} `,
        `${c.reason ?? ''} `,
        c.message ?? '',
      ]),
    );
  }
  out.line(0, 'Addresses:');
  for (const { type, address } of status?.addresses ?? []) out.field(1, type, address);
  for (const [label, quantities] of [
    ['Capacity', status?.capacity],
    ['Allocatable', status?.allocatable],
  ] as const) {
    if (!quantities) continue;
    out.line(0, `${label}:`);
    for (const [name, quantity] of Object.entries(quantities).sort(([a], [b]) => (a < b ? -1 : 1)))
      out.field(1, name, quantity);
  }
  const info = status?.nodeInfo;
  if (!info) return;
  out.line(0, 'System Info:');
  out.field(1, 'Machine ID', info.machineID);
  out.field(1, 'System UUID', info.systemUUID);
  out.field(1, 'Boot ID', info.bootID);
  out.field(1, 'Kernel Version', info.kernelVersion);
  out.field(1, 'OS Image', info.osImage);
  out.field(1, 'Operating System', info.operatingSystem);
  out.field(1, 'Architecture', info.architecture);
  out.field(1, 'Container Runtime Version', info.containerRuntimeVersion);
  out.field(1, 'Kubelet Version', info.kubeletVersion);
  out.field(1, 'Kube-Proxy Version', info.kubeProxyVersion ?? '');
}

async function podsOn({ metadata }: Node, rest: RestClient): Promise<Pod[]> {
  const fieldSelector = `spec.nodeName=${metadata.name},status.phase!=Failed,status.phase!=Succeeded`;
  return (await rest.of(pods).list({ fieldSelector })).items;
}

/** What the pods ask for, as shares of what the node has. */
function describePods({ status }: Node, list: Pod[], out: Description, now: number): void {
  const usage = new Usage(status?.allocatable ?? {});
  out.field(0, 'Non-terminated Pods', `(${list.length} in total)`);
  out.line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge');
  out.line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---');
  for (const pod of list) {
    const { namespace, name, creationTimestamp } = pod.metadata;
    const requests = podRequests(pod);
    const limits = podLimits(pod);
    usage.add(requests, limits);
    const shares = ['cpu', 'memory'].flatMap((resource) => [
      usage.share(resource, requests[resource]),
      usage.share(resource, limits[resource]),
    ]);
    const age = creationTimestamp ? humanDuration(now - Date.parse(creationTimestamp)) : '<unknown>';
    out.line(1, `${namespace}\t${name}\t\t${shares.join('\t')}\t${age}`);
  }
  out.line(0, 'Allocated resources:');
  out.line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)');
  out.line(1, 'Resource\tRequests\tLimits');
  out.line(1, '--------\t--------\t------');
  for (const [resource, requested, limited] of usage.totals()) out.line(1, `${resource}\t${requested}\t${limited}`);
}
