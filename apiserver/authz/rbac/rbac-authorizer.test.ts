import { expect, test } from 'vitest';
import type { PolicyRule, RoleSubject } from '../../../api/types.ts';
import { requestInfo } from '../../request/info.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';
import { RoleRules } from './role-rules.ts';
import { StoredRoles } from './roles.fixture.ts';

const rule: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const role = (name: string, namespace?: string) => ({
  metadata: { name, ...(namespace && { namespace }) },
  rules: [rule],
});
const binding = (
  name: string,
  namespace: string | undefined,
  kind: string,
  roleName: string,
  ...subjects: RoleSubject[]
) => ({
  metadata: { name, ...(namespace && { namespace }) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: roleName },
  subjects,
});
const user = (name: string): RoleSubject => ({ kind: 'User', name });

/** An authorizer over stored objects, and what it says of `get pods` in the namespaces. */
function world() {
  const stored = new StoredRoles();
  const authorizer = new RbacAuthorizer(new RoleRules(stored.resources));
  const decide = (name: string, namespace: string, ...groups: string[]) => {
    const path = namespace ? `/api/v1/namespaces/${namespace}/pods/p` : '/api/v1/pods/p';
    return authorizer.decide({ name, groups }, requestInfo('GET', path, new URLSearchParams()));
  };
  return { stored, authorizer, decide };
}

test('a decision says which binding made it', () => {
  const { stored, decide } = world();
  stored.put('clusterroles', role('view')).put('roles', role('own', 'dev'));
  stored.put(
    'clusterrolebindings',
    binding('all', undefined, 'ClusterRole', 'view', { kind: 'Group', name: 'admins' }),
  );
  stored.put(
    'rolebindings',
    binding('some', 'dev', 'Role', 'own', user('ann'), { kind: 'ServiceAccount', name: 'ci' }),
  );
  stored.put('rolebindings', binding('more', 'dev', 'ClusterRole', 'view', user('bob')));
  expect(decide('x', 'prod', 'admins').reason).toBe(
    'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "view" to Group "admins"',
  );
  expect(decide('ann', 'dev').reason).toBe('RBAC: allowed by RoleBinding "some/dev" of Role "own" to User "ann"');
  expect(decide('bob', 'dev').reason).toBe(
    'RBAC: allowed by RoleBinding "more/dev" of ClusterRole "view" to User "bob"',
  );
  expect(decide('system:serviceaccount:dev:ci', 'dev').reason).toBe(
    'RBAC: allowed by RoleBinding "some/dev" of Role "own" to ServiceAccount "ci/dev"',
  );
  expect(decide('system:serviceaccount:prod:ci', 'dev')).toEqual({ allowed: false, reason: '' });
  expect(decide('ann', 'prod')).toEqual({ allowed: false, reason: '' });
  expect(decide('ann', '')).toEqual({ allowed: false, reason: '' });
  expect(decide('devs', 'dev', 'ann')).toEqual({ allowed: false, reason: '' });
});

test('every change counts: of bindings, of roles, of a cache that starts over', () => {
  const { stored, decide } = world();
  const first = binding('first', undefined, 'ClusterRole', 'view', user('ann'));
  const second = binding('second', undefined, 'ClusterRole', 'view', user('ann'));
  expect(decide('ann', 'dev').allowed).toBe(false);
  stored.put('clusterrolebindings', first);
  expect(decide('ann', 'dev')).toEqual({
    allowed: false,
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "view" not found',
  });
  stored.put('clusterroles', role('view'));
  expect(decide('ann', 'dev').allowed).toBe(true);
  stored.put('clusterrolebindings', second).remove('clusterrolebindings', first);
  expect(decide('ann', 'dev').reason).toContain('"second"');
  stored.put('clusterrolebindings', { ...second, subjects: [user('bob')] });
  expect([decide('ann', 'dev').allowed, decide('bob', 'dev').allowed]).toEqual([false, true]);
  stored.put('clusterroles', { ...role('view'), rules: [] });
  expect(decide('bob', 'dev').allowed).toBe(false);
  stored.put('clusterroles', role('view'));
  const { cache } = stored.resources.must('rbac.authorization.k8s.io', 'clusterrolebindings');
  cache.replace([], 100);
  expect(decide('bob', 'dev').allowed).toBe(false);
});

test('several roles that are missing are all named, once', () => {
  const { stored, decide } = world();
  for (const name of ['a', 'b']) {
    stored.put('clusterrolebindings', binding(name, undefined, 'ClusterRole', name, user('ann')));
    stored.put(
      'clusterrolebindings',
      binding(`${name}2`, undefined, 'ClusterRole', name, { kind: 'Group', name: 'g' }),
    );
  }
  stored.put('rolebindings', binding('r', 'dev', 'Role', 'c', user('ann')));
  expect(decide('ann', 'dev', 'g').reason).toBe(
    'RBAC: [clusterrole.rbac.authorization.k8s.io "a" not found, clusterrole.rbac.authorization.k8s.io "b" not found, role.rbac.authorization.k8s.io "c" not found]',
  );
});

test('stored nonsense allows nothing', () => {
  const { stored, decide } = world();
  stored.put('clusterroles', role('view'));
  stored.put('clusterrolebindings', binding('a', undefined, 'Secret', 'view', user('ann')));
  stored.put('clusterrolebindings', binding('b', undefined, 'ClusterRole', 'view', { kind: 'Robot', name: 'ann' }));
  stored.put(
    'clusterrolebindings',
    binding('c', undefined, 'ClusterRole', 'view', { kind: 'ServiceAccount', name: 'ann' }),
  );
  expect(decide('ann', 'dev')).toEqual({ allowed: false, reason: 'RBAC: unsupported role reference kind: "Secret"' });
});

test('the rules of a user are those of all that is bound to it', () => {
  const { stored, authorizer } = world();
  stored.put('clusterroles', role('view')).put('roles', role('own', 'dev'));
  stored.put('clusterrolebindings', binding('all', undefined, 'ClusterRole', 'view', user('ann')));
  stored.put('rolebindings', binding('some', 'dev', 'Role', 'own', user('ann')));
  stored.put('rolebindings', binding('none', 'dev', 'Role', 'gone', user('ann')));
  expect(authorizer.rulesFor({ name: 'ann', groups: [] }, 'prod')).toEqual({
    rules: [rule],
    incomplete: false,
    error: '',
  });
  expect(authorizer.rulesFor({ name: 'ann', groups: [] }, 'dev')).toEqual({
    rules: [rule, rule],
    incomplete: false,
    error: 'role.rbac.authorization.k8s.io "gone" not found',
  });
});
