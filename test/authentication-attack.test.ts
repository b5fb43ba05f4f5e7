/**
 * Attacks on the door: connections that are no TLS, that stop half-way, that show bad certificates; and many bad tokens. The
 * server answers others all the while, and its memory comes back. `HANDSHAKES` says how many; 10,000 take minutes.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from './harness/apiserver.ts';
import { clientCertificate } from './harness/client-certificate.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { patienceMs } from './harness/eventually.ts';
import { heapAfterCollection } from './harness/inspector.ts';
import { longestWait, soonMs } from './harness/longest-wait.ts';
import { whoAmI } from './harness/who-am-i.ts';

const handshakes = Number(process.env['HANDSHAKES'] ?? 400);
const atOnce = 50;

let folder: string;
let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-attack-'));
  writeFileSync(join(folder, 'tokens.csv'), 'good,jane,1\n');
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25180, {
    'token-auth-file': join(folder, 'tokens.csv'),
    'anonymous-auth': 'false',
  });
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const address = () => ({ host: '127.0.0.1', port: server.cluster.ports.apiserver });

/** Until the connection is over, however it ends. */
const over = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
    socket.setTimeout(patienceMs, () => socket.destroy());
  });

/** Bytes instead of a handshake. */
function bytes(data: Buffer | string): Promise<void> {
  const socket = connectTcp(address(), () => socket.end(data));
  return over(socket);
}

/** A handshake that one of both breaks off, or that leads to nothing. */
function handshake(options: ConnectionOptions): Promise<void> {
  const socket = connectTls({ ...address(), ...options }, () => socket.end());
  return over(socket);
}

/** A handshake that ends in the middle, when the keys have just been agreed on. */
function halfHandshake(): Promise<void> {
  const socket = connectTls({ ...address(), rejectUnauthorized: false });
  socket.once('keylog', () => socket.destroy());
  return over(socket);
}

/** Runs so many at a time. */
async function many(count: number, attack: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await attack(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Does that while somebody else asks who it is, again and again; how long the longest answer took, in milliseconds. */
const meanwhile = (work: Promise<void>): Promise<number> =>
  longestWait(work, async () => {
    expect(await whoAmI(server, 'good')).toMatchObject({ username: 'jane' });
  });

const heap = (): Promise<number> => heapAfterCollection(server.pid, () => server.log);

test(`${handshakes} bad handshakes of every kind`, { timeout: 600_000 }, async () => {
  const stranger = await clientCertificate(server, { subject: [['CN', 'x']], from: -2, until: -1 });
  const attacks: (() => Promise<void>)[] = [
    () => bytes('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
    () => bytes(randomBytes(1000)),
    () => bytes(Buffer.from('160301ffff01', 'hex')),
    () => bytes(''),
    () => halfHandshake(),
    () => handshake({ rejectUnauthorized: true }),
    () => handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    () => handshake({ ciphers: 'NULL-SHA256', maxVersion: 'TLSv1.2' }),
    () => handshake({ ...stranger, ca: readFileSync(server.pki('ca.crt')), ALPNProtocols: ['x'] }),
  ];
  // What is made once is there before.
  await many(attacks.length, (i) => attacks[i]!());
  const before = await heap();
  const longest = await meanwhile(many(handshakes, (i) => attacks[i % attacks.length]!()));
  expect(longest).toBeLessThan(soonMs);
  expect(server.alive).toBe(true);
  expect(await whoAmI(server, 'good')).toMatchObject({ username: 'jane' });
  expect((await heap()) - before).toBeLessThan(8_000_000);
});

test('connections that say nothing keep nobody else waiting', async () => {
  const silent = await Promise.all(
    Array.from(
      { length: 300 },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connectTcp(address(), () => resolve(socket));
          socket.on('error', () => undefined);
        }),
    ),
  );
  expect(await meanwhile(Promise.resolve())).toBeLessThan(soonMs);
  expect(await whoAmI(server, 'good')).toMatchObject({ username: 'jane' });
  for (const socket of silent) socket.destroy();
});

test('many bad tokens are as many refusals, and nothing is kept of them', async () => {
  const payload = Buffer.from(JSON.stringify({ iss: 'https://kubernetes.default.svc.cluster.local' })).toString(
    'base64url',
  );
  const kinds = [
    () => randomBytes(500).toString('hex'),
    () => `e30.${payload}.${randomBytes(64).toString('base64url')}`,
    () =>
      `${Buffer.from('{"alg":"ES256","kid":"x"}').toString('base64url')}.${payload}.${randomBytes(64).toString('base64url')}`,
    () => randomBytes(20_000).toString('base64url'),
  ];
  const ask = (i: number) =>
    whoAmI(server, {
      identity: null,
      keepAlive: true,
      headers: { authorization: `Bearer ${kinds[i % kinds.length]!()}` },
    });
  await many(100, ask);
  const before = await heap();
  const statuses = new Set<unknown>();
  await meanwhile(many(1000, async (i) => statuses.add(await ask(i))));
  expect([...statuses]).toEqual([401]);
  expect((await heap()) - before).toBeLessThan(8_000_000);
});

describe('a server without anonymous requests', () => {
  test.each(['/livez', '/version', '/api', '/'])('asks for credentials: %s', async (path) => {
    expect((await server.raw(path, { identity: null })).status).toBe(401);
  });
});
