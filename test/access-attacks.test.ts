/**
 * Requests that are made to stall or to end the server, by somebody who may write: each gets an answer, others are answered meanwhile
 * as ever, and when all is over the process is the same and its memory has returned. What else is attacked, and where, is listed in
 * `docs/attacks.md`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Writer, wire } from '../api/protobuf-wire.ts';
import { ApiServer, type RawAnswer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { heapAfterCollection } from './harness/inspector.ts';
import { longestWait, soonMs } from './harness/longest-wait.ts';
import { deploymentOf, mapOf, maps } from './harness/writes.ts';

let folder: string;
let store: EtcdServer;
let server: ApiServer;
let pid: number;
let heapBefore: number;

const json = 'application/json';
const pods = '/api/v1/namespaces/default/pods';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

const send = (method: string, path: string, type: string, body?: string | Buffer): Promise<RawAnswer> =>
  server.raw(path, { method, headers: { 'content-type': type }, ...(body !== undefined && { body }) });

const heap = (): Promise<number> => heapAfterCollection(server.pid, () => server.log);

const times = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-attacks-'));
  writeFileSync(join(folder, 'tokens.csv'), 'jane-token,jane,1\n');
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 26240, { 'token-auth-file': join(folder, 'tokens.csv') });
  pid = server.pid;
  const env = Array.from({ length: 3000 }, (_, i) => ({ name: `E${i}`, value: 'x' }));
  expect((await send('POST', deployments, json, JSON.stringify(deploymentOf('base', {}, { env })))).status).toBe(201);
  expect((await send('POST', maps, json, JSON.stringify(mapOf('base', { a: 'b' })))).status).toBe(201);
  // What is made once is there before.
  await send('POST', maps, 'application/yaml', `data:\n${'- a\n'.repeat(10_000)}`);
  heapBefore = await heap();
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Does that while somebody else asks, over another connection, whether the server is well; how long the longest answer took. */
const othersWait = (attack: Promise<unknown>): Promise<number> =>
  longestWait(attack, async () => {
    expect((await server.raw('/readyz', { identity: null, keepAlive: true })).status).toBe(200);
  });

/** Its answer, once it has been made sure that nobody else was kept waiting. */
async function attacked(method: string, path: string, type: string, body?: string | Buffer): Promise<RawAnswer> {
  const attack = send(method, path, type, body);
  expect(await othersWait(attack)).toBeLessThan(soonMs);
  expect({ alive: server.alive, pid: server.pid }).toEqual({ alive: true, pid });
  return attack;
}

const reasonOf = ({ text }: RawAnswer): string => (JSON.parse(text) as { reason: string }).reason;

describe('a body at the limit of its size', () => {
  const map = (rest: string): string => `{"metadata":{"name":"bomb"},${rest}}`;
  const pod = (spec: string): string => `{"metadata":{"name":"bomb"},"spec":${spec}}`;
  const unknowns = times(150_000, (i) => `"k${i}":1`);

  test.each<[string, string, () => string, number, string]>([
    ['a million empty objects', pods, () => pod(`{"containers":[${times(1_000_000, () => '{}')}]}`), 400, 'BadRequest'],
    ['a hundred thousand', pods, () => pod(`{"containers":[${times(100_000, () => '{}')}]}`), 422, 'Invalid'],
    ['a million numbers', maps, () => map(`"data":[${times(1_400_000, () => '1')}]`), 400, 'BadRequest'],
    ['keys that are not good', maps, () => map(`"data":{${times(150_000, (i) => `"/${i}":""`)}}`), 422, 'Invalid'],
    [
      'more than a store takes',
      maps,
      () => map(`"data":{${times(150_000, (i) => `"k${i}":""`)}}`),
      413,
      'RequestEntityTooLarge',
    ],
    [
      'the same key over and over',
      `${maps}?fieldValidation=Strict`,
      () => `{${times(300_000, () => '"kind":""')}}`,
      400,
      'BadRequest',
    ],
    ['unknown fields, strict', `${maps}?fieldValidation=Strict`, () => `{"a":1,"a":2,${unknowns}}`, 400, 'BadRequest'],
    [
      'a number of three million digits',
      deployments,
      () => pod(`{"replicas":${'9'.repeat(3_000_000)}}`),
      400,
      'BadRequest',
    ],
    [
      'a name of three million letters',
      maps,
      () => `{"metadata":{"name":"${'a-'.repeat(1_400_000)}!"}}`,
      422,
      'Invalid',
    ],
  ])('%s', async (_, path, body, status, reason) => {
    const answer = await attacked('POST', path, json, body());
    expect([answer.status, reasonOf(answer)]).toEqual([status, reason]);
  });

  test.each<[string, string]>([
    ['unknown', unknowns],
    ['repeated', `"data":{${times(300_000, () => '"k":""')}}`],
  ])('fields that are %s are warned of, and cost no more', async (_, fields) => {
    const answer = await attacked('POST', `${maps}?dryRun=All`, json, map(fields));
    expect(answer.status).toBe(201);
    expect(String(answer.headers['warning']).length).toBeLessThan(10_000);
  });

  test('an error that is found in every place names the first ones', async () => {
    const answer = await attacked('POST', pods, json, pod(`{"containers":[${times(5_000, () => '{}')}]}`));
    const { message, details } = JSON.parse(answer.text) as { message: string; details: { causes: unknown[] } };
    expect(details.causes).toHaveLength(1000);
    expect(message).toMatch(/, and \d+ more\]$/);
  });

  test.each<[string, () => string]>([
    ['a long list', () => `data:\n${'- a\n'.repeat(300_000)}`],
    ['brackets', () => '['.repeat(300_000)],
    ['dashes', () => '- '.repeat(500_000)],
    ['questions', () => '? '.repeat(500_000)],
    ['empty documents', () => '---\n'.repeat(300_000)],
    ['comments', () => '#\n'.repeat(500_000)],
    ['aliases', () => `a: &a x\ndata:\n${'- *a\n'.repeat(100_000)}`],
    ['merged keys', () => `a: &a {${times(500, (i) => `x${i}: 1`)}}\ndata:\n${'- {<<: *a}\n'.repeat(20_000)}`],
  ])('YAML: %s', async (_, body) => {
    const answer = await attacked('POST', maps, 'application/yaml', body());
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'BadRequest']);
  });

  test('gzip is not unpacked', async () => {
    const answer = await attacked('POST', maps, json, gzipSync(Buffer.alloc(64 * 2 ** 20, ' ')));
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'BadRequest']);
  });

  /** Where the field of that number is, as the envelope of protobuf has it. */
  const enveloped = (raw: Buffer): Buffer => {
    const unknown = Writer.run((writer) => {
      writer.bytes(raw);
      writer.tag(2, wire.bytes);
    });
    return Buffer.concat([Buffer.from('k8s\0'), unknown]);
  };
  const nested = (depth: number): Buffer => {
    let message: Buffer = Buffer.alloc(0);
    for (let i = 0; i < depth; i++) {
      message = Writer.run((writer) => {
        writer.bytes(message);
        writer.tag(2, wire.bytes);
      });
    }
    return message;
  };

  test.each<[string, () => Buffer]>([
    [
      'a million empty containers',
      () =>
        Writer.run((writer) => {
          writer.bytes(Buffer.alloc(2_000_000, Buffer.from([0x12, 0])));
          writer.tag(2, wire.bytes);
        }),
    ],
    ['messages in messages', () => nested(5000)],
    ['groups in groups', () => Buffer.alloc(2_000_000, 0x7b)],
  ])('protobuf: %s', async (_, raw) => {
    const answer = await attacked('POST', pods, 'application/vnd.kubernetes.protobuf', enveloped(raw()));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });
});

describe('a patch', () => {
  const strategic = 'application/strategic-merge-patch+json';
  const container = (rest: string): string => `{"spec":{"template":{"spec":{"containers":[{"name":"c",${rest}}]}}}}`;
  const base = `${deployments}/base?dryRun=All`;

  test.each<[string, string, string, () => string, number[]]>([
    [
      'adds very many items',
      base,
      strategic,
      () => container(`"env":[${times(60_000, (i) => `{"name":"F${i}"}`)}]`),
      [200],
    ],
    [
      'deletes very many items',
      base,
      strategic,
      () => container(`"env":[${times(50_000, (i) => `{"$patch":"delete","name":"F${i}"}`)}]`),
      [200],
    ],
    [
      'orders very many items',
      base,
      strategic,
      () => container(`"$setElementOrder/env":[${times(50_000, (i) => `{"name":"E${50_000 - i}"}`)}]`),
      [200],
    ],
    [
      'removes very many scalars',
      `${maps}/base?dryRun=All`,
      strategic,
      () =>
        `{"metadata":{"$deleteFromPrimitiveList/finalizers":[${times(100_000, (i) => `"f${i}"`)}],` +
        `"finalizers":[${times(50_000, (i) => `"a.b/f${i}"`)}]}}`,
      [200],
    ],
    [
      'copies what it has copied',
      `${maps}/base`,
      'application/json-patch+json',
      () => `[${times(40, (i) => `{"op":"copy","from":"/metadata","path":"/metadata/x${i}"}`)}]`,
      [422],
    ],
    [
      'copies a megabyte nine thousand times',
      `${maps}/base`,
      'application/json-patch+json',
      () =>
        `[{"op":"add","path":"/data/k","value":"${'x'.repeat(1_000_000)}"},` +
        `${times(9000, (i) => `{"op":"copy","from":"/data/k","path":"/data/x${i}"}`)}]`,
      [422],
    ],
    [
      'points a million levels deep',
      `${maps}/base`,
      'application/json-patch+json',
      () => `[{"op":"test","path":"${'/a'.repeat(1_000_000)}","value":1}]`,
      [422],
    ],
    [
      'merges a deep object',
      `${maps}/base`,
      'application/merge-patch+json',
      () => `{"data":${'{"a":'.repeat(990)}1${'}'.repeat(990)}}`,
      [400, 422],
    ],
  ])('that %s', async (_, path, type, body, statuses) => {
    const answer = await attacked('PATCH', path, type, body());
    expect(statuses).toContain(answer.status);
  });
});

describe('a URL at the limit of its size', () => {
  const many = (count: number, of: (i: number) => string): string => times(count, of);
  test.each<[string, () => string, number]>([
    ['label requirements', () => `${maps}?labelSelector=${many(40_000, (i) => `a${i}!=b`)}`, 200],
    ['label values', () => `${maps}?labelSelector=a+in+(${many(80_000, (i) => `b${i}`)})`, 200],
    ['parentheses', () => `${maps}?labelSelector=${'('.repeat(500_000)}`, 400],
    ['exclamation marks', () => `${maps}?labelSelector=${'!'.repeat(500_000)}`, 400],
    ['a value that nearly matches', () => `${maps}?labelSelector=a%3D${'a-'.repeat(250_000)}!`, 400],
    ['field requirements', () => `${maps}?fieldSelector=${many(20_000, (i) => `metadata.name!=b${i}`)}`, 200],
    ['parameters', () => `${maps}?${Array.from({ length: 80_000 }, (_, i) => `a${i}=b`).join('&')}`, 200],
    ['a path of many parts', () => `/api${'/a'.repeat(400_000)}`, 404],
  ])('%s', async (_, path, status) => {
    expect((await attacked('GET', path(), json)).status).toBe(status);
  });
});

describe('connections that dribble', () => {
  const open = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const ca = readFileSync(server.pki('ca.crt'));
      const socket = connect({ host: '127.0.0.1', port: server.cluster.ports.apiserver, ca }, () => resolve(socket));
      socket.once('error', reject);
    });

  /** Sends a byte on each of them, again and again, for as long as `rounds` says. */
  async function dribble(sockets: TLSSocket[], text: string): Promise<void> {
    for (const letter of text) {
      for (const socket of sockets) if (socket.writable) socket.write(letter);
      expect((await server.raw('/readyz', { identity: null, keepAlive: true })).status).toBe(200);
    }
  }

  test.each<[string, string, string]>([
    ['headers', 'GET /api/v1/pods HTTP/1.1\r\nhost: x\r\n', `x-slow: ${'a'.repeat(60)}`],
    [
      'bodies',
      `POST ${maps}?timeout=2s HTTP/1.1\r\nhost: x\r\nauthorization: Bearer jane-token\r\ncontent-length: 1000\r\n\r\n`,
      `{"metadata":{"name":"${'a'.repeat(60)}`,
    ],
  ])('%s', async (_, begun, rest) => {
    const sockets = await Promise.all(Array.from({ length: 100 }, open));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.write(begun);
    }
    expect(await othersWait(dribble(sockets, rest))).toBeLessThan(soonMs);
    for (const socket of sockets) socket.destroy();
    await eventually('they have been forgotten', async () => {
      const { text } = await server.raw('/metrics');
      return /apiserver_current_inflight_requests\{request_kind="mutating"\} 0/.test(text);
    });
  });
});

test('the server is the one that it was, and its memory has returned', async () => {
  expect({ alive: server.alive, pid: server.pid }).toEqual({ alive: true, pid });
  await eventually('memory returns', async () => (await heap()) - heapBefore < 16 * 2 ** 20);
});
