/**
 * Subresources that need no container: evictions, tokens of service accounts, what the proxy makes of answers, and what a pod's
 * parts refuse.
 */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endpoints } from '../api/kinds/endpoints.ts';
import { poddisruptionbudgets } from '../api/kinds/poddisruptionbudgets.ts';
import { pods } from '../api/kinds/pods.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { services } from '../api/kinds/services.ts';
import type { Pod, Status } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer, type RawAnswer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';

const issuer = 'https://issuer.example';
const namespace = 'default';
let folder: string;
let store: EtcdServer;
let server: ApiServer;
let client: RestClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-subresources-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25890, {
    'service-account-issuer': issuer,
    'service-account-signing-key-file': join(folder, 'sa.key'),
  });
  client = server.client();
});

afterAll(async () => {
  client?.close();
  await server?.remove();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const container = { name: 'main', image: 'busybox:1.35' };

/** A pod with a status, as its kubelet would report it. */
async function createPod(name: string, status: object, spec: object = {}, labels = { app: name }): Promise<Pod> {
  await client.of(pods).create({ metadata: { name, namespace, labels }, spec: { containers: [container], ...spec } });
  return client.of(pods).patch(name, namespace, { status }, { type: 'merge', subresource: 'status' });
}

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  server.raw(`/api/v1/namespaces/${namespace}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const statusOf = ({ text }: RawAnswer): Status => JSON.parse(text) as Status;

describe('an eviction', () => {
  const evict = (name: string, more: object = {}, query = ''): Promise<RawAnswer> =>
    post(`pods/${name}/eviction${query}`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      ...more,
    });
  const running = (ready: boolean) => ({
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: null }],
  });
  const budget = async (name: string, status: object): Promise<void> => {
    await client.of(poddisruptionbudgets).create({
      metadata: { name, namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { app: name } } },
    });
    await client
      .of(poddisruptionbudgets)
      .patch(
        name,
        namespace,
        { status: { observedGeneration: 1, expectedPods: 2, ...status } },
        { type: 'merge', subresource: 'status' },
      );
  };
  const exists = async (name: string): Promise<boolean> =>
    (await server.raw(`/api/v1/namespaces/${namespace}/pods/${name}`)).status === 200;

  test('without a budget is a delete, with the options of one', async () => {
    await createPod('free', running(true));
    expect((await evict('free', { deleteOptions: { preconditions: { uid: 'other' } } })).status).toBe(409);
    expect((await evict('free', {}, '?dryRun=All')).status).toBe(201);
    expect((await evict('free', { deleteOptions: { dryRun: ['All'] } })).status).toBe(201);
    expect(await exists('free')).toBe(true);
    expect((await evict('free')).status).toBe(201);
    expect(await exists('free')).toBe(false);
  });

  test('spends the budget, and is refused when there is none left', async () => {
    await budget('kept', { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 });
    await createPod('kept', running(true));
    await createPod('kept-too', running(true), {}, { app: 'kept' });
    expect((await evict('kept', {}, '?dryRun=All')).status).toBe(201);
    expect((await evict('kept')).status).toBe(201);
    const { status } = await client.of(poddisruptionbudgets).get('kept', namespace);
    expect(status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { kept: expect.any(String) } });
    const refused = await evict('kept-too');
    expect([refused.status, statusOf(refused)]).toMatchObject([
      429,
      {
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: { causes: [{ reason: 'DisruptionBudget', message: expect.stringContaining('needs 1 healthy pods') }] },
      },
    ]);
    expect(await exists('kept-too')).toBe(true);
  });

  test('of a pod that has ended, or is not ready in a healthy application, spends nothing', async () => {
    await budget('spare', { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 });
    await createPod('spare-ended', { phase: 'Failed' }, {}, { app: 'spare' });
    await createPod('spare-unready', running(false), {}, { app: 'spare' });
    expect((await evict('spare-ended')).status).toBe(201);
    expect((await evict('spare-unready')).status).toBe(201);
  });

  test('of nothing, or under another name, is an error', async () => {
    expect((await evict('nobody')).status).toBe(404);
    const other = await post('pods/kept-too/eviction', { metadata: { name: 'other' } });
    expect([other.status, statusOf(other).message]).toEqual([
      400,
      'name in URL does not match name in Eviction object',
    ]);
  });
});

describe('a token', () => {
  interface TokenAnswer {
    status: { token: string; expirationTimestamp: string };
    spec: object;
  }
  const request = (spec: object, account = 'robot'): Promise<RawAnswer> =>
    post(`serviceaccounts/${account}/token`, { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec });
  const tokenOf = async (spec: object): Promise<string> => {
    const answer = await request(spec);
    expect(answer.status).toBe(201);
    return (JSON.parse(answer.text) as TokenAnswer).status.token;
  };
  const callWith = async (token: string): Promise<string> => {
    const answer = await server.raw('/api/v1/namespaces/default/pods', {
      identity: null,
      headers: { authorization: `Bearer ${token}` },
    });
    return `${answer.status} ${statusOf(answer).message}`;
  };
  const asRobot =
    '403 pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" in the namespace "default"';
  const refused = '401 Unauthorized';

  beforeAll(async () => {
    await client.of(serviceaccounts).create({ metadata: { name: 'robot', namespace } });
  });

  test('is signed, says whose it is, and lets its bearer in', async () => {
    const answer = await request({ expirationSeconds: 1200 });
    const { status, spec } = JSON.parse(answer.text) as TokenAnswer;
    const claims = JSON.parse(Buffer.from(status.token.split('.')[1]!, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(claims).toMatchObject({
      iss: issuer,
      aud: [issuer],
      sub: 'system:serviceaccount:default:robot',
      'kubernetes.io': { namespace, serviceaccount: { name: 'robot', uid: expect.any(String) } },
    });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(1200);
    expect(Date.parse(status.expirationTimestamp)).toBe(Number(claims['exp']) * 1000);
    expect(spec).toEqual({ audiences: [issuer], expirationSeconds: 1200, boundObjectRef: null });
    expect(await callWith(status.token)).toBe(asRobot);
  });

  test('that is changed, of another key, or for somebody else is not accepted', async () => {
    const token = await tokenOf({});
    const [head, body, signature] = token.split('.') as [string, string, string];
    const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('robot', 'admin')).toString(
      'base64url',
    );
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    for (const bad of [`${head}.${forged}.${signature}`, unsigned, 'a.b.c', 'nonsense', `${token}x`])
      expect(await callWith(bad)).toBe(refused);
    expect(await callWith(await tokenOf({ audiences: ['elsewhere'] }))).toBe(refused);
    expect(await callWith(await tokenOf({ audiences: ['elsewhere', issuer] }))).toBe(asRobot);
  });

  test('lives as long as what it is bound to', async () => {
    await client.of(secrets).create({ metadata: { name: 'bond', namespace } });
    const reference = { kind: 'Secret', apiVersion: 'v1', name: 'bond' };
    const token = await tokenOf({ boundObjectRef: reference });
    expect(await callWith(token)).toBe(asRobot);
    expect((await request({ boundObjectRef: { ...reference, uid: 'other' } })).status).toBe(409);
    await client.of(secrets).delete('bond', namespace);
    await client.of(secrets).create({ metadata: { name: 'bond', namespace } });
    await expect.poll(() => callWith(token)).toBe(refused);
  });

  test('is refused where it makes no sense', async () => {
    const messages = async (spec: object, account?: string) => statusOf(await request(spec, account)).message;
    expect(await messages({ expirationSeconds: 599 })).toBe(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    );
    expect(await messages({ expirationSeconds: 2 ** 32 + 1 })).toMatch(
      'may not specify a duration larger than 2^32 seconds',
    );
    expect(await messages({}, 'nobody')).toBe('serviceaccounts "nobody" not found');
    expect(await messages({ boundObjectRef: { kind: 'Deployment', apiVersion: 'apps/v1', name: 'web' } })).toBe(
      'cannot bind token to object of type apps/v1, Kind=Deployment',
    );
    await createPod('strangers', { phase: 'Running' });
    expect(await messages({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'strangers' } })).toMatch(
      'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
    );
  });

  test('can be checked by anybody who has the keys', async () => {
    const keys = JSON.parse((await server.raw('/openid/v1/jwks')).text) as { keys: object[] };
    expect(keys.keys[0]).toMatchObject({ use: 'sig', alg: 'RS256', kty: 'RSA', e: 'AQAB' });
    const document = JSON.parse((await server.raw('/.well-known/openid-configuration')).text) as object;
    expect(document).toMatchObject({
      issuer,
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
    });
  });

  test('of an account that is gone is not accepted, though another of its name comes', async () => {
    const token = await tokenOf({});
    await client.of(serviceaccounts).delete('robot', namespace);
    await client.of(serviceaccounts).create({ metadata: { name: 'robot', namespace } });
    await expect.poll(() => callWith(token)).toBe(refused);
  });
});

/** An address of this machine that is no loopback: a pod's may not be one. */
const own = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe.skipIf(!own)('the proxy', () => {
  const seen: IncomingMessage['headers'][] = [];
  let plain: Server;
  let secure: Server;
  const portOf = (listening: Server): number => (listening.address() as AddressInfo).port;
  const prefix = (target: string): string => `/api/v1/namespaces/${namespace}/${target}/proxy`;
  const get = (target: string, rest: string, headers = {}): Promise<RawAnswer> =>
    server.raw(prefix(target) + rest, { headers });

  beforeAll(async () => {
    const answer = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
      seen.push(request.headers);
      const { url = '' } = request;
      if (url === '/redirect') response.writeHead(302, { location: '/elsewhere?a=b' }).end();
      else if (url === '/page')
        response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="/rewriteme">test</a>');
      else if (url === '/echo') request.pipe(response.writeHead(200, { 'access-control-allow-origin': '*' }));
      else response.end(`${name} ${url}`);
    };
    plain = createHttp(answer('foo')).listen(0, own);
    plain.on('upgrade', (_request, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: shout\r\n\r\n');
      socket.on('data', (chunk) => socket.end(chunk.toString().toUpperCase()));
    });
    const [cert, key] = ['crt', 'key'].map((end) => readFileSync(server.pki(`apiserver.${end}`)));
    secure = createHttps({ cert, key }, answer('tls baz')).listen(0, own);
    await Promise.all([plain, secure].map((listening) => listening.listening || once(listening, 'listening')));
    const status = { phase: 'Running', podIP: own, podIPs: [{ ip: own }] };
    await createPod('served', status, { containers: [{ ...container, ports: [{ containerPort: portOf(plain) }] }] });
    const spec = {
      clusterIP: 'None',
      ports: [
        { name: 'portname1', port: 80 },
        { name: 'tlsportname1', port: 443 },
      ],
    };
    await client.of(services).create({ metadata: { name: 'served', namespace }, spec });
    const ports = [
      { name: 'portname1', port: portOf(plain) },
      { name: 'tlsportname1', port: portOf(secure) },
    ];
    const targetRef = { kind: 'Pod', name: 'served', namespace };
    await client
      .of(endpoints)
      .create({ metadata: { name: 'served', namespace }, subsets: [{ addresses: [{ ip: own!, targetRef }], ports }] });
  });

  afterAll(() => {
    plain?.close();
    secure?.close();
  });

  test('conformance: Proxy through apiserver to a Service', async () => {
    const [http, https] = [portOf(plain), portOf(secure)];
    for (const [target, expected] of [
      ['services/served:portname1', 'foo /a?b=c'],
      ['services/http:served:portname1', 'foo /a?b=c'],
      ['services/served:80', 'foo /a?b=c'],
      ['services/https:served:tlsportname1', 'tls baz /a?b=c'],
      ['services/https:served:443', 'tls baz /a?b=c'],
      ['pods/served', 'foo /a?b=c'],
      [`pods/served:${http}`, 'foo /a?b=c'],
      [`pods/http:served:${http}`, 'foo /a?b=c'],
      [`pods/https:served:${https}`, 'tls baz /a?b=c'],
    ] as const)
      expect([target, (await get(target, '/a?b=c')).text]).toEqual([target, expected]);
  });

  test('leads links and redirects through itself again', async () => {
    expect((await get('pods/served', '/page')).text).toBe(`<a href="${prefix('pods/served')}/rewriteme">test</a>`);
    const redirected = await get('pods/served', '/redirect');
    expect([redirected.status, redirected.headers['location']]).toEqual([
      302,
      `${prefix('pods/served')}/elsewhere?a=b`,
    ]);
    const bare = await get('pods/served', '?a=b');
    expect([bare.status, bare.headers['location']]).toEqual([301, `${prefix('pods/served')}/?a=b`]);
  });

  test('passes bodies both ways, and keeps the caller’s credentials to itself', async () => {
    const body = 'x'.repeat(200_000);
    const headers = { authorization: 'Bearer secret', 'x-mine': 'yes', connection: 'x-hop', 'x-hop': 'no' };
    const answer = await server.raw(`${prefix('pods/served')}/echo`, { method: 'POST', body, headers });
    expect([answer.status, answer.text === body, answer.headers['access-control-allow-origin']]).toEqual([
      200,
      true,
      undefined,
    ]);
    const got = seen.at(-1)!;
    expect([got.authorization, got['x-mine'], got['x-hop'], got['x-forwarded-uri']]).toEqual([
      undefined,
      'yes',
      undefined,
      `${prefix('pods/served')}/echo`,
    ]);
  });

  test('has errors of its own', async () => {
    const message = async (target: string) => statusOf(await get(target, '/')).message;
    expect(await message('pods/ftp:served:80')).toBe('invalid pod request "ftp:served:80"');
    expect(await message('pods/nobody')).toBe('pods "nobody" not found');
    expect(await message('services/served:81')).toBe('no service port 81 found for service "served"');
    expect(await message('services/served')).toBe('no endpoints available for service "served"');
    await createPod('far', { phase: 'Running', podIP: '203.0.113.7', podIPs: [{ ip: '203.0.113.7' }] });
    expect(await message('pods/far:80')).toMatch(/^error trying to reach service: dial tcp 203\.0\.113\.7:80: /);
    await createPod('near', { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] });
    expect(await message('pods/near:80')).toBe('address not allowed');
  });
});

describe('a part of a pod', () => {
  const patch = (name: string, part: string, spec: object) =>
    client.of(pods).patch(name, namespace, { spec }, { type: 'strategic', subresource: part });

  beforeAll(async () => {
    const resources = { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '200m' } };
    const reported = { name: 'main', image: 'i', imageID: '', ready: true, restartCount: 0 };
    const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
    await createPod(
      'whole',
      { phase: 'Running', containerStatuses: [{ ...reported, state: running, resources }] },
      { containers: [{ ...container, resources }] },
    );
  });

  test('ephemeralcontainers: added with defaults, and nothing else changes', async () => {
    const changed = await patch('whole', 'ephemeralcontainers', {
      nodeSelector: { a: 'b' },
      ephemeralContainers: [{ name: 'look', image: 'busybox:1.35', targetContainerName: 'main' }],
    });
    expect(changed.spec?.nodeSelector).toBeUndefined();
    expect(changed.spec?.ephemeralContainers).toEqual([
      {
        name: 'look',
        image: 'busybox:1.35',
        targetContainerName: 'main',
        imagePullPolicy: 'IfNotPresent',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ]);
    expect(changed.metadata.generation).toBe(2);
  });

  test.each([
    [{ name: 'main' }, 'spec.ephemeralContainers[0].name: Duplicate value: "main"'],
    [{ name: 'look', image: 'other' }, 'existing ephemeral containers "look" may not be changed'],
    [{ name: 'b', targetContainerName: 'none' }, 'targetContainerName: Not found: "none"'],
    [{ name: 'b', ports: [{ containerPort: 80 }] }, 'ports: Forbidden: cannot be set for an Ephemeral Container'],
    [{ name: 'b', lifecycle: { preStop: { exec: { command: ['x'] } } } }, 'lifecycle: Forbidden: cannot be set'],
    [{ name: 'b', resources: { limits: { cpu: '1' } } }, 'resources: Forbidden: cannot be set'],
  ])('ephemeralcontainers: %j is refused', async (ephemeral, message) => {
    const given = { image: 'busybox:1.35', ...ephemeral };
    await expect(patch('whole', 'ephemeralcontainers', { ephemeralContainers: [given] })).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining(message),
    });
  });

  test('ephemeral containers cannot be created with the pod', async () => {
    const spec = { containers: [container], ephemeralContainers: [{ name: 'look', image: 'busybox:1.35' }] };
    await expect(client.of(pods).create({ metadata: { name: 'x', namespace }, spec })).rejects.toMatchObject({
      message: expect.stringContaining('spec.ephemeralContainers: Forbidden: cannot be set on create'),
    });
  });

  test('conformance: In-place Pod Resize, read and replace endpoints', async () => {
    const path = `/api/v1/namespaces/${namespace}/pods/whole/resize`;
    const read = JSON.parse((await server.raw(path)).text) as Pod;
    expect(read).toEqual(JSON.parse((await server.raw(path.replace('/resize', ''))).text));
    read.spec!.containers[0]!.resources!.requests!['cpu'] = '150m';
    read.spec!.containers[0]!.image = 'ignored';
    const replaced = await server.raw(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(read),
    });
    expect(replaced.status).toBe(200);
    const now = (await client.of(pods).get('whole', namespace)).spec!.containers[0]!;
    expect([now.image, now.resources?.requests]).toEqual([container.image, { cpu: '150m', memory: '32Mi' }]);
  });

  test.each([
    [{ limits: { cpu: '100m' } }, 'must be less than or equal to cpu limit of 100m'],
    [{ requests: { memory: null } }, 'requests: Forbidden: resource requests cannot be removed'],
    [
      { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
      'Pod QOS Class may not change',
    ],
    [{ requests: { 'ephemeral-storage': '1Gi' } }, 'only cpu and memory resources are mutable'],
  ])('resize: %j is refused', async (resources, message) => {
    await expect(patch('whole', 'resize', { containers: [{ name: 'main', resources }] })).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining(message),
    });
  });
});
