/**
 * A node's NoSchedule and NoExecute taints keep out pods that do not tolerate them; of the rest, the node with the fewest
 * untolerated PreferNoSchedule taints is best.
 * Upstream: pkg/scheduler/framework/plugins/tainttoleration
 */
import { tolerates, untoleratedTaint } from '../../api/taints.ts';
import { type Plugin, refuse } from '../plugin.ts';

export const reasonUntoleratedTaint = 'node(s) had untolerated taint(s)';

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  retryOn: ['node-add', 'node-taint'],
  weight: 3,
  normalize: 'lowest-is-best',
  filter: ({ pod }, { node }) =>
    untoleratedTaint(node?.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute'])
      ? refuse(reasonUntoleratedTaint)
      : undefined,
  score: ({ pod }, { node }) =>
    (node?.spec?.taints ?? []).filter(
      (taint) => taint.effect === 'PreferNoSchedule' && !(pod.spec?.tolerations ?? []).some((t) => tolerates(t, taint)),
    ).length,
};
