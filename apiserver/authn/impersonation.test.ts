import { expect, test } from 'vitest';
import type { Access } from '../authz/authorizer.ts';
import type { Call } from '../request/call.ts';
import { requestInfo } from '../request/info.ts';
import { impersonate } from './impersonation.ts';
import type { User } from './user.ts';

const jane: User = { name: 'jane', groups: ['system:authenticated'] };

const robot: User = {
  name: 'system:serviceaccount:d:robot',
  groups: [],
  extra: { 'authentication.kubernetes.io/node-name': ['n1'] },
};

type Rule = (asked: string) => boolean;
const everything: Rule = () => true;
const nothing: Rule = () => false;
/** Those rights, and no other. */
const only =
  (...rights: string[]): Rule =>
  (asked) =>
    rights.includes(asked);
/** The right of old. */
const old: Rule = (asked) => asked.startsWith('impersonate|');

/** A call that lists pods with these headers, and what the authorizer was asked. */
function attempt(headers: Record<string, string[]>, allows: Rule = everything, user = jane) {
  const asked: string[] = [];
  const joined = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(', ')]));
  const info = requestInfo('GET', '/api/v1/pods', new URLSearchParams());
  const raw = { headersDistinct: headers };
  const call = { user, info, headers: { ...joined, accept: 'x' }, raw } as unknown as Call;
  const decide = (who: User, { verb, group, resource, subresource, namespace, name }: Access) => {
    expect(who).toBe(user);
    const question = [verb, group, resource, subresource, namespace, name].join('|');
    asked.push(question);
    return { allowed: allows(question), reason: '' };
  };
  impersonate({ decide }, call);
  return { call, asked };
}

const all = {
  'impersonate-user': ['bob'],
  'impersonate-group': ['a, b', 'c'],
  'impersonate-uid': ['7'],
  'impersonate-extra-example.com%2fscopes': ['x', 'y'],
};
const bob: User = {
  name: 'bob',
  uid: '7',
  groups: ['a, b', 'c', 'system:authenticated'],
  extra: { 'example.com/scopes': ['x', 'y'] },
};

test('each part needs a right of its own, and so does what is done', () => {
  const { call, asked } = attempt(all);
  const verb = 'impersonate:user-info|authentication.k8s.io';
  expect(asked).toEqual([
    'impersonate-on:user-info:list||pods|||',
    `${verb}|users|||bob`,
    `${verb}|uids|||7`,
    `${verb}|groups|||a, b`,
    `${verb}|groups|||c`,
    `${verb}|userextras|example.com/scopes||x`,
    `${verb}|userextras|example.com/scopes||y`,
  ]);
  expect(call).toMatchObject({ user: bob, impersonator: jane, impersonationConstraint: 'impersonate:user-info' });
  expect(call.headers).toEqual({ accept: 'x' });
});

test('the old right is enough', () => {
  const { call, asked } = attempt(all, old);
  expect(asked.slice(1)).toEqual([
    'impersonate||users|||bob',
    'impersonate|authentication.k8s.io|uids|||7',
    'impersonate||groups|||a, b',
    'impersonate||groups|||c',
    'impersonate|authentication.k8s.io|userextras|example.com/scopes||x',
    'impersonate|authentication.k8s.io|userextras|example.com/scopes||y',
  ]);
  expect(call).toMatchObject({ user: bob, impersonator: jane, impersonationConstraint: undefined });
});

const as = (name: string, ...groups: string[]) => ({
  'impersonate-user': [name],
  ...(groups.length > 0 && { 'impersonate-group': groups }),
});
const account = 'system:serviceaccount:n:robot';
const accountGroups = ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'];

test.each<[string, Record<string, string[]>, Rule, User, string | undefined, string[]]>([
  ['a service account', as(account), everything, jane, 'impersonate:serviceaccount', accountGroups],
  ['a service account, of old', as(account), old, jane, undefined, accountGroups],
  ['a service account with groups', as(account, 'g'), everything, jane, undefined, ['g', 'system:authenticated']],
  [
    'what only looks like one',
    as('system:serviceaccount:N:x'),
    everything,
    jane,
    'impersonate:user-info',
    ['system:authenticated'],
  ],
  ['one of too many parts', as(`${account}:x`), everything, jane, 'impersonate:user-info', ['system:authenticated']],
  [
    'a node',
    as('system:node:n1'),
    everything,
    jane,
    'impersonate:arbitrary-node',
    ['system:nodes', 'system:authenticated'],
  ],
  ['a node, of old', as('system:node:n1'), old, jane, undefined, ['system:authenticated']],
  [
    'the node of its pod',
    as('system:node:n1'),
    only('impersonate-on:associated-node:list||pods|||', 'impersonate:associated-node|authentication.k8s.io|nodes|||*'),
    robot,
    'impersonate:associated-node',
    ['system:nodes', 'system:authenticated'],
  ],
  [
    'another node',
    as('system:node:n2'),
    everything,
    robot,
    'impersonate:arbitrary-node',
    ['system:nodes', 'system:authenticated'],
  ],
  ['nobody', as('system:anonymous'), everything, jane, 'impersonate:user-info', ['system:unauthenticated']],
  [
    'somebody unknown',
    as('x', 'system:unauthenticated'),
    everything,
    jane,
    'impersonate:user-info',
    ['system:unauthenticated'],
  ],
  [
    'the masters, of old only',
    as('x', 'system:masters'),
    everything,
    jane,
    undefined,
    ['system:masters', 'system:authenticated'],
  ],
  ['no group, of old only', as('x', ''), everything, jane, undefined, ['', 'system:authenticated']],
  [
    'a key without a domain, of old only',
    { ...as('x'), 'impersonate-extra-a': ['b'] },
    everything,
    jane,
    undefined,
    ['system:authenticated'],
  ],
  [
    'the first of two',
    { 'impersonate-user': ['bob', 'eve'] },
    everything,
    jane,
    'impersonate:user-info',
    ['system:authenticated'],
  ],
])('%s', (_, headers, allows, user, constraint, groups) => {
  const { call } = attempt(headers, allows, user);
  expect([call.impersonationConstraint, call.user.groups]).toEqual([constraint, groups]);
});

test('without a user there is nobody to be', () => {
  expect(() => attempt({ 'impersonate-group': ['g'], 'impersonate-extra-a': ['b'] })).toThrow(
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g"}, Extra:map[string][]string{"a":[]string{"b"}}} without impersonating a user name',
  );
});

test.each<[string, Record<string, string[]>, Rule, string]>([
  [
    'no right',
    as('bob'),
    nothing,
    'pods is forbidden: User "jane" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope',
  ],
  [
    'no right to do this',
    as('bob'),
    only('impersonate:user-info|authentication.k8s.io|users|||bob'),
    'cannot impersonate-on:user-info:list',
  ],
  [
    'no right to be that user',
    as('bob'),
    only('impersonate-on:user-info:list||pods|||'),
    'users.authentication.k8s.io "bob" is forbidden: User "jane" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
  ],
  [
    'no right to the masters',
    as('bob', 'system:masters'),
    (asked) => asked.startsWith('impersonate-on') || asked.startsWith('impersonate:'),
    'groups.authentication.k8s.io "system:masters" is forbidden: User "jane" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed',
  ],
  [
    'the old right to another user',
    as('bob'),
    only('impersonate||users|||eve'),
    'cannot impersonate-on:user-info:list',
  ],
])('%s: 403', (_, headers, allows, why) => {
  expect(() => attempt(headers, allows)).toThrow(why);
});

test('other headers are none of its business', () => {
  expect(attempt({ 'impersonate-other': ['x'] }, nothing)).toMatchObject({ asked: [], call: { user: jane } });
  expect(attempt({ 'impersonate-user': [''] }, nothing)).toMatchObject({ asked: [], call: { user: jane } });
});
