import { describe, expect, test } from 'vitest';
import { requestInfo } from '../request/info.ts';
import { evaluate, type Policy, type PolicyRule } from './policy.ts';
import { readPolicy } from './read-policy.ts';

const admin = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
const proxy = { name: 'system:kube-proxy', groups: ['system:authenticated'] };
const at = (method: string, url: string) => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  return requestInfo(method, pathname, searchParams);
};

describe("the example of Kubernetes' documentation", () => {
  const policy = readPolicy(
    `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: RequestResponse, resources: [{group: "", resources: ["pods"]}]}
- {level: Metadata, resources: [{group: "", resources: ["pods/log", "pods/status"]}]}
- {level: None, resources: [{group: "", resources: ["configmaps"], resourceNames: ["controller-leader"]}]}
- {level: None, users: ["system:kube-proxy"], verbs: ["watch"], resources: [{group: "", resources: ["endpoints", "services"]}]}
- {level: None, userGroups: ["system:authenticated"], nonResourceURLs: ["/api*", "/version"]}
- {level: Request, resources: [{group: "", resources: ["configmaps"]}], namespaces: ["kube-system"]}
- {level: Metadata, resources: [{group: "", resources: ["secrets", "configmaps"]}]}
- {level: Request, resources: [{group: ""}, {group: "extensions"}]}
- {level: Metadata, omitStages: ["RequestReceived"]}
`,
    (message) => {
      throw new Error(message);
    },
  );

  test.each([
    ['GET', '/api/v1/namespaces/default/pods/web', 'RequestResponse'],
    ['GET', '/api/v1/namespaces/default/pods/web/log', 'Metadata'],
    ['PUT', '/api/v1/namespaces/default/pods/web/status', 'Metadata'],
    ['GET', '/api/v1/namespaces/default/pods/web/exec', 'Request'],
    ['GET', '/api/v1/namespaces/kube-system/configmaps/controller-leader', 'None'],
    ['GET', '/api/v1/namespaces/kube-system/configmaps/other', 'Request'],
    ['GET', '/api/v1/namespaces/default/configmaps/other', 'Metadata'],
    ['GET', '/api/v1/namespaces/default/secrets', 'Metadata'],
    ['GET', '/api/v1/services?watch=1', 'Request'],
    ['GET', '/apis', 'None'],
    ['GET', '/version', 'None'],
    ['GET', '/version/', 'Metadata'],
    ['GET', '/healthz', 'Metadata'],
    ['POST', '/apis/apps/v1/namespaces/default/deployments', 'Metadata'],
  ])('%s %s as an administrator: %s', (method, url, level) => {
    expect(evaluate(policy, admin, at(method, url)).level).toBe(level);
  });

  test('what kube-proxy watches', () => {
    expect(evaluate(policy, proxy, at('GET', '/api/v1/services?watch=1')).level).toBe('None');
    expect(evaluate(policy, proxy, at('GET', '/api/v1/services')).level).toBe('Request');
  });

  test('nobody is in no group', () => {
    expect(evaluate(policy, undefined, at('GET', '/version')).level).toBe('Metadata');
  });
});

const matches = (rule: Partial<PolicyRule>, method: string, url: string, user = admin): boolean =>
  evaluate({ rules: [{ level: 'Metadata', ...rule }] }, user, at(method, url)).level === 'Metadata';

const scale = '/apis/apps/v1/namespaces/prod/deployments/web/scale';

test.each<[string, Partial<PolicyRule>, boolean]>([
  ['nothing said', {}, true],
  ['the subresource', { resources: [{ group: 'apps', resources: ['deployments/scale'] }] }, true],
  ['the resource alone', { resources: [{ group: 'apps', resources: ['deployments'] }] }, false],
  ['any with that subresource', { resources: [{ group: 'apps', resources: ['*/scale'] }] }, true],
  ['any with another one', { resources: [{ group: 'apps', resources: ['*/status'] }] }, false],
  ['any subresource', { resources: [{ group: 'apps', resources: ['deployments/*'] }] }, true],
  ['everything in the group', { resources: [{ group: 'apps', resources: ['*'] }] }, true],
  ['the group', { resources: [{ group: 'apps' }] }, true],
  ['another group', { resources: [{ group: '' }] }, false],
  ['the name', { resources: [{ group: 'apps', resources: ['*'], resourceNames: ['web'] }] }, true],
  ['another name', { resources: [{ group: 'apps', resources: ['*'], resourceNames: ['db'] }] }, false],
  ['the namespace', { namespaces: ['dev', 'prod'] }, true],
  ['another namespace', { namespaces: ['dev'] }, false],
  ['the verb', { verbs: ['patch'] }, true],
  ['another verb', { verbs: ['get'] }, false],
  ['the user', { users: ['admin'] }, true],
  ['another user', { users: ['alice'] }, false],
  ['a group', { userGroups: ['x', 'system:masters'] }, true],
  ['another group of users', { userGroups: ['x'] }, false],
  ['a path', { nonResourceURLs: ['*'] }, false],
  ['empty lists', { users: [], userGroups: [], verbs: [], resources: [], namespaces: [], nonResourceURLs: [] }, true],
])('a patch of a scale: %s', (_, rule, matched) => expect(matches(rule, 'PATCH', scale)).toBe(matched));

test('what is in no namespace has the empty one', () => {
  expect(matches({ namespaces: [''] }, 'GET', '/api/v1/nodes')).toBe(true);
  expect(matches({ namespaces: ['default'] }, 'GET', '/api/v1/nodes')).toBe(false);
});

test('stages are left out by the policy and by the rule, managed fields as the rule says', () => {
  const policy: Policy = {
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      { level: 'Metadata', verbs: ['get'], omitStages: ['ResponseStarted'], omitManagedFields: false },
      { level: 'Request', verbs: ['list'] },
    ],
  };
  expect(evaluate(policy, admin, at('GET', '/api/v1/nodes/a'))).toEqual({
    level: 'Metadata',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    omitManagedFields: false,
  });
  expect(evaluate(policy, admin, at('GET', '/api/v1/nodes'))).toEqual({
    level: 'Request',
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
  });
  expect(evaluate(policy, admin, at('DELETE', '/api/v1/nodes')).level).toBe('None');
});
