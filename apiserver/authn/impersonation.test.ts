import { expect, test } from 'vitest';
import type { Access } from '../authz/authorizer.ts';
import type { Call } from '../request/call.ts';
import { impersonate } from './impersonation.ts';
import type { User } from './user.ts';

const jane: User = { name: 'jane', groups: ['system:authenticated'] };

/** A call of jane with these headers, and what the authorizer was asked. */
function attempt(headers: Record<string, string[]>, allowed = true) {
  const asked: Access[] = [];
  const joined = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(', ')]));
  const call = {
    user: jane,
    headers: { ...joined, accept: 'x' },
    raw: { headersDistinct: headers },
  } as unknown as Call;
  const decide = (user: User, access: Access) => {
    expect(user).toBe(jane);
    asked.push(access);
    return { allowed, reason: '' };
  };
  impersonate({ decide }, call);
  return {
    call,
    asked: asked.map(({ verb, group, resource, subresource, namespace, name }) =>
      [verb, group, resource, subresource, namespace, name].join('|'),
    ),
  };
}

test('each part needs a right of its own', () => {
  const { call, asked } = attempt({
    'impersonate-user': ['bob'],
    'impersonate-group': ['a, b', 'c'],
    'impersonate-uid': ['7'],
    'impersonate-extra-example.com%2fscopes': ['x', 'y'],
  });
  expect(asked).toEqual([
    'impersonate||users|||bob',
    'impersonate||groups|||a, b',
    'impersonate||groups|||c',
    'impersonate|authentication.k8s.io|userextras|example.com/scopes||x',
    'impersonate|authentication.k8s.io|userextras|example.com/scopes||y',
    'impersonate|authentication.k8s.io|uids|||7',
  ]);
  expect(call).toMatchObject({
    user: {
      name: 'bob',
      uid: '7',
      groups: ['a, b', 'c', 'system:authenticated'],
      extra: { 'example.com/scopes': ['x', 'y'] },
    },
    impersonator: jane,
  });
  expect(call.headers).toEqual({ accept: 'x' });
});

test.each<[string, Record<string, string[]>, string[], string[]]>([
  [
    'a service account',
    { 'impersonate-user': ['system:serviceaccount:n:robot'] },
    ['impersonate||serviceaccounts||n|robot'],
    ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
  ],
  [
    'a service account with groups',
    { 'impersonate-user': ['system:serviceaccount:n:robot'], 'impersonate-group': ['g'] },
    ['impersonate||serviceaccounts||n|robot', 'impersonate||groups|||g'],
    ['g', 'system:authenticated'],
  ],
  [
    'what only looks like one',
    { 'impersonate-user': ['system:serviceaccount:N:robot'] },
    ['impersonate||users|||system:serviceaccount:N:robot'],
    ['system:authenticated'],
  ],
  [
    'one of too many parts',
    { 'impersonate-user': ['system:serviceaccount:n:robot:x'] },
    ['impersonate||users|||system:serviceaccount:n:robot:x'],
    ['system:authenticated'],
  ],
  [
    'nobody',
    { 'impersonate-user': ['system:anonymous'] },
    ['impersonate||users|||system:anonymous'],
    ['system:unauthenticated'],
  ],
  [
    'somebody unknown',
    { 'impersonate-user': ['x'], 'impersonate-group': ['system:unauthenticated'] },
    ['impersonate||users|||x', 'impersonate||groups|||system:unauthenticated'],
    ['system:unauthenticated'],
  ],
  ['the first of two', { 'impersonate-user': ['bob', 'eve'] }, ['impersonate||users|||bob'], ['system:authenticated']],
])('%s', (_, headers, expected, groups) => {
  const { call, asked } = attempt(headers);
  expect(asked).toEqual(expected);
  expect(call.user.groups).toEqual(groups);
});

test('without a user there is nobody to be', () => {
  expect(() => attempt({ 'impersonate-group': ['g'], 'impersonate-extra-a': ['b'] })).toThrow(
    'requested [{Group  g    } {UserExtra  b  authentication.k8s.io/v1  a}] without impersonating a user',
  );
});

test('without the right, nothing changes', () => {
  expect(() => attempt({ 'impersonate-user': ['bob'] }, false)).toThrow(
    'users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
  );
  expect(attempt({ 'impersonate-other': ['x'] }, false)).toMatchObject({ asked: [], call: { user: jane } });
});
