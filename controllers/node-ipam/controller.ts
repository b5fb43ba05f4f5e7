/**
 * node-ipam-controller: gives each node a range of pod addresses, `spec.podCIDR`, that no other node has.
 *
 * One worker: what was given is remembered until the cache shows it, so that no range is given twice.
 *
 * Upstream: pkg/controller/nodeipam/ipam/range_allocator.go. Left out: IPv6, clouds.
 */

import { type Cidr, countSubnets, formatCidr, overlaps, parseCidr, subnet } from '../../api/cidr.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import type { Node } from '../../api/types.ts';
import { runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';

/** The first range of `bits` in `cluster` that meets none of `taken`; undefined when there is none. Pure. */
export function planPodCidr(cluster: Cidr, bits: number, taken: Cidr[]): Cidr | undefined {
  const count = countSubnets(cluster, bits);
  for (let i = 0; i < count; i++) {
    const candidate = subnet(cluster, bits, i);
    if (!taken.some((other) => overlaps(other, candidate))) return candidate;
  }
  return undefined;
}

export function nodeIpamController({ client, informers, logger, flags, recorder }: Context): Run | undefined {
  if (!flags['allocate-node-cidrs']) return undefined;
  if (!flags['cluster-cidr']) throw new Error('--allocate-node-cidrs needs --cluster-cidr');
  const cluster = parseCidr(flags['cluster-cidr']);
  const bits = flags['node-cidr-mask-size'];
  if (bits < cluster.bits || bits > 32)
    throw new Error(`--node-cidr-mask-size ${bits} is not between the prefix of --cluster-cidr and 32`);
  const reserved = flags['service-cluster-ip-range'] ? [parseCidr(flags['service-cluster-ip-range'])] : [];
  const events = recorder('cidrAllocator');
  const queue = new WorkQueue();
  const copies = informers.of(nodes);
  const given = new Map<string, string>();
  copies.onChange((change, node) => {
    const name = node.metadata.name!;
    if (change === 'delete' || node.spec?.podCIDR) given.delete(name);
    if (change !== 'delete' && !node.spec?.podCIDR) queue.add(name);
    // Room that was missing may be there now.
    if (change === 'delete')
      for (const other of copies.list()) if (!other.spec?.podCIDR) queue.add(other.metadata.name!);
  });
  const reconcile = async (name: string): Promise<void> => {
    const node = copies.get(name);
    if (!node || node.spec?.podCIDR || given.has(name)) return;
    const taken = [...reserved, ...[...copies.list().flatMap(rangesOf), ...given.values()].map(parseCidr)];
    const range = planPodCidr(cluster, bits, taken);
    if (!range) {
      events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
      throw new Error(`no range is left in ${flags['cluster-cidr']} for node ${name}`);
    }
    const podCIDR = formatCidr(range);
    const { uid } = node.metadata;
    await client.of(nodes).patch(name, undefined, { metadata: { uid }, spec: { podCIDR, podCIDRs: [podCIDR] } });
    given.set(name, podCIDR);
    logger.info({ node: name, podCIDR }, 'Gave the node a range of pod addresses');
  };
  return (signal) => runController({ name: 'node-ipam-controller', queue, workers: 1, reconcile, logger }, signal);
}

const rangesOf = ({ spec }: Node): string[] =>
  (spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])).filter((text) => !text.includes(':'));
