/**
 * A cordoned node takes no new pods, except those that tolerate the taint that cordoning stands for.
 * Upstream: pkg/scheduler/framework/plugins/nodeunschedulable
 */
import { untoleratedTaint } from '../../api/taints.ts';
import { type Plugin, refuse } from '../plugin.ts';

export const reasonUnschedulable = 'node(s) were unschedulable';

const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  retryOn: ['node-add', 'node-taint'],
  filter: ({ pod }, { node }) =>
    node?.spec?.unschedulable && untoleratedTaint([cordoned], pod.spec?.tolerations, [cordoned.effect])
      ? refuse(reasonUnschedulable)
      : undefined,
};
