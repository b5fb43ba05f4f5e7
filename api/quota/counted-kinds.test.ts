import { describe, expect, test } from 'vitest';
import type { KubeObject, PersistentVolumeClaim, Service } from '../types.ts';
import { textsOf } from './amounts.ts';
import { countedKinds, countName, evaluatorOf } from './counted-kinds.ts';

test('which kinds the names of a quota are about', () => {
  const kindsOf = (...names: string[]) => countedKinds(names).map(countName).sort();
  expect(kindsOf('pods', 'cpu', 'count/pods')).toEqual(['count/pods']);
  expect(kindsOf('secrets', 'services.nodeports')).toEqual(['count/secrets', 'count/services']);
  expect(kindsOf('gold.storageclass.storage.k8s.io/requests.storage')).toEqual(['count/persistentvolumeclaims']);
  expect(kindsOf('count/deployments.apps', 'count/widgets.shop.example.com')).toEqual([
    'count/deployments.apps',
    'count/widgets.shop.example.com',
  ]);
  expect(kindsOf('nothing')).toEqual([]);
});

describe('what objects use', () => {
  const usage = (group: string, plural: string, object: object) =>
    textsOf(evaluatorOf({ group, plural }).usage(object as KubeObject, 0));
  const service = (spec: Service['spec']) => usage('', 'services', { metadata: {}, spec });
  const claim = (spec: PersistentVolumeClaim['spec'], more: object = {}) =>
    usage('', 'persistentvolumeclaims', { metadata: {}, spec, ...more });
  const ports = [{ port: 80 }, { port: 81, nodePort: 30_001 }];

  test('one, under its name and its old name', () => {
    expect(usage('', 'secrets', {})).toEqual({ 'count/secrets': '1', secrets: '1' });
    expect(usage('apps', 'deployments', {})).toEqual({ 'count/deployments.apps': '1' });
    // Another group may have a kind of the same name.
    expect(usage('example.com', 'pods', {})).toEqual({ 'count/pods.example.com': '1' });
  });

  test.each<[Service['spec'], string, string]>([
    [{ type: 'ClusterIP', ports }, '0', '0'],
    [{ type: 'NodePort', ports }, '2', '0'],
    [{ type: 'LoadBalancer', ports }, '2', '1'],
    [{ type: 'LoadBalancer', ports, allocateLoadBalancerNodePorts: false }, '1', '1'],
  ])('Service %j: %s node ports, %s load balancers', (spec, nodePorts, loadBalancers) => {
    expect(service(spec)).toEqual({
      'count/services': '1',
      services: '1',
      'services.nodeports': nodePorts,
      'services.loadbalancers': loadBalancers,
    });
  });

  test('a claim: what it asks for, or has, in whole bytes; and the same of its class', () => {
    const resources = { requests: { storage: '1Gi' } };
    const count = { 'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1' };
    expect(claim({ resources })).toEqual({ ...count, 'requests.storage': '1Gi' });
    expect(claim({ resources: { requests: { storage: '100m' } } })).toEqual({ ...count, 'requests.storage': '1' });
    expect(claim({ resources }, { status: { allocatedResources: { storage: '2Gi' } } })).toEqual({
      ...count,
      'requests.storage': '2Gi',
    });
    expect(claim({ resources, storageClassName: 'gold' })).toEqual({
      ...count,
      'requests.storage': '1Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    });
  });
});
