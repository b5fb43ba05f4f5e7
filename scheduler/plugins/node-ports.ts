/**
 * Two pods on one node cannot take the same host port of the same address.
 * Upstream: pkg/scheduler/framework/plugins/nodeports
 */
import type { HostPort } from '../node-info.ts';
import { type Plugin, refuseForPods } from '../plugin.ts';

export const reasonNodePorts = "node(s) didn't have free ports for the requested pod ports";

const wildcard = '0.0.0.0';

const conflict = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === wildcard || b.ip === wildcard);

export const nodePorts: Plugin = {
  name: 'NodePorts',
  retryOn: ['node-add', 'pod-delete'],
  filter({ hostPorts }, node) {
    if (hostPorts.length === 0) return undefined;
    for (const other of node.pods.values()) {
      if (other.hostPorts.some((taken) => hostPorts.some((wanted) => conflict(taken, wanted))))
        return refuseForPods(reasonNodePorts);
    }
    return undefined;
  },
};
