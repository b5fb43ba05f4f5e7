import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadKubeconfig } from './kubeconfig.ts';

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
  [{ 'as-groups': ['g'] }, 'as-groups, as-uid and as-user-extra need an as'],
])('%j is refused', (user, why) => {
  expect(() => load(user)).toThrow(`config file "${path}": user "u": ${why}`);
});
