import { expect, test } from 'vitest';
import type { BindingLike, RoleLike } from '../../../api/rbac/reconcile.ts';
import { defaultClusterRoleBindings, defaultClusterRoles } from './default-objects.ts';
import { hasOtherRole, reconciledBinding, reconciledRole } from './reconcile.ts';
import { ruleOf } from './rule-table.ts';

const role = (changes: Partial<RoleLike>, ...lines: string[]): RoleLike => ({
  metadata: { name: 'r', labels: { l: '1' }, annotations: { a: '1' } },
  rules: lines.map(ruleOf),
  ...changes,
});
const marks = (labels: Record<string, string>, annotations: Record<string, string>) => ({
  metadata: { name: 'r', labels, annotations },
});
const protectedBy = marks({}, { 'rbac.authorization.kubernetes.io/autoupdate': 'false' });
const selecting = (...labels: string[]) => ({
  aggregationRule: { clusterRoleSelectors: labels.map((name) => ({ matchLabels: { [name]: 'true' } })) },
});

test.each<[string, RoleLike, RoleLike, RoleLike | undefined]>([
  ['it is so already', role({}, 'get | core | pods'), role({}, 'get | core | pods'), undefined],
  ['it has more', role({}, 'get list | core | pods secrets'), role({}, 'get | core | pods'), undefined],
  [
    'it is in other words',
    role({}, 'get | core | pods', 'list | core | pods'),
    role({}, 'get list | core | pods'),
    undefined,
  ],
  [
    'it lacks verbs',
    role({}, 'get | core | pods', 'get | x | y'),
    role({}, 'get list watch | core | pods'),
    role({}, 'get | core | pods', 'get | x | y', 'list watch | core | pods'),
  ],
  ['it has no rules', role({ rules: undefined as never }), role({}, 'get | /healthz'), role({}, 'get | /healthz')],
  ['its owner has said no', role(protectedBy), role({}, 'get | core | pods'), undefined],
  [
    'it lacks marks, and has its own',
    role(marks({ l: 'mine', m: '2' }, {})),
    role({}),
    role(marks({ l: 'mine', m: '2' }, { a: '1' })),
  ],
  [
    'it gathers too little, and its rules are not looked at',
    role(selecting('x')),
    { ...role({}, 'get | core | pods'), ...selecting('y', 'x') },
    role(selecting('x', 'y')),
  ],
])('a role: %s', (_, stored, wanted, expected) => {
  expect(reconciledRole(stored, wanted)).toEqual(expected);
});

const subject = (name: string) => ({ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' });
const binding = (changes: Partial<BindingLike>, ...names: string[]): BindingLike => ({
  metadata: { name: 'b' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
  subjects: names.map(subject),
  ...changes,
});
const other = { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'other' } };

test('a binding gets the subjects that it lacks, and keeps its own', () => {
  expect(reconciledBinding(binding({}, 'x', 'a'), binding({}, 'a', 'b'))).toMatchObject(binding({}, 'x', 'a', 'b'));
  expect(reconciledBinding(binding(protectedBy, 'x'), binding({}, 'a'))).toBeUndefined();
  expect(hasOtherRole(binding(other), binding({}))).toBe(true);
  expect(hasOtherRole(binding({ ...other, ...protectedBy }), binding({}))).toBe(false);
});

test('what a cluster starts with is as it must be', () => {
  for (const one of defaultClusterRoles()) expect(reconciledRole(one, one)).toBeUndefined();
  const names = new Set(defaultClusterRoles().map(({ metadata }) => metadata.name));
  for (const { roleRef } of defaultClusterRoleBindings()) expect(names).toContain(roleRef.name);
});

test('a line of the table is a rule', () => {
  expect(ruleOf('list get | core apps | pods/log jobs | b a')).toEqual({
    verbs: ['get', 'list'],
    apiGroups: ['', 'apps'],
    resources: ['jobs', 'pods/log'],
    resourceNames: ['a', 'b'],
  });
  expect(ruleOf('get | /version /healthz')).toEqual({ verbs: ['get'], nonResourceURLs: ['/healthz', '/version'] });
});
