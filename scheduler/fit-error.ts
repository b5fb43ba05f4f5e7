/**
 * Why no node takes a pod, in Kubernetes' words: how many nodes refused for which reason, and whether evicting others
 * would help.
 *
 * Upstream: pkg/scheduler/framework/types.go (FitError), pkg/scheduler/framework/preemption
 */
import { type NodeInfo, type PodInfo, priority } from './node-info.ts';
import type { Plugin, Verdict } from './plugin.ts';

export const noNodesAvailable = 'no nodes available to schedule pods';
export const preemptionNotHelpful = 'Preemption is not helpful for scheduling';
export const noPreemptionVictims = 'No preemption victims found for incoming pod';
export const preemptionNotAllowed = 'not eligible due to preemptionPolicy=Never.';

export interface FitError {
  message: string;
  /** Plugins that refused a node: what they wait for brings the pod back into the queue. */
  plugins: ReadonlySet<Plugin>;
}

export function fitError(pod: PodInfo, nodeCount: number, refusals: readonly Verdict[]): FitError {
  const plugins = new Set(refusals.map((r) => r.plugin));
  if (nodeCount === 0) return { message: noNodesAvailable, plugins };
  const reasons = histogram(refusals.flatMap((r) => r.reasons));
  const outlook = preemption(pod, nodeCount, refusals);
  return { message: `${notAvailable(nodeCount)} ${reasons}.${outlook && ` preemption: ${outlook}`}`, plugins };
}

/** What eviction could do. This scheduler evicts nobody, so where it could help the message says nothing of it. */
function preemption(pod: PodInfo, nodeCount: number, refusals: readonly Verdict[]): string {
  if (pod.pod.spec?.preemptionPolicy === 'Never') return preemptionNotAllowed;
  if (refusals.some((r) => r.resolvable && outranksAny(pod, r.node))) return '';
  const verdicts = refusals.map((r) => (r.resolvable ? noPreemptionVictims : preemptionNotHelpful));
  return `${notAvailable(nodeCount)} ${histogram(verdicts)}.`;
}

const outranksAny = (pod: PodInfo, node: NodeInfo): boolean =>
  [...node.pods.values()].some((other) => priority(other) < priority(pod));

const notAvailable = (nodeCount: number): string => `0/${nodeCount} nodes are available:`;

/** `['a', 'b', 'a']` is `1 b, 2 a`: sorted as text, count first, as Kubernetes prints it. */
function histogram(reasons: string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
