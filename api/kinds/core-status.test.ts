/** What may be reported of a Service, a namespace and a Deployment; which Services need more than this cluster has. */
import { expect, test } from 'vitest';
import { deployments } from './deployments.ts';
import { namespaces } from './namespaces.ts';
import { services } from './services.ts';
import { createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const service = (spec: object = {}) => ({ spec: { ports: [{ port: 80 }], ...spec } });
const balanced = (spec: object = {}) => service({ type: 'LoadBalancer', ...spec });
const only = "Forbidden: may only be used when `type` is 'LoadBalancer'";

test.each<[object, string | undefined]>([
  [balanced({ loadBalancerSourceRanges: ['10.0.0.0/8'], loadBalancerClass: 'example.com/lb' }), undefined],
  [
    balanced({ loadBalancerSourceRanges: ['10'] }),
    'spec.loadBalancerSourceRanges[0]: Invalid value: "10": must be a valid',
  ],
  [service({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), `spec.loadBalancerSourceRanges: ${only}`],
  [service({ allocateLoadBalancerNodePorts: true }), `spec.allocateLoadBalancerNodePorts: ${only}`],
  [service({ loadBalancerClass: 'a' }), `spec.loadBalancerClass: ${only}`],
  [
    balanced({ healthCheckNodePort: 30000 }),
    'spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type`',
  ],
  [
    service({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }),
    'spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None',
  ],
  [
    service({ trafficDistribution: 'Far' }),
    'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose"',
  ],
])('a service %j', (object, error) => {
  expectErrors(createErrors(services, object), error);
});

test('who balances the load stays', () => {
  const change = balanced({ loadBalancerClass: 'b' });
  expectErrors(
    updateErrors(services, balanced(), change),
    'spec.loadBalancerClass: Invalid value: "b": may not change',
  );
});

test.each<[object, string | undefined]>([
  [{ ip: '10.0.0.1', ipMode: 'VIP' }, undefined],
  [{ ip: 'a', ipMode: 'VIP' }, 'ip: Invalid value: "a": must be a valid IP address'],
  [{ hostname: 'a', ipMode: 'VIP' }, 'ipMode: Forbidden: may not be specified when `ip` is not set'],
  [{ hostname: '10.0.0.1' }, 'hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
])('a load balancer %j', (ingress, error) => {
  const status = { loadBalancer: { ingress: [ingress] } };
  expectErrors(statusErrors(services, balanced(), status), error && `status.loadBalancer.ingress[0].${error}`);
});

test('a namespace is terminating when it is being deleted, and only then', () => {
  expect(statusErrors(namespaces, {}, { phase: 'Active' })).toEqual([]);
  expect(statusErrors(namespaces, {}, { phase: 'Terminating' })).toEqual([
    'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
  ]);
  const deleted = { metadata: { deletionTimestamp: '2024-01-01T00:00:00Z' } };
  expect(statusErrors(namespaces, deleted, { phase: 'Active' })).toEqual([
    'status.Phase: Invalid value: "Active": may only be \'Terminating\' if `deletionTimestamp` is not empty',
  ]);
});

test.each<[object, string | undefined]>([
  [{ replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1, unavailableReplicas: 1 }, undefined],
  [{ replicas: -1 }, 'status.replicas: Invalid value: -1: must be greater than or equal to 0'],
  [
    { replicas: 1, updatedReplicas: 2 },
    'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
  ],
  [
    { replicas: 2, readyReplicas: 1, availableReplicas: 2 },
    'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
  ],
  [{ collisionCount: 1 }, 'status.collisionCount: Invalid value: 1: cannot be decremented'],
])('the status of a deployment %j', (status, error) => {
  expectErrors(statusErrors(deployments, {}, status, { collisionCount: 'collisionCount' in status ? 2 : 0 }), error);
});
