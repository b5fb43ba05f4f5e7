import { expect, test } from 'vitest';
import type { PolicyRule } from '../types.ts';
import { ruleText } from './compact.ts';
import { readRefusal, rolesThatAllow, smallestRule } from './would-allow.ts';

test.each<[string, string, string, string]>([
  [
    'pods "web" is forbidden: User "ann" cannot get resource "pods" in API group "" in the namespace "dev"',
    'ann',
    'dev',
    '{APIGroups:[""], Resources:["pods"], ResourceNames:["web"], Verbs:["get"]}',
  ],
  [
    'pods is forbidden: User "ann" cannot list resource "pods" in API group "" at the cluster scope',
    'ann',
    '',
    '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
  ],
  [
    'deployments.apps "api" is forbidden: User "a\\"b" cannot patch resource "deployments/scale" in API group "apps" in the namespace "dev": RBAC: clusterrole.rbac.authorization.k8s.io "x" not found',
    'a"b',
    'dev',
    '{APIGroups:["apps"], Resources:["deployments/scale"], ResourceNames:["api"], Verbs:["patch"]}',
  ],
  ['forbidden: User "ann" cannot get path "/metrics"', 'ann', '', '{NonResourceURLs:["/metrics"], Verbs:["get"]}'],
])('%s', (message, user, namespace, rule) => {
  const refused = readRefusal(message)!;
  expect(refused).toMatchObject({ user, namespace });
  expect(ruleText(smallestRule(refused.access))).toBe(rule);
});

test.each(['pods "web" is forbidden: exceeded quota: q', 'pods "web" not found', ''])(
  '%j is no refusal of authorization',
  (message) => {
    expect(readRefusal(message)).toBeUndefined();
  },
);

test('the roles that would do, the narrowest first', () => {
  const role = (name: string, ...rules: PolicyRule[]) => ({ metadata: { name }, rules });
  const rule = (verbs: string[], resources: string[]): PolicyRule => ({ verbs, apiGroups: [''], resources });
  const roles = [
    role('cluster-admin', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }),
    role('view', rule(['get', 'list', 'watch'], ['pods', 'services'])),
    role('other', rule(['get'], ['services'])),
    role('reader', rule(['get'], ['pods'])),
  ];
  const { access } = readRefusal(
    'pods "web" is forbidden: User "ann" cannot get resource "pods" in API group "" in the namespace "dev"',
  )!;
  expect(rolesThatAllow(roles, access).map(({ metadata }) => metadata.name)).toEqual([
    'reader',
    'view',
    'cluster-admin',
  ]);
});
