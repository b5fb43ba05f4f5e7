/** Who a request comes from: certificates, tokens of a file, nobody; and what does not make anybody somebody else. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { selfsubjectreviews } from '../api/kinds/selfsubjectreviews.ts';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type CertificateOptions, clientAuth, clientCertificate, serverAuth } from './harness/client-certificate.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { requestText, sendRaw } from './harness/raw-tls.ts';
import { run } from './harness/run.ts';
import { whoAmI } from './harness/who-am-i.ts';

const uid = '1.3.6.1.4.1.57683.2';
const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

let folder: string;
let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-authentication-'));
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, 'jane-token,jane,u1,"developers,on ""call"""\njoe-token,joe,\n');
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25150, { 'token-auth-file': tokens });
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const jane = { username: 'jane', uid: 'u1', groups: ['developers', 'on "call"', 'system:authenticated'] };
/** Who may ask nothing, not even who it is. */
const anonymous = 403;

describe('a certificate', () => {
  const as = async (options: CertificateOptions, headers: Record<string, string> = {}) =>
    whoAmI(server, { credentials: await clientCertificate(server, options), headers });

  test('says who its bearer is', async () => {
    const subject: CertificateOptions['subject'] = [
      ['CN', 'ann'],
      ['O', 'developers'],
      ['O', 'a, b'],
      [uid, 'ann-1'],
    ];
    expect(await as({ subject })).toEqual({
      username: 'ann',
      uid: 'ann-1',
      groups: ['developers', 'a, b', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });

  test.each<[string, Omit<CertificateOptions, 'subject'>, 'ann' | number]>([
    ['for everything', { usages: [] }, 'ann'],
    ['for clients and servers', { usages: [clientAuth, serverAuth] }, 'ann'],
    ['for servers', { usages: [serverAuth] }, 401],
    ['that has ended', { from: -2, until: -1 }, 401],
    ['that has not begun', { from: 1, until: 2 }, 401],
  ])('%s', async (_, options, expected) => {
    const found = await as({ subject: [['CN', 'ann']], ...options });
    expect(typeof found === 'number' ? found : found.username).toBe(expected);
  });

  test.each<[string, CertificateOptions['subject'], unknown]>([
    ['without a name is nobody', [['O', 'system:masters']], anonymous],
    [
      'of two names has the last',
      [
        ['CN', 'ann'],
        ['CN', 'bob'],
      ],
      'bob',
    ],
    [
      'of two UIDs is not good',
      [
        ['CN', 'ann'],
        [uid, '1'],
        [uid, '2'],
      ],
      401,
    ],
    [
      'of a name with other attributes in it has that name',
      [['CN', 'ann/O=system:masters, O=system:masters']],
      'ann/O=system:masters, O=system:masters',
    ],
  ])('%s', async (_, subject, expected) => {
    const found = await as({ subject });
    expect(typeof found === 'number' ? found : found.username).toBe(expected);
    if (typeof found !== 'number') expect(found.groups).toEqual(['system:authenticated']);
  });

  test('goes before a token; one that is not good leaves it to the token', async () => {
    const subject: CertificateOptions['subject'] = [['CN', 'ann']];
    const token = { authorization: 'Bearer jane-token' };
    expect(await as({ subject }, token)).toMatchObject({ username: 'ann' });
    expect(await as({ subject }, { authorization: 'Bearer nonsense' })).toMatchObject({ username: 'ann' });
    expect(await as({ subject, until: 0.001, from: -1, usages: [serverAuth] }, token)).toEqual(jane);
    expect(await as({ subject, usages: [serverAuth] }, { authorization: 'Bearer nonsense' })).toBe(401);
  });
});

describe('a token', () => {
  test.each<[string, Record<string, string>, unknown]>([
    ['of the file', { authorization: 'Bearer jane-token' }, jane],
    ['with the scheme in other letters', { authorization: 'bEARER jane-token' }, jane],
    ['with something behind it', { authorization: 'Bearer jane-token more' }, jane],
    ['that nobody issued', { authorization: 'Bearer nonsense' }, 401],
    ['in other letters', { authorization: 'Bearer JANE-TOKEN' }, 401],
    ['that is named like a property', { authorization: 'Bearer __proto__' }, 401],
    ['that is not there', { authorization: 'Bearer' }, anonymous],
    ['that is empty', { authorization: 'Bearer ' }, anonymous],
    ['of another scheme', { authorization: `Basic ${btoa('jane:jane-token')}` }, anonymous],
  ])('%s', async (_, headers, expected) => {
    expect(await whoAmI(server, { identity: null, headers })).toEqual(expected);
  });

  test('the first of several headers counts', async () => {
    const ask = async (...headers: string[]) =>
      (await sendRaw(server, requestText('POST', path, ['content-type: application/json', ...headers], '{}'))).split(
        '\r\n',
        1,
      )[0];
    const [good, bad] = ['authorization: Bearer jane-token', 'authorization: Bearer nonsense'];
    expect(await ask(good, bad)).toBe('HTTP/1.1 201 Created');
    expect(await ask(bad, good)).toBe('HTTP/1.1 401 Unauthorized');
  });

  const protocol = (token: string) =>
    `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;

  test.each<[string, string, number]>([
    ['among the protocols of a WebSocket', `${protocol('jane-token')}, v4.channel.k8s.io`, 403],
    ['behind them', `v4.channel.k8s.io,${protocol('jane-token')}`, 403],
    ['that nobody issued', `${protocol('nonsense')}, v4.channel.k8s.io`, 401],
    ['without another protocol', protocol('jane-token'), 401],
    ['twice', `${protocol('jane-token')},${protocol('jane-token')},v4.channel.k8s.io`, 401],
    ['in another encoding', 'base64url.bearer.authorization.k8s.io.!!,v4.channel.k8s.io', 401],
  ])('%s', async (_, protocols, status) => {
    const headers = ['upgrade: websocket', `sec-websocket-protocol: ${protocols}`];
    const answer = await sendRaw(
      server,
      requestText('GET', '/api/v1/namespaces/default/pods/p/exec', ['connection: upgrade', ...headers]),
    );
    expect(answer).toMatch(`HTTP/1.1 ${status} `);
    if (status === 403) expect(answer).toContain('User \\"jane\\" cannot get resource \\"pods/exec\\"');
  });
});

describe('nobody is made somebody else by', () => {
  test.each([
    ['x-remote-user', 'kubernetes-admin'],
    ['x-remote-group', 'system:masters'],
    ['x-remote-extra-scopes', 'all'],
    ['x-forwarded-user', 'kubernetes-admin'],
    ['x-forwarded-client-cert', 'Subject="CN=kubernetes-admin,O=system:masters"'],
    ['x-ssl-client-s-dn', 'CN=kubernetes-admin,O=system:masters'],
    ['remote-user', 'kubernetes-admin'],
    ['x-user', 'kubernetes-admin'],
    ['cookie', 'token=jane-token'],
    ['proxy-authorization', 'Bearer jane-token'],
    ['x-authorization', 'Bearer jane-token'],
    ['authorization_', 'Bearer jane-token'],
  ])('%s', async (header, value) => {
    const more = { 'x-remote-user': 'kubernetes-admin', 'x-remote-group': 'system:masters', [header]: value };
    expect(await whoAmI(server, { identity: null, headers: more })).toBe(anonymous);
    expect(await whoAmI(server, { identity: null, headers: { ...more, authorization: 'Bearer jane-token' } })).toEqual(
      jane,
    );
  });

  test('the query', async () => {
    const { status } = await server.raw(`/api/v1/nodes?access_token=jane-token&as=kubernetes-admin`, {
      identity: null,
    });
    expect(status).toBe(403);
  });
});

test('without credentials only health and version are to be had', async () => {
  const status = async (path: string) => (await server.raw(path, { identity: null })).status;
  const open = ['/healthz', '/livez', '/readyz', '/version'];
  for (const path of open) expect([path, await status(path)]).toEqual([path, 200]);
  for (const path of ['/', '/api', '/apis', '/openapi/v2', '/metrics', '/api/v1/nodes', '/nowhere']) {
    expect([path, await status(path)]).toEqual([path, 403]);
  }
});

describe('impersonation', () => {
  const as = (headers: Record<string, string>, identity = 'admin') => whoAmI(server, { identity, headers });

  test.each<[string, Record<string, string>, object]>([
    ['a user', { 'impersonate-user': 'bob' }, { username: 'bob', groups: ['system:authenticated'] }],
    [
      'all of a user',
      {
        'impersonate-user': 'bob',
        'impersonate-group': 'developers',
        'impersonate-uid': '7',
        'impersonate-extra-example.com%2fscopes': 'view',
      },
      {
        username: 'bob',
        uid: '7',
        groups: ['developers', 'system:authenticated'],
        extra: { 'example.com/scopes': ['view'] },
      },
    ],
    [
      'a service account',
      { 'impersonate-user': 'system:serviceaccount:default:robot' },
      {
        username: 'system:serviceaccount:default:robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      },
    ],
    [
      'nobody',
      { 'impersonate-user': 'system:anonymous' },
      { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    ],
    [
      'a key that is a property of everything',
      { 'impersonate-user': 'bob', 'impersonate-extra-__proto__': 'x' },
      { username: 'bob', extra: JSON.parse('{"__proto__":["x"]}') },
    ],
  ])('%s', async (name, headers, expected) => {
    // Who is anonymous may not ask who it is.
    if (name === 'nobody') expect(await as(headers)).toBe(403);
    else expect(await as(headers)).toMatchObject(expected);
  });

  test('several groups stay several, whatever is in them', async () => {
    const lines = [
      'impersonate-user: bob',
      'impersonate-group: a, b',
      'impersonate-group: c',
      'authorization: Bearer jane-token',
    ];
    const answer = await sendRaw(server, requestText('POST', path, lines, '{}'));
    expect(answer).toContain(
      'selfsubjectreviews.authentication.k8s.io is forbidden: User \\"jane\\" cannot impersonate-on:user-info:create resource \\"selfsubjectreviews\\" in API group \\"authentication.k8s.io\\" at the cluster scope',
    );
    const groups = await server.raw(path, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/json',
        'impersonate-user': 'bob',
        'impersonate-group': ['a, b', 'c'] as unknown as string,
      },
    });
    expect(JSON.parse(groups.text).status.userInfo.groups).toEqual(['a, b', 'c', 'system:authenticated']);
  });

  test.each<[string, Record<string, string>, number]>([
    ['a group without a user', { 'impersonate-group': 'system:masters' }, 400],
    ['a uid without a user', { 'impersonate-uid': '7' }, 400],
    ['an extra without a user', { 'impersonate-extra-a': 'b' }, 400],
    ['an empty user with a group', { 'impersonate-user': '', 'impersonate-group': 'system:masters' }, 400],
  ])('%s is a %d', async (_, headers, status) => {
    expect(await as(headers)).toBe(status);
  });

  test('who has no right to it is told so, and stays who it is without', async () => {
    expect(
      await as({ 'impersonate-user': 'kubernetes-admin', 'impersonate-group': 'system:masters' }, 'scheduler'),
    ).toBe(403);
    expect(await whoAmI(server, { identity: null, headers: { 'impersonate-user': 'kubernetes-admin' } })).toBe(403);
    expect(await as({ 'impersonate-nothing': 'x' }, 'scheduler')).toMatchObject({ username: 'system:kube-scheduler' });
  });

  test('whoever is impersonated has no more rights than that', async () => {
    const headers = { 'impersonate-user': 'bob' };
    expect((await server.raw('/api/v1/nodes', { headers })).status).toBe(403);
    const back = { ...headers, 'impersonate-group': 'system:masters' };
    expect((await server.raw('/api/v1/nodes', { headers: back })).status).toBe(200);
  });
});

describe('a request', () => {
  test('whose header is too large is refused, and the server lives', async () => {
    const large = (size: number) => server.raw('/version', { headers: { 'x-large': 'a'.repeat(size) } });
    expect((await large(500_000)).status).toBe(200);
    expect((await large(2_000_000).catch(() => ({ status: 431 }))).status).toBe(431);
    const token = { identity: null, headers: { authorization: `Bearer ${'a.'.repeat(200_000)}` } };
    expect((await server.raw('/version', token)).status).toBe(401);
    expect(await whoAmI(server, 'jane-token')).toEqual(jane);
  });
});

describe('our own client', () => {
  const load = (user: object): RestClient => {
    const config = parse(readFileSync(server.paths.kubeconfig, 'utf8'));
    config.users[0].user = user;
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, JSON.stringify(config));
    return new RestClient(loadKubeconfig(file));
  };
  const nameOf = async (client: RestClient): Promise<unknown> =>
    (await client.of(selfsubjectreviews).create({ metadata: {} })).status?.userInfo;

  test('shows the token of a file, or what a program gives', async () => {
    writeFileSync(join(folder, 'token'), 'jane-token\n');
    expect(await nameOf(load({ tokenFile: 'token' }))).toEqual(jane);
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' };
    const written = JSON.stringify({ ...credential, status: { token: 'jane-token' } });
    const exec = { ...credential, command: 'echo', args: [written], interactiveMode: 'Never' };
    expect(await nameOf(load({ exec }))).toEqual(jane);
  });

  test('is minikctl, too', async () => {
    load({ token: 'jane-token' }).close();
    const { status, stderr } = await run('cli/minikctl', [
      '--kubeconfig',
      join(folder, 'kubeconfig'),
      'get',
      'secrets',
    ]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('User "jane" cannot list resource "secrets" in API group "" in the namespace "default"'),
    ]);
  });

  test('acts as another user', async () => {
    const admin = parse(readFileSync(server.paths.kubeconfig, 'utf8')).users[0].user;
    const as = {
      as: 'bob',
      'as-groups': ['a, b', 'c'],
      'as-uid': '7',
      'as-user-extra': { 'example.com/x': ['1', '2'] },
    };
    expect(await nameOf(load({ ...admin, ...as }))).toEqual({
      username: 'bob',
      uid: '7',
      groups: ['a, b', 'c', 'system:authenticated'],
      extra: { 'example.com/x': ['1', '2'] },
    });
  });
});
