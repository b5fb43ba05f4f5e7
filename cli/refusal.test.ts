import { expect, test } from 'vitest';
import type { Refused } from '../api/rbac/would-allow.ts';
import { commandsFor, withImpersonation } from './refusal.ts';

const none = { isResource: true, path: '', verb: 'get', group: '', resource: 'pods', subresource: '', name: '' };
const refused = (access: Partial<Refused['access']>, user = 'ann', namespace = ''): Refused => ({
  user,
  namespace,
  access: { ...none, ...access },
});

test.each<[Refused, string, string]>([
  [
    refused({ name: 'web', subresource: 'log' }, 'ann', 'dev'),
    'role ann-get-pods-log --verb=get --resource=pods/log --resource-name=web -n dev',
    'rolebinding ann-get-pods-log --role=ann-get-pods-log --user=ann -n dev',
  ],
  [
    refused({ isResource: false, path: '/metrics' }, 'system:serviceaccount:monitoring:prometheus'),
    'clusterrole prometheus-get-metrics --verb=get --non-resource-url=/metrics',
    'clusterrolebinding prometheus-get-metrics --clusterrole=prometheus-get-metrics --serviceaccount=monitoring:prometheus',
  ],
  [
    refused({ resource: 'deployments', group: 'apps', verb: 'list' }, 'ann smith@example.com'),
    'clusterrole ann-smith-example.com-list-deployments --verb=list --resource=deployments.apps',
    "clusterrolebinding ann-smith-example.com-list-deployments --clusterrole=ann-smith-example.com-list-deployments '--user=ann smith@example.com'",
  ],
])('%j', (given, role, binding) => {
  expect(commandsFor(given)).toEqual([`minikctl create ${role}`, `minikctl create ${binding}`]);
});

test('the right to act as somebody is one for the user and one for each group', () => {
  const asking = refused({ verb: 'impersonate-on:user-info:list' });
  const rights = (user: string, groups?: string[]): unknown[] =>
    withImpersonation(asking, { user, ...(groups && { groups }) }).map(({ namespace, access }) => [
      access.verb,
      access.resource,
      access.name,
      namespace,
    ]);
  expect(rights('bob', ['g'])).toEqual([
    ['impersonate', 'users', 'bob', ''],
    ['impersonate', 'groups', 'g', ''],
  ]);
  expect(rights('system:serviceaccount:prod:ci')).toEqual([['impersonate', 'serviceaccounts', 'ci', 'prod']]);
  expect(withImpersonation(refused({}), { user: 'bob' })).toEqual([refused({})]);
});
