import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadKubeconfig, type Overrides, restConfigOf } from './kubeconfig.ts';
import { type Kubeconfig, mergeKubeconfigs } from './kubeconfig-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'minik-kubeconfig-'));
const path = join(folder, 'config');

afterAll(() => rmSync(folder, { recursive: true }));

function load(user: object | null, cluster: object = { server: 'https://127.0.0.1:6443' }) {
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'n' } }],
    clusters: [{ name: 'k', cluster }],
    users: [{ name: 'u', user }],
  };
  writeFileSync(path, JSON.stringify(config));
  return loadKubeconfig(path);
}

test.each<[string, object | null, object]>([
  ['no user', null, { server: 'https://127.0.0.1:6443', namespace: 'n' }],
  ['a token', { token: 't' }, { token: 't' }],
  ['a token in a file beside it', { tokenFile: 'token' }, { tokenFile: join(folder, 'token') }],
  ['a certificate', { 'client-certificate-data': btoa('C'), 'client-key-data': btoa('K') }, { cert: 'C', key: 'K' }],
  [
    'a program of the PATH',
    {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'login', args: ['a'], interactiveMode: 'Never' },
    },
    {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'login',
        args: ['a'],
        env: [],
        installHint: '',
        interactiveMode: 'Never',
        provideClusterInfo: false,
      },
    },
  ],
  [
    'a program beside it',
    { exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', command: './login' } },
    { exec: { command: join(folder, 'login'), interactiveMode: 'IfAvailable' } },
  ],
  [
    'somebody to act as',
    { as: 'bob', 'as-groups': ['g'], 'as-uid': '7', 'as-user-extra': { reason: ['x'] } },
    { impersonate: { user: 'bob', groups: ['g'], uid: '7', extra: { reason: ['x'] } } },
  ],
])('%s', (_, user, expected) => {
  expect(load(user)).toMatchObject(expected);
});

test.each<[object, string]>([
  [{ 'auth-provider': { name: 'gcp' } }, 'auth-provider is not supported; use exec'],
  [{ exec: { command: 'login' } }, 'exec needs a command and an apiVersion'],
])('%j is refused', (user, why) => {
  expect(() => load(user)).toThrow(`config file "${path}": user "u": ${why}`);
});

test('groups of nobody are refused', () => {
  expect(() => load({ 'as-groups': ['g'] })).toThrow(
    'requesting uid, groups or user-extra for u without impersonating a user',
  );
});

describe('instead of what the file says', () => {
  const config: Kubeconfig = {
    'current-context': 'c',
    contexts: [
      { name: 'c', context: { cluster: 'k', user: 'u', namespace: 'n' } },
      { name: 'other', context: { cluster: 'k2', user: 'u2' } },
    ],
    clusters: [
      { name: 'k', cluster: { server: 'https://1', 'certificate-authority-data': btoa('CA') } },
      { name: 'k2', cluster: { server: 'https://2' } },
    ],
    users: [
      { name: 'u', user: { tokenFile: '/token' } },
      { name: 'u2', user: { token: 'two' } },
    ],
  };

  test.each<[Overrides, object]>([
    [{}, { server: 'https://1', ca: 'CA', tokenFile: '/token', namespace: 'n' }],
    [{ context: 'other' }, { server: 'https://2', token: 'two', namespace: undefined }],
    [{ cluster: 'k2' }, { server: 'https://2', tokenFile: '/token', namespace: 'n' }],
    [{ user: 'u2' }, { server: 'https://1', token: 'two' }],
    [
      { server: 'https://3', token: 't' },
      { server: 'https://3', token: 't', ca: 'CA' },
    ],
    [{ insecureSkipTlsVerify: true }, { ca: undefined, insecureSkipTlsVerify: true }],
    [{ as: 'bob', asGroup: ['g'], asUid: '7' }, { impersonate: { user: 'bob', groups: ['g'], uid: '7' } }],
  ])('%j', (overrides, expected) => {
    expect(restConfigOf(config, 'it', overrides)).toMatchObject(expected);
  });

  test('a token takes the place of a file with one', () => {
    expect(restConfigOf(config, 'it', { token: 't' }).tokenFile).toBeUndefined();
  });

  test.each<[Overrides, string]>([
    [{ context: 'x' }, 'context was not found for specified context: x'],
    [{ cluster: 'x' }, 'no server found for cluster "x"'],
    [{ user: 'x' }, 'auth info "x" does not exist'],
    [
      { certificateAuthority: '/none' },
      'unable to read certificate-authority /none for k due to open /none: no such file or directory',
    ],
    [{ asGroup: ['g'] }, 'requesting uid, groups or user-extra for u without impersonating a user'],
  ])('%j is refused', (overrides, why) => {
    expect(() => restConfigOf(config, 'it', overrides)).toThrow(why);
  });

  test('with nothing but flags', () => {
    expect(restConfigOf({}, 'it', { server: 'https://3', token: 't' })).toMatchObject({
      server: 'https://3',
      token: 't',
    });
    expect(() => restConfigOf({}, 'it')).toThrow('it: context "" does not exist');
  });
});

test('of several files the first counts that names something', () => {
  const merged = mergeKubeconfigs([
    { contexts: [{ name: 'a', context: { cluster: '1' } }] },
    {
      'current-context': 'b',
      contexts: [
        { name: 'a', context: { cluster: '2' } },
        { name: 'b', context: { cluster: '2' } },
      ],
    },
    { 'current-context': 'c' },
  ]);
  expect(merged).toMatchObject({
    'current-context': 'b',
    contexts: [
      { name: 'a', context: { cluster: '1' } },
      { name: 'b', context: { cluster: '2' } },
    ],
  });
});
