/** Tokens of service accounts: what makes one good, everything that does not, and what a TokenReview says of it. */
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { tokenreviews } from '../api/kinds/tokenreviews.ts';
import type { TokenReview } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { whoAmI } from './harness/who-am-i.ts';

const namespace = 'default';
const issuer = 'https://kubernetes.default.svc.cluster.local';

let folder: string;
let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let uid: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-tokens-'));
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25155);
  client = server.client();
  uid = (await client.of(serviceaccounts).create({ metadata: { name: 'robot', namespace } })).metadata.uid!;
});

afterAll(async () => {
  client?.close();
  await server?.remove();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const robot = {
  username: 'system:serviceaccount:default:robot',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
};

async function requestToken(spec: object = {}, account = 'robot'): Promise<string> {
  const { text, status } = await server.raw(`/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }),
  });
  if (status !== 201) throw new Error(text);
  return (JSON.parse(text) as { status: { token: string } }).status.token;
}

const review = async (token: string, audiences?: string[]): Promise<TokenReview['status']> =>
  (await client.of(tokenreviews).create({ metadata: {}, spec: { token, ...(audiences && { audiences }) } })).status;

/** A token as the server would sign it, or nearly. */
interface Forgery {
  claims?: object;
  header?: object;
  key?: KeyObject;
  signature?(input: string): string;
}

const serverKey = (): KeyObject => createPrivateKey(readFileSync(server.pki('sa.key')));
const keyId = (key: KeyObject): string =>
  createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('base64url');
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow;

function forge({ claims = {}, header = {}, key = serverKey(), signature }: Forgery): string {
  const all = {
    iss: issuer,
    aud: [issuer],
    sub: robot.username,
    iat: seconds(0),
    nbf: seconds(0),
    exp: seconds(600),
    jti: randomUUID(),
    'kubernetes.io': { namespace, serviceaccount: { name: 'robot', uid } },
    ...claims,
  };
  const input = `${encoded({ alg: 'ES256', kid: keyId(serverKey()), ...header })}.${encoded(all)}`;
  const own = (): string =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return `${input}.${signature ? signature(input) : own()}`;
}

test('conformance: ServiceAccount, create and review token', async () => {
  const token = await requestToken({ audiences: [issuer] });
  expect(await review(token)).toMatchObject({ authenticated: true, user: robot, audiences: [issuer] });
  expect(await review(token, [issuer])).toMatchObject({ authenticated: true, user: robot, audiences: [issuer] });
});

describe('a token', () => {
  test('says who its bearer is, and how that was found out', async () => {
    const token = await requestToken();
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    const who = { ...robot, uid, extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] } };
    expect(await whoAmI(server, token)).toEqual(who);
    expect(await review(token)).toEqual({ authenticated: true, user: who, audiences: [issuer] });
  });

  test('of a pod says which pod, on which node', async () => {
    const node = await client.of(nodes).create({ metadata: { name: 'n1' } });
    const pod = await client.of(pods).create({
      metadata: { name: 'bound', namespace },
      spec: { serviceAccountName: 'robot', nodeName: 'n1', containers: [{ name: 'main', image: 'busybox:1.35' }] },
    });
    const token = await requestToken({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'bound' } });
    expect(await whoAmI(server, token)).toMatchObject({
      extra: {
        'authentication.kubernetes.io/pod-name': ['bound'],
        'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
        'authentication.kubernetes.io/node-name': ['n1'],
        'authentication.kubernetes.io/node-uid': [node.metadata.uid],
      },
    });
    await client.of(pods).delete('bound', namespace, { gracePeriodSeconds: 0 });
    await eventually('it ends with the pod', async () => (await whoAmI(server, token)) === 401);
    expect(await review(token)).toEqual({
      user: {},
      error: '[invalid bearer token, service account token has been invalidated]',
    });
  });

  test('that was accepted before is refused as soon as its account is gone', async () => {
    await client.of(serviceaccounts).create({ metadata: { name: 'short', namespace } });
    const token = await requestToken({}, 'short');
    expect(await whoAmI(server, token)).toMatchObject({ username: 'system:serviceaccount:default:short' });
    await client.of(serviceaccounts).delete('short', namespace);
    await eventually('it is refused', async () => (await whoAmI(server, token)) === 401);
    expect((await review(token))?.error).toBe('[invalid bearer token, serviceaccounts "short" not found]');
    await client.of(serviceaccounts).create({ metadata: { name: 'short', namespace } });
    expect((await review(token))?.error).toMatch(/service account UID \(\S+\) does not match claim \(\S+\)/);
  });

  test('is for its audiences alone', async () => {
    const token = await requestToken({ audiences: ['vault'] });
    expect(await whoAmI(server, token)).toBe(401);
    expect((await review(token))?.error).toBe(
      `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["${issuer}"]]`,
    );
    expect(await review(token, ['vault', 'other'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
  });
});

describe('a forged token', () => {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const publicPem = (): string => createPublicKey(serverKey()).export({ type: 'spki', format: 'pem' }) as string;
  const hmac = (secret: string | Buffer) => (input: string) =>
    createHmac('sha256', secret).update(input).digest('base64url');

  test('is told from one that is as the server makes them', async () => {
    expect(await whoAmI(server, forge({}))).toMatchObject(robot);
    expect(await whoAmI(server, forge({ header: { kid: undefined } }))).toMatchObject(robot);
  });

  test.each<[string, () => Forgery, RegExp]>([
    ['with alg none', () => ({ header: { alg: 'none' }, signature: () => '' }), /"alg"|Algorithm|signature/i],
    ['with alg None', () => ({ header: { alg: 'None' }, signature: () => '' }), /"alg"|Algorithm|signature/i],
    ['without a signature', () => ({ signature: () => '' }), /signature/],
    ['signed by another key under the name of ours', () => ({ key: stranger }), /signature verification failed/],
    [
      'signed by another key',
      () => ({ key: stranger, header: { kid: keyId(stranger) } }),
      /invalid signature, no keys found/,
    ],
    [
      'signed by another key that it brings along',
      () => ({ key: stranger, header: { jwk: createPublicKey(stranger).export({ format: 'jwk' }) } }),
      /signature verification failed/,
    ],
    [
      'without the name of a key',
      () => ({ key: stranger, header: { kid: undefined } }),
      /signature verification failed/,
    ],
    ['with a path for a key', () => ({ header: { kid: '../../pki/sa.pub' } }), /invalid signature, no keys found/],
    ['with a property for a key', () => ({ header: { kid: '__proto__' } }), /invalid signature, no keys found/],
    ['with the public key as a secret', () => ({ header: { alg: 'HS256' }, signature: hmac(publicPem()) }), /alg/i],
    ['with an empty secret', () => ({ header: { alg: 'HS256' }, signature: hmac('') }), /alg/i],
    ['with an algorithm of another kind of key', () => ({ header: { alg: 'RS256' } }), /alg/i],
    ['of zeros', () => ({ signature: () => Buffer.alloc(64).toString('base64url') }), /signature verification failed/],
    ['that has ended', () => ({ claims: { exp: seconds(-61) } }), /service account token has expired/],
    ['whose time has not come', () => ({ claims: { nbf: seconds(120) } }), /service account token is not valid yet/],
    ['for nobody', () => ({ claims: { aud: [] } }), /token audiences \[\] is invalid/],
    ['for somebody else', () => ({ claims: { aud: ['elsewhere'] } }), /token audiences \["elsewhere"\] is invalid/],
    [
      'of an account that is not there',
      () => ({ claims: { 'kubernetes.io': { namespace, serviceaccount: { name: 'none', uid } } } }),
      /serviceaccounts "none" not found/,
    ],
    [
      'of an account of another uid',
      () => ({ claims: { 'kubernetes.io': { namespace, serviceaccount: { name: 'robot', uid: 'x' } } } }),
      /does not match claim \(x\)/,
    ],
    [
      'of an account in another namespace',
      () => ({ claims: { 'kubernetes.io': { namespace: 'kube-system', serviceaccount: { name: 'robot', uid } } } }),
      /not found/,
    ],
    [
      'with a path for an account',
      () => ({ claims: { 'kubernetes.io': { namespace: 'x/..', serviceaccount: { name: '../default/robot', uid } } } }),
      /not found/,
    ],
    ['that says nothing of an account', () => ({ claims: { 'kubernetes.io': {} } }), /unexpected private claim/],
    [
      'whose account is a list',
      () => ({ claims: { 'kubernetes.io': { namespace: ['default'], serviceaccount: [] } } }),
      /unexpected private claim/,
    ],
    [
      'bound to a secret that is not there',
      () => ({
        claims: {
          'kubernetes.io': { namespace, serviceaccount: { name: 'robot', uid }, secret: { name: 's', uid: '1' } },
        },
      }),
      /has been invalidated/,
    ],
    ['of another issuer', () => ({ claims: { iss: 'https://elsewhere' } }), /^invalid bearer token$/],
  ])('%s: 401', async (_, forgery, why) => {
    const token = forge(forgery());
    expect(await whoAmI(server, token)).toBe(401);
    const status = await review(token);
    expect(status?.authenticated).toBeUndefined();
    expect(status?.error?.replace(/^\[invalid bearer token, (.*)\]$/, '$1')).toMatch(why);
  });

  test.each([
    ['of other parts', () => forge({}).split('.').slice(0, 2).join('.')],
    ['of too many parts', () => `${forge({})}.x`],
    ['that is JSON', () => JSON.stringify({ payload: 'x', signatures: [] })],
    ['that is not text', () => `${'%00'.repeat(10)}.${'\u00ff'.repeat(3)}.x`],
    ['of claims that are no object', () => `${encoded({ alg: 'ES256' })}.${Buffer.from('[]').toString('base64url')}.x`],
    [
      'that is deeply nested',
      () => `${encoded({ alg: 'ES256' })}.${Buffer.from('['.repeat(50_000)).toString('base64url')}.x`,
    ],
  ])('%s: 401', async (_, token) => {
    expect(await whoAmI(server, token())).toBe(401);
  });
});

describe('a token in a secret', () => {
  const legacy = (more: object = {}): object => ({
    iss: 'kubernetes/serviceaccount',
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': 'robot-token',
    'kubernetes.io/serviceaccount/service-account.name': 'robot',
    'kubernetes.io/serviceaccount/service-account.uid': uid,
    ...{ aud: undefined, exp: undefined, nbf: undefined, iat: undefined, jti: undefined, 'kubernetes.io': undefined },
    ...more,
  });

  test('counts as long as the secret holds it', async () => {
    const token = forge({ claims: legacy() });
    expect((await review(token))?.error).toBe('[invalid bearer token, service account token has been invalidated]');
    const data = { token: Buffer.from(token).toString('base64') };
    const annotations = { 'kubernetes.io/service-account.name': 'robot' };
    await client.of(secrets).create({
      metadata: { name: 'robot-token', namespace, annotations },
      type: 'kubernetes.io/service-account-token',
      data,
    });
    await eventually('it is accepted', async () => typeof (await whoAmI(server, token)) === 'object');
    expect(await whoAmI(server, token)).toEqual({ ...robot, uid });
    for (const [claims, why] of [
      [legacy({ extra: 1 }), "service account token does not match server's copy"],
      [legacy({ sub: 'system:serviceaccount:default:admin' }), 'sub claim is invalid'],
      [legacy({ 'kubernetes.io/serviceaccount/secret.name': '' }), 'secretName claim is missing'],
    ] as const) {
      expect((await review(forge({ claims })))?.error).toBe(`[invalid bearer token, ${why}]`);
    }
    await client.of(secrets).delete('robot-token', namespace);
    await eventually('it ends with the secret', async () => (await whoAmI(server, token)) === 401);
  });
});

describe('a TokenReview', () => {
  test('without a token is a 400', async () => {
    const { status, text } = await server.raw('/apis/authentication.k8s.io/v1/tokenreviews', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect([status, JSON.parse(text).message]).toEqual([400, 'token is required for TokenReview in authentication']);
  });

  test('needs a right, which the kubelets and the controllers have', async () => {
    const asked = server
      .client('proxy')
      .of(tokenreviews)
      .create({ metadata: {}, spec: { token: 'x' } });
    await expect(asked).rejects.toThrow('User "system:kube-proxy" cannot create resource "tokenreviews"');
    const kubelet = server.client('kubelet-minik-1');
    const { status } = await kubelet.of(tokenreviews).create({ metadata: {}, spec: { token: 'x' } });
    expect(status).toEqual({ user: {}, error: 'invalid bearer token' });
    kubelet.close();
  });
});

test('keys rotate: a new one signs, the old one is accepted for as long as the server has it', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const newKey = join(folder, 'new.key');
  writeFileSync(newKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const accountOf = async (on: ApiServer): Promise<string> => {
    const { text } = await on.raw(`/api/v1/namespaces/${namespace}/serviceaccounts/robot/token`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    return (JSON.parse(text) as { status: { token: string } }).status.token;
  };
  const before = await requestToken();
  const both = join(folder, 'both.pub');
  writeFileSync(both, readFileSync(server.pki('sa.pub')));
  const during = await ApiServer.start(store.endpoint, 25156, {
    'service-account-signing-key-file': newKey,
    'service-account-key-file': both,
  });
  const { keys } = JSON.parse((await during.raw('/openid/v1/jwks')).text) as { keys: { alg: string }[] };
  expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
  const after = await accountOf(during);
  expect([await whoAmI(during, before), await whoAmI(during, after)]).toMatchObject([robot, robot]);
  expect(await whoAmI(server, after)).toBe(401);
  await during.remove();
  const later = await ApiServer.start(store.endpoint, 25156, {
    'service-account-signing-key-file': newKey,
    'service-account-key-file': newKey,
  });
  expect(await whoAmI(later, after)).toMatchObject(robot);
  expect(await whoAmI(later, before)).toBe(401);
  await later.remove();
});
