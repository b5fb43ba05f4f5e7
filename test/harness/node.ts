/** A node that exists only as an object, for what the control plane does with nodes. */
import { leases } from '../../api/kinds/leases.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { pods } from '../../api/kinds/pods.ts';
import { rfc3339, rfc3339Micro } from '../../api/meta.ts';
import type { Node, NodeCondition } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';

/** Registers a node that says that it is ready, once. */
export async function addNode(client: RestClient, name: string, cpu = '2'): Promise<Node> {
  await client.of(nodes).create({ metadata: { name, labels: { 'kubernetes.io/hostname': name } } });
  return reportReady(client, name, cpu);
}

/** The node reports, as its kubelet would. */
export function reportReady(client: RestClient, name: string, cpu = '2'): Promise<Node> {
  const resources = { cpu, memory: '4Gi', pods: '10' };
  const time = rfc3339();
  const ready: NodeCondition = { type: 'Ready', status: 'True', lastHeartbeatTime: time, lastTransitionTime: time };
  const status = { capacity: resources, allocatable: resources, conditions: [ready] };
  return client.of(nodes).patch(name, undefined, { status }, { subresource: 'status' });
}

/** The node renews its lease. */
export async function renewLease(client: RestClient, name: string): Promise<void> {
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro() };
  await client
    .of(leases)
    .patch(name, 'kube-node-lease', { spec })
    .catch(() => client.of(leases).create({ metadata: { name, namespace: 'kube-node-lease' }, spec }));
}

/** The pod runs and is ready under that address, or is no longer ready. */
export async function reportPod(client: RestClient, name: string, podIP: string, ready = true): Promise<void> {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: rfc3339() }];
  const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions };
  await client.of(pods).patch(name, 'default', { status }, { type: 'strategic', subresource: 'status' });
}
