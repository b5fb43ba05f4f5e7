/** Single sign-on: the tokens of a real OpenID provider, by flags and by an AuthenticationConfiguration. */
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { OpenIdProvider } from './harness/openid-provider.ts';
import { whoAmI } from './harness/who-am-i.ts';

let folder: string;
let store: EtcdServer;
let provider: OpenIdProvider;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-oidc-'));
  store = await startStore();
  provider = await OpenIdProvider.start(folder, 25160, {
    alice: { email: 'alice@example.com', email_verified: true, groups: ['developers', 'on-call'], roles: 'admin' },
    mallory: { email: 'alice@example.com', email_verified: false, groups: [], roles: 'guest' },
    system: { email: 'system:admin', email_verified: true, groups: ['developers'], roles: 'admin' },
  });
});

afterAll(async () => {
  await provider?.close();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const part = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split('.')[index]!, 'base64url').toString()) as Record<string, unknown>;
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('by flags', () => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await ApiServer.start(store.endpoint, 25161, {
      'oidc-issuer-url': provider.issuer,
      'oidc-client-id': provider.clientId,
      'oidc-ca-file': provider.caFile,
      'oidc-username-claim': 'email',
      'oidc-groups-claim': 'groups',
      'oidc-groups-prefix': 'sso:',
      'oidc-required-claim': 'roles=admin',
    });
  });

  afterAll(() => server?.remove());

  test('whoever the provider has logged in is who its claims say', async () => {
    expect(await whoAmI(server, await provider.idToken('alice'))).toEqual({
      username: 'alice@example.com',
      groups: ['sso:developers', 'sso:on-call', 'system:authenticated'],
    });
  });

  test('a claim that is required is missing, or an address is not verified: 401', async () => {
    expect(await whoAmI(server, await provider.idToken('mallory'))).toBe(401);
  });

  test('the provider may change its keys', async () => {
    const before = await provider.idToken('alice');
    provider.rotateKeys();
    const after = await provider.idToken('alice');
    const accepted = async () => typeof (await whoAmI(server, after)) === 'object';
    await eventually('the new key is known', accepted);
    await eventually('the old one is not any more', async () => (await whoAmI(server, before)) === 401);
  });

  test('a token counts until it ends', async () => {
    provider.idTokenLife = 3;
    const token = await provider.idToken('alice');
    provider.idTokenLife = 3600;
    expect(await whoAmI(server, token)).toMatchObject({ username: 'alice@example.com' });
    await eventually('it has ended', async () => (await whoAmI(server, token)) === 401);
  });

  describe('a forged token', () => {
    let token: string;
    let publicKey: JsonWebKey;
    const forged = (header: object, signature: (input: string) => string, claims: object = {}): string => {
      const input = `${encoded({ ...part(token, 0), ...header })}.${encoded({ ...part(token, 1), ...claims })}`;
      return `${input}.${signature(input)}`;
    };
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signedByUs = (input: string) => sign('sha256', Buffer.from(input), own.privateKey).toString('base64url');
    const originalSignature = () => token.split('.')[2]!;

    beforeAll(async () => {
      token = await provider.idToken('alice');
      publicKey = await keyOf(provider);
      await eventually('the key is known', async () => typeof (await whoAmI(server, token)) === 'object');
    });

    test.each<[string, () => string]>([
      ['without a signature', () => forged({ alg: 'none' }, () => '')],
      ['with the signature of other claims', () => forged({}, originalSignature, { email: 'root@example.com' })],
      ['signed by another key of the same name', () => forged({}, signedByUs)],
      ['that brings its key along', () => forged({ jwk: own.publicKey.export({ format: 'jwk' }) }, signedByUs)],
      ['that says where its key is', () => forged({ jku: 'https://127.0.0.1:1/jwks', kid: 'x' }, signedByUs)],
      ['whose key is a path', () => forged({ kid: '../../../../dev/null' }, signedByUs)],
      ['without the name of a key', () => forged({ kid: undefined }, signedByUs)],
      ['with an extension that must be understood', () => forged({ crit: ['exp'], exp: 1 }, signedByUs)],
      [
        'signed with the public key as a secret',
        () => {
          const pem = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
          return forged({ alg: 'HS256' }, (input) => createHmac('sha256', pem).update(input).digest('base64url'));
        },
      ],
      ['of another issuer', () => forged({}, signedByUs, { iss: 'https://evil.example' })],
      ['that is not one', () => 'a.b.c'],
      ['of four parts', () => `${token}.x`],
    ])('%s: 401', async (_, make) => {
      expect(await whoAmI(server, make())).toBe(401);
    });
  });
});

describe('by a file', () => {
  let server: ApiServer;
  const file = (): string => join(folder, 'authentication.yaml');
  const write = (rule: string): void =>
    writeFileSync(
      file(),
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        anonymous: { enabled: true, conditions: [{ path: '/livez' }, { path: '/readyz' }] },
        jwt: [
          {
            issuer: {
              url: provider.issuer,
              certificateAuthority: readFileSync(provider.caFile, 'utf8'),
              audiences: ['another', provider.clientId],
              audienceMatchPolicy: 'MatchAny',
            },
            claimValidationRules: [
              { claim: 'roles', requiredValue: 'admin' },
              { expression: 'claims.exp - claims.iat <= 7200', message: 'tokens must end within two hours' },
            ],
            claimMappings: {
              username: { expression: 'claims.email_verified ? claims.email : "unverified:" + claims.sub' },
              groups: { expression: 'claims.groups.map(group, "sso:" + group)' },
              uid: { claim: 'sub' },
              extra: [{ key: 'example.com/role', valueExpression: 'claims.roles' }],
            },
            userValidationRules: [{ expression: rule, message: 'it is reserved' }],
          },
        ],
      }),
    );
  const notOfTheSystem = "!user.username.startsWith('system:')";

  beforeAll(async () => {
    write(notOfTheSystem);
    server = await ApiServer.start(store.endpoint, 25162, { 'authentication-config': file() });
  });

  afterAll(() => server?.remove());

  test('expressions make the user', async () => {
    expect(await whoAmI(server, await provider.idToken('alice'))).toEqual({
      username: 'alice@example.com',
      uid: 'alice',
      groups: ['sso:developers', 'sso:on-call', 'system:authenticated'],
      extra: { 'example.com/role': ['admin'] },
    });
  });

  test.each(['mallory', 'system'])('rules keep %s out', async (login) => {
    expect(await whoAmI(server, await provider.idToken(login))).toBe(401);
  });

  test.each([
    ['mallory', 'oidc: required claim roles value does not match. Got = guest, want = admin'],
    [
      'system',
      "oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith('system:')' failed: it is reserved",
    ],
  ])('a TokenReview says why %s stays out', async (login, why) => {
    const answer = await server.raw('/apis/authentication.k8s.io/v1/tokenreviews', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ spec: { token: await provider.idToken(login) } }),
    });
    expect(JSON.parse(answer.text).status).toEqual({ user: {}, error: `[invalid bearer token, ${why}]` });
  });

  test.each([
    ['/livez', 200],
    ['/healthz', 401],
    ['/api', 401],
  ])('without credentials %s is a %d', async (path, status) => {
    expect((await server.raw(path, { identity: null })).status).toBe(status);
  });

  test('the file may change; one that is wrong changes nothing', async () => {
    const token = await provider.idToken('alice');
    write("user.username != 'alice@example.com'");
    await eventually('alice is kept out', async () => (await whoAmI(server, token)) === 401);
    write('user.username +');
    await eventually('it is reported', () => server.log.includes('cannot be loaded: it stays as it was'));
    expect(await whoAmI(server, token)).toBe(401);
    write(notOfTheSystem);
    await eventually('she is let in', async () => typeof (await whoAmI(server, token)) === 'object');
  });
});

/** The public key of the provider. */
function keyOf({ issuer, caFile }: OpenIdProvider): Promise<JsonWebKey> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL('/jwks', issuer), { ca: readFileSync(caFile), agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve((JSON.parse(text) as { keys: JsonWebKey[] }).keys[0]!));
    });
    sent.on('error', reject);
    sent.end();
  });
}
