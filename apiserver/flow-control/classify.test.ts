import { describe, expect, test } from 'vitest';
import type { FlowSchema } from '../../api/types.ts';
import type { User } from '../authn/user.ts';
import { requestInfo } from '../request/info.ts';
import { distinguisherOf, inOrderOfPrecedence, matches, rulesFor } from './classify.ts';
import { mandatoryLevels, mandatorySchemas, suggestedLevels, suggestedSchemas } from './configuration.ts';

const schemas = inOrderOfPrecedence([...suggestedSchemas, ...mandatorySchemas]);

const user = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, 'system:authenticated'] });
const admin = user('kubernetes-admin', 'system:masters');
const node = user('system:node:minik-1', 'system:nodes');
const manager = user('system:kube-controller-manager');
const account = (namespace: string, name: string) =>
  user(`system:serviceaccount:${namespace}:${name}`, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`);
const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const infoOf = (request: string) => {
  const [method = '', path = ''] = request.split(' ');
  return requestInfo(method, path, new URLSearchParams());
};

test.each<[string, User, string]>([
  ['GET /api/v1/pods', admin, 'exempt'],
  ['GET /readyz', anonymous, 'probes'],
  ['GET /readyz/etcd', anonymous, 'global-default'],
  ['GET /apis', anonymous, 'global-default'],
  ['PUT /api/v1/nodes/minik-1/status', node, 'system-node-high'],
  ['PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/minik-1', node, 'system-node-high'],
  ['GET /api/v1/pods', node, 'system-nodes'],
  ['PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a', manager, 'system-leader-election'],
  ['DELETE /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a', manager, 'kube-controller-manager'],
  ['PUT /api/v1/namespaces/default/endpoints/a', manager, 'endpoint-controller'],
  ['GET /api/v1/namespaces/default/pods/a', manager, 'kube-controller-manager'],
  ['GET /api/v1/pods', user('system:kube-scheduler'), 'kube-scheduler'],
  ['PUT /api/v1/namespaces/default/configmaps/a', account('kube-system', 'x'), 'workload-leader-election'],
  ['GET /api/v1/pods', account('kube-system', 'x'), 'kube-system-service-accounts'],
  ['GET /api/v1/pods', account('default', 'x'), 'service-accounts'],
  ['GET /api/v1/pods', user('jane'), 'global-default'],
])('%s', (request, who, name) => {
  const found = schemas.find((schema) => matches(rulesFor(schema, who), infoOf(request)));
  expect(found?.metadata.name).toBe(name);
});

test('every suggested schema has its level', () => {
  const levels = [...mandatoryLevels, ...suggestedLevels].map(({ metadata }) => metadata.name);
  for (const { spec } of schemas) expect(levels).toContain(spec?.priorityLevelConfiguration.name);
});

test('without clusterScope a rule is about objects in namespaces', () => {
  const rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['a'] };
  const schema: FlowSchema = {
    metadata: {},
    spec: {
      priorityLevelConfiguration: { name: 'x' },
      rules: [{ subjects: [{ kind: 'User', user: { name: '*' } }], resourceRules: [rule] }],
    },
  };
  const about = (request: string) => matches(rulesFor(schema, user('jane')), infoOf(request));
  expect(about('GET /api/v1/namespaces/a/pods')).toBe(true);
  expect(about('GET /api/v1/namespaces/b/pods')).toBe(false);
  expect(about('GET /api/v1/nodes')).toBe(false);
  expect(about('GET /api/v1/pods')).toBe(false);
});

describe('flows of one schema', () => {
  const of = (type?: string): FlowSchema => ({
    metadata: {},
    spec: { priorityLevelConfiguration: { name: 'x' }, ...(type && { distinguisherMethod: { type } }) },
  });
  test.each([
    ['ByUser', 'jane'],
    ['ByNamespace', 'a'],
    [undefined, ''],
  ])('%s', (type, expected) => {
    expect(distinguisherOf(of(type), user('jane'), infoOf('GET /api/v1/namespaces/a/pods'))).toBe(expected);
  });
});

test('of equal precedence the first by name is asked first', () => {
  const at = (name: string, matchingPrecedence?: number): FlowSchema => ({
    metadata: { name },
    spec: { priorityLevelConfiguration: { name: 'x' }, ...(matchingPrecedence && { matchingPrecedence }) },
  });
  const ordered = inOrderOfPrecedence([at('d'), at('c', 1000), at('b', 2), at('a', 5000)]);
  expect(ordered.map(({ metadata }) => metadata.name)).toEqual(['b', 'c', 'd', 'a']);
});
