/**
 * Of the nodes that fit, the one whose CPU and memory would be used most evenly is best.
 * Upstream: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go
 */
import type { NodeInfo } from '../node-info.ts';
import { maxNodeScore, type Plugin } from '../plugin.ts';

function fraction(node: NodeInfo, resource: string, more: number): number {
  const capacity = node.allocatable[resource] ?? 0;
  return capacity === 0 ? 0 : Math.min(((node.requested[resource] ?? 0) + more) / capacity, 1);
}

export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score({ requests }, node) {
    const { cpu = 0, memory = 0 } = requests;
    // A pod that asks for nothing changes no balance.
    if (cpu === 0 && memory === 0) return 0;
    const deviation = Math.abs(fraction(node, 'cpu', cpu) - fraction(node, 'memory', memory)) / 2;
    return Math.floor((1 - deviation) * maxNodeScore);
  },
};
