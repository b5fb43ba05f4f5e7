/** What a provider may do wrong: its tokens are refused, in time, and nothing else happens. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { oidcTokens } from '../apiserver/authn/oidc/authenticator.ts';
import type { Issuer } from '../apiserver/authn/oidc/configuration.ts';
import { Provider } from '../apiserver/authn/oidc/provider.ts';
import { silentLogger } from '../client/component/log.ts';
import { createAuthority } from './harness/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'minik-provider-'));
const logger = silentLogger();
const limits = { timeoutMs: 200, maxBytes: 10_000 };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let server: Server;
let issuer: Issuer;
let listener: RequestListener;
let asked: string[];

beforeAll(async () => {
  const authority = await createAuthority(folder, 'authority');
  const { certFile, keyFile } = await authority.issue('provider');
  server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  issuer = { url, audiences: ['a'], certificateAuthority: readFileSync(authority.caFile, 'utf8') };
});

beforeEach(() => {
  asked = [];
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Answers with a document, and with keys. */
const answers =
  (document: unknown, keys: unknown = { keys: [] }): RequestListener =>
  (request, response) => {
    const value = request.url === '/keys' ? keys : document;
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };
const document = () => ({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` });
const forever = (response: ServerResponse): void => {
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(1000)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};
test.each<[string, () => RequestListener]>([
  ['is of another issuer', () => answers({ ...document(), issuer: 'https://evil.example' })],
  ['has no keys', () => answers({ issuer: issuer.url })],
  ['has its keys without TLS', () => answers({ ...document(), jwks_uri: 'http://127.0.0.1/keys' })],
  ['is no JSON', () => answers('<html>')],
  ['is null', () => answers('null')],
  ['is not found', () => (_, response) => response.writeHead(404).end('{}')],
  ['is elsewhere', () => (_, response) => response.writeHead(302, { location: '/other' }).end()],
  ['never comes', () => () => undefined],
  ['never ends', () => (_, response) => forever(response)],
  [
    'breaks off',
    () => (_, response) => response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy()),
  ],
])('a document that %s', async (_, listens) => {
  listener = listens();
  const provider = new Provider(issuer, logger, limits);
  await expect(provider.keys(0)).rejects.toThrow('oidc: authenticator not initialized');
  // It is left alone for a while, and then asked again.
  await expect(provider.keys(9_999)).rejects.toThrow('not initialized');
  expect(asked).toEqual(['/.well-known/openid-configuration']);
  listener = answers(document());
  await provider.keys(10_000);
  expect(asked.length).toBe(2);
});

test('a certificate of another CA is not accepted', async () => {
  listener = answers(document());
  const { certificateAuthority: _, ...withoutCa } = issuer;
  await expect(new Provider(withoutCa, logger, limits).keys(0)).rejects.toThrow('not initialized');
  expect(asked).toEqual([]);
});

test('a document may be elsewhere', async () => {
  listener = answers(document());
  await new Provider({ ...issuer, discoveryURL: `${issuer.url}/inside/document` }, logger, limits).keys(0);
  expect(asked).toEqual(['/inside/document']);
});

const authenticator = () =>
  oidcTokens([{ issuer, claimMappings: { username: { claim: 'sub', prefix: '' } } }], ['ES256'], {
    logger,
    now: () => new Date(),
  });
const token = (claims: object = {}, kid = 'k') =>
  new SignJWT({ sub: 'jane', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer(issuer.url)
    .setAudience('a')
    .setExpirationTime('1h')
    .sign(privateKey);
const key = async () => ({ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' });

test.each<[string, () => Promise<unknown>]>([
  ['are none', async () => ({ keys: [] })],
  ['are no list', async () => ({ keys: { k: await key() } })],
  ['are no JSON', async () => 'x'],
  ['are secrets', async () => ({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k', alg: 'ES256' }] })],
  ['are broken', async () => ({ keys: [{ ...(await key()), x: '!!' }] })],
  ['are another', async () => ({ keys: [{ ...(await key()), kid: 'other' }] })],
])('keys that %s', async (_, keys) => {
  listener = answers(document(), await keys());
  await expect(authenticator()(await token())).rejects.toThrow(/^oidc: verify token: /);
});

test('many tokens ask once; a token is not looked into again', async () => {
  listener = answers(document(), { keys: [await key()] });
  const authenticate = authenticator();
  const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => token({ n: i })));
  const users = await Promise.all(tokens.map((one) => authenticate(one)));
  expect(users).toEqual(Array(50).fill({ name: 'jane', groups: [] }));
  expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  expect(authenticate(tokens[0]!)).toEqual({ name: 'jane', groups: [] });
});

test('tokens of unknown keys do not make the server ask each time', async () => {
  listener = answers(document(), { keys: [await key()] });
  const authenticate = authenticator();
  await authenticate(await token());
  for (let i = 0; i < 20; i++) {
    await expect(authenticate(await token({}, `unknown-${i}`))).rejects.toThrow('oidc: verify token');
  }
  expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
});

test('a token of somebody else is none of its business', async () => {
  const elsewhere = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setIssuer('https://x').sign(privateKey);
  for (const other of [elsewhere, 'abc', 'a.b.c', `${elsewhere}.d`, '..', ''])
    expect(authenticator()(other)).toBeUndefined();
  expect(asked).toEqual([]);
});
