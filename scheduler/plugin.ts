/**
 * A scheduler plugin: one rule about which nodes a pod may run on, or which it had better run on.
 *
 * Plugins are pure: they look at the pod and the node and answer. A new one is a file in `plugins/` and a line in
 * `plugins/all.ts`.
 *
 * Upstream: staging/src/k8s.io/kube-scheduler/framework/interface.go
 */
import type { NodeInfo, PodInfo } from './node-info.ts';

/** What happened in the cluster that may let a refused pod in. */
export type ClusterEvent = 'node-add' | 'node-allocatable' | 'node-label' | 'node-taint' | 'pod-delete';

/** Why a node does not take a pod. */
export interface Refusal {
  /** As people read them in `FailedScheduling`. */
  reasons: string[];
  /** Whether removing pods from the node could help. */
  resolvable: boolean;
}

export interface Plugin {
  name: string;
  /** Refuses the node, or lets it pass. */
  filter?(pod: PodInfo, node: NodeInfo): Refusal | undefined;
  /** What may turn a refusal of this plugin around. */
  retryOn?: readonly ClusterEvent[];
  /** Rates a node that passed. */
  score?(pod: PodInfo, node: NodeInfo): number;
  /**
   * How ratings become 0 to 100 over all nodes: they are that already (absent), the largest becomes 100, or the largest
   * becomes 0.
   */
  normalize?: 'highest-is-best' | 'lowest-is-best';
  /** What the rating counts among those of other plugins. */
  weight?: number;
}

export const maxNodeScore = 100;

/** A refusal that only a change of the node or the pod can turn around. */
export const refuse = (...reasons: string[]): Refusal => ({ reasons, resolvable: false });

/** A refusal that would go away with some of the node's pods. */
export const refuseForPods = (...reasons: string[]): Refusal => ({ reasons, resolvable: true });

/** A refusal with the plugin that spoke it. */
export interface Verdict extends Refusal {
  node: NodeInfo;
  plugin: Plugin;
}
