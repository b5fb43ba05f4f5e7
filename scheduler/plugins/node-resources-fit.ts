/**
 * A node takes a pod when what its pods request leaves room; of the nodes that do, the least allocated one is best.
 * Upstream: pkg/scheduler/framework/plugins/noderesources/fit.go, least_allocated.go
 */
import type { NodeInfo, PodInfo } from '../node-info.ts';
import { maxNodeScore, type Plugin } from '../plugin.ts';

export const reasonTooManyPods = 'Too many pods';
export const reasonInsufficient = (resource: string): string => `Insufficient ${resource}`;

/** Resources that scores look at, alike. */
const scored = ['cpu', 'memory'];

/** What is left of the resource, out of 100, if the pod ran there too. */
function leastAllocated({ expected }: PodInfo, node: NodeInfo, resource: string): number | undefined {
  const capacity = node.allocatable[resource] ?? 0;
  if (capacity === 0) return undefined;
  const wanted = (node.expected[resource] ?? 0) + (expected[resource] ?? 0);
  return wanted > capacity ? 0 : Math.floor(((capacity - wanted) * maxNodeScore) / capacity);
}

export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  retryOn: ['node-add', 'node-allocatable', 'pod-delete'],
  weight: 1,
  filter({ requests }, { allocatable, requested, pods }) {
    const reasons: string[] = [];
    let resolvable = true;
    if (pods.size + 1 > (allocatable['pods'] ?? 0)) reasons.push(reasonTooManyPods);
    for (const [resource, wanted] of Object.entries(requests)) {
      const capacity = allocatable[resource] ?? 0;
      if (wanted === 0 || wanted <= capacity - (requested[resource] ?? 0)) continue;
      reasons.push(reasonInsufficient(resource));
      // More than the whole node has: no matter which pods leave.
      if (wanted > capacity) resolvable = false;
    }
    return reasons.length > 0 ? { reasons, resolvable } : undefined;
  },
  score(pod, node) {
    const ratings = scored.map((resource) => leastAllocated(pod, node, resource)).filter((r) => r !== undefined);
    return ratings.length === 0 ? 0 : Math.floor(ratings.reduce((sum, r) => sum + r, 0) / ratings.length);
  },
};
