/** What Services use: ports of the nodes, and load balancers. Upstream: pkg/quota/v1/evaluator/core/services.go */
import type { Service } from '../types.ts';
import { countOf } from './amounts.ts';
import type { Evaluator } from './evaluator.ts';

const names = ['count/services', 'services', 'services.loadbalancers', 'services.nodeports'];

export const serviceEvaluator: Evaluator<Service> = {
  matching: (asked) => asked.filter((name) => names.includes(name)),
  usage: ({ spec }) => ({
    'count/services': countOf(1),
    services: countOf(1),
    'services.nodeports': countOf(nodePorts(spec)),
    'services.loadbalancers': countOf(spec?.type === 'LoadBalancer' ? 1 : 0),
  }),
  charges: ({ subresource }) => subresource === '',
  replenishes: (old, service) =>
    nodePorts(old.spec) !== nodePorts(service.spec) || old.spec?.type !== service.spec?.type,
};

/** By what is asked for: which ports these are is decided later. */
function nodePorts(spec: Service['spec']): number {
  const ports = spec?.ports ?? [];
  if (spec?.type === 'NodePort') return ports.length;
  if (spec?.type !== 'LoadBalancer') return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
}
