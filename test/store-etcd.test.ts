/**
 * The same requests to our store and to real etcd: every answer, error and watch event must be equal, but for
 * what names the server (cluster and member ID, Raft term). Skipped where etcd is not installed.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prefixEnd, type WatchCreateRequest } from '../api/etcd.ts';
import { EtcdError } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import type { EtcdClient } from '../client/etcd/client.ts';
import { WatchCanceledError } from '../client/etcd/watch.ts';
import { type EtcdServer, startEtcd, startStore } from './harness/etcd.ts';
import { newSeed, type Random, randomFrom } from './harness/random.ts';
import { isPresent } from './harness/run.ts';

const etcdPort = 24790;
const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent)
  console.log('skipped: etcd is not installed (Debian: etcd-server), so there is nothing to compare with');

type Call = (client: EtcdClient) => Promise<unknown>;

/** Bytes as text, identities left out. */
function normalize(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !['clusterId', 'memberId', 'raftTerm'].includes(name))
      .map(([name, member]) => [name, normalize(member)]),
  );
}

async function resultOf(client: EtcdClient, call: Call): Promise<unknown> {
  try {
    return normalize(await call(client));
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** The responses of a watch, with their events in one list, up to an event for the key `stop` or a cancellation. */
async function watched(client: EtcdClient, request: Init<WatchCreateRequest>): Promise<unknown> {
  const responses: unknown[] = [];
  const events: unknown[] = [];
  try {
    for await (const { events: some, header, ...rest } of client.watch(request)) {
      if (some.length === 0) responses.push(normalize(rest));
      events.push(...(normalize(some) as unknown[]));
      if (some.some(({ kv }) => kv?.key.toString() === 'stop')) break;
    }
  } catch (error) {
    if (!(error instanceof WatchCanceledError)) throw error;
    responses.push({ canceled: error.message, compactRevision: error.compactRevision });
  }
  return { responses, events };
}

describe.skipIf(!etcdPresent)('our store answers as etcd does', () => {
  let servers: EtcdServer[] = [];
  let clients: EtcdClient[] = [];

  beforeAll(async () => {
    servers = await Promise.all([startStore(), startEtcd(etcdPort)]);
    clients = servers.map((server) => server.client());
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.remove()));
  });

  /** Runs the call on both; what they answered. */
  const answers = (call: Call): Promise<unknown[]> => Promise.all(clients.map((client) => resultOf(client, call)));

  const all = { key: '\0', rangeEnd: '\0' };
  const a = { key: 'a/', rangeEnd: prefixEnd('a/') };

  // A comparison carries the operand of its target only.
  const operands = {
    VERSION: { version: 1 },
    CREATE: { createRevision: 3 },
    MOD: { modRevision: 3 },
    VALUE: { value: '2' },
    LEASE: { lease: 0n },
  };

  // In order: later rows read what earlier ones wrote.
  const table: [string, Call][] = [
    ['an empty store', (c) => c.range(all)],
    ['put', (c) => c.put({ key: 'a/1', value: 'one' })],
    ['put again, with the previous', (c) => c.put({ key: 'a/1', value: 'uno', prevKv: true })],
    ['put an empty value', (c) => c.put({ key: 'a/2' })],
    ['put a key of bytes', (c) => c.put({ key: Buffer.from([0x61, 0x2f, 0xff, 0x00]), value: Buffer.from([0, 0xff]) })],
    ['put ignoring the value', (c) => c.put({ key: 'a/1', ignoreValue: true })],
    ['put ignoring the value, with one', (c) => c.put({ key: 'a/1', value: 'x', ignoreValue: true })],
    ['put ignoring the lease', (c) => c.put({ key: 'a/1', value: 'eins', ignoreLease: true })],
    ['put ignoring the lease, with one', (c) => c.put({ key: 'a/1', ignoreLease: true, lease: 5n })],
    ['put ignoring the value of nothing', (c) => c.put({ key: 'none', ignoreValue: true })],
    ['put without a key', (c) => c.put({ value: 'x' })],
    ['put with a lease that is not there', (c) => c.put({ key: 'a/1', lease: 99n })],
    ['put more', (c) => c.put({ key: 'a/3', value: 'three' })],
    ['put more', (c) => c.put({ key: 'b', value: 'bee' })],
    ['one key', (c) => c.range({ key: 'a/1' })],
    ['a key that is not there', (c) => c.range({ key: 'a' })],
    ['no key', (c) => c.range({})],
    ['a prefix', (c) => c.range(a)],
    ['from a key on', (c) => c.range({ key: 'a/2', rangeEnd: '\0' })],
    ['an empty range', (c) => c.range({ key: 'b', rangeEnd: 'a' })],
    ['everything', (c) => c.range(all)],
    ['a limit', (c) => c.range({ ...a, limit: 2 })],
    ['a limit that is not reached', (c) => c.range({ ...a, limit: 100 })],
    ['a limit that is just reached', (c) => c.range({ ...a, limit: 4 })],
    ['keys only', (c) => c.range({ ...a, keysOnly: true })],
    ['count only', (c) => c.range({ ...a, countOnly: true })],
    ['count only with a limit', (c) => c.range({ ...a, countOnly: true, limit: 1 })],
    ['serializable', (c) => c.range({ ...a, serializable: true })],
    ...(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'] as const).flatMap((sortTarget) =>
      (['NONE', 'ASCEND', 'DESCEND'] as const).map((sortOrder): [string, Call] => [
        `sorted by ${sortTarget} ${sortOrder}`,
        // Values differ, and so do all revisions; equal versions have no order of their own.
        (c) => c.range({ key: 'a/1', rangeEnd: sortTarget === 'VERSION' ? 'a/2' : 'a/9', sortTarget, sortOrder }),
      ]),
    ),
    ['sorted with a limit', (c) => c.range({ ...a, sortTarget: 'MOD', sortOrder: 'DESCEND', limit: 2 })],
    ['minimum mod revision', (c) => c.range({ ...a, minModRevision: 5 })],
    ['maximum mod revision', (c) => c.range({ ...a, maxModRevision: 5 })],
    ['minimum create revision', (c) => c.range({ ...a, minCreateRevision: 3 })],
    ['maximum create revision, with a limit', (c) => c.range({ ...a, maxCreateRevision: 4, limit: 1 })],
    ['the past', (c) => c.range({ ...a, revision: 3 })],
    ['the past, keys only', (c) => c.range({ ...a, revision: 4, keysOnly: true })],
    ['the past, limited', (c) => c.range({ ...a, revision: 5, limit: 1 })],
    ['the future', (c) => c.range({ ...a, revision: 1000 })],
    ['a revision beyond what a double can hold', (c) => c.range({ ...a, revision: 2 ** 63 - 1024 })],
    ['a negative revision', (c) => c.range({ ...a, revision: -1 })],
    ['a negative limit', (c) => c.range({ ...a, limit: -1 })],
    ['delete nothing', (c) => c.deleteRange({ key: 'none' })],
    ['delete without a key', (c) => c.deleteRange({})],
    ['delete one, with the previous', (c) => c.deleteRange({ key: 'b', prevKv: true })],
    ['delete it again', (c) => c.deleteRange({ key: 'b', prevKv: true })],
    ['what was deleted, before', (c) => c.range({ key: 'b', revision: 9 })],
    ['put it anew', (c) => c.put({ key: 'b', value: 'again', prevKv: true })],
    ['delete a range', (c) => c.deleteRange({ ...a, prevKv: true })],
    ['an empty txn', (c) => c.txn({})],
    [
      'create when absent',
      (c) =>
        c.txn({
          compare: [{ key: 'a/1', target: 'MOD', result: 'EQUAL', modRevision: 0 }],
          success: [{ requestPut: { key: 'a/1', value: '1' } }],
          failure: [{ requestRange: { key: 'a/1' } }],
        }),
    ],
    [
      'create when absent, and it is there',
      (c) =>
        c.txn({
          compare: [{ key: 'a/1', target: 'CREATE', result: 'EQUAL', createRevision: 0 }],
          success: [{ requestPut: { key: 'a/1', value: '1' } }],
          failure: [{ requestRange: { key: 'a/1' } }],
        }),
    ],
    [
      'reads between the writes of a txn',
      (c) =>
        c.txn({
          success: [
            { requestRange: a },
            { requestPut: { key: 'a/2', value: '2', prevKv: true } },
            { requestRange: a },
            { requestDeleteRange: { key: 'a/1', prevKv: true } },
            { requestDeleteRange: { key: 'none' } },
            { requestRange: { ...a, countOnly: true } },
            { requestRange: { ...a, revision: 3 } },
          ],
        }),
    ],
    [
      'nested txns',
      (c) =>
        c.txn({
          compare: [{ key: 'a/2', target: 'VERSION', result: 'GREATER', version: 0 }],
          success: [
            { requestPut: { key: 'n1', value: '1' } },
            {
              requestTxn: {
                compare: [{ key: 'n1', target: 'VERSION', result: 'EQUAL', version: 0 }],
                success: [
                  { requestPut: { key: 'n2', value: '2' } },
                  { requestTxn: { success: [{ requestRange: a }] } },
                ],
                failure: [{ requestPut: { key: 'n3', value: '3' } }],
              },
            },
          ],
        }),
    ],
    ...(['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'] as const).flatMap((target) =>
      (['EQUAL', 'NOT_EQUAL', 'GREATER', 'LESS'] as const).flatMap((result) =>
        ['a/2', 'none'].map((key): [string, Call] => [
          `compare ${target} ${result} of ${key}`,
          (c) => c.txn({ compare: [{ key, target, result, ...operands[target] }] }),
        ]),
      ),
    ),
    ['compare a range', (c) => c.txn({ compare: [{ ...all, target: 'VERSION', result: 'GREATER', version: 0 }] })],
    [
      'compare a range that fails',
      (c) => c.txn({ compare: [{ ...all, target: 'VERSION', result: 'GREATER', version: 1 }] }),
    ],
    ['compare without a key', (c) => c.txn({ compare: [{ target: 'VERSION' }] })],
    ['an operation without a request', (c) => c.txn({ success: [{}] })],
    ['a txn that puts a key twice', (c) => c.txn({ success: [1, 2].map(() => ({ requestPut: { key: 'x' } })) })],
    [
      'a txn that puts and deletes a key',
      (c) => c.txn({ success: [{ requestPut: { key: 'x' } }, { requestDeleteRange: { key: 'w', rangeEnd: 'y' } }] }),
    ],
    [
      'a txn that deletes a key twice',
      (c) =>
        c.txn({
          success: [{ requestDeleteRange: { key: 'n1' } }, { requestDeleteRange: { key: 'n', rangeEnd: 'o' } }],
        }),
    ],
    [
      'a txn that puts a key in both branches of a nested one',
      (c) => {
        const put = [{ requestPut: { key: 'both', value: 'x' } }];
        return c.txn({ success: [{ requestTxn: { success: put, failure: put } }] });
      },
    ],
    [
      'a txn that puts a key in a nested one and beside it',
      (c) => {
        const put = { requestPut: { key: 'both', value: 'x' } };
        return c.txn({ success: [{ requestTxn: { failure: [put] } }, put] });
      },
    ],
    [
      '128 operations',
      (c) => c.txn({ success: Array.from({ length: 128 }, (_, i) => ({ requestPut: { key: `m${i}` } })) }),
    ],
    [
      '129 operations',
      (c) => c.txn({ success: Array.from({ length: 129 }, (_, i) => ({ requestPut: { key: `m${i}` } })) }),
    ],
    ['a txn with a lease that is not there', (c) => c.txn({ success: [{ requestPut: { key: 'x', lease: 77n } }] })],
    [
      'a txn that ignores the value of nothing',
      (c) => c.txn({ success: [{ requestPut: { key: 'nothing', ignoreValue: true } }] }),
    ],
    ['a txn that reads the future', (c) => c.txn({ success: [{ requestRange: { key: 'x', revision: 5000 } }] })],
    ['nothing of the refused was written', (c) => c.range(all)],
    ['a request of 2 MiB', (c) => c.put({ key: 'large', value: 'x'.repeat(1_800_000) })],
    ['grant a lease', (c) => c.leaseGrant({ ttl: 600, id: 7n })],
    ['grant it again', (c) => c.leaseGrant({ ttl: 600, id: 7n })],
    ['grant a short one', (c) => c.leaseGrant({ ttl: 0, id: 8n })],
    ['grant too long a one', (c) => c.leaseGrant({ ttl: 9_000_000_001, id: 9n })],
    ['put with a lease', (c) => c.put({ key: 'l/1', value: 'x', lease: 7n })],
    ['put another with it', (c) => c.put({ key: 'l/2', value: 'x', lease: 7n })],
    ['its range', (c) => c.range({ key: 'l/', rangeEnd: 'l0' })],
    ['put and keep the lease', (c) => c.put({ key: 'l/1', value: 'y', ignoreLease: true })],
    ['put and leave the lease', (c) => c.put({ key: 'l/2', value: 'y', prevKv: true })],
    ['compare the lease', (c) => c.txn({ compare: [{ key: 'l/1', target: 'LEASE', result: 'EQUAL', lease: 7n }] })],
    ['its keys', async (c) => ({ ...(await c.leaseTimeToLive({ id: 7n, keys: true })), ttl: 'remaining' })],
    ['time to live of none', (c) => c.leaseTimeToLive({ id: 404n })],
    ['keep it alive', (c) => c.leaseKeepAlive({ id: 7n })],
    ['keep none alive', (c) => c.leaseKeepAlive({ id: 404n })],
    ['revoke it', (c) => c.leaseRevoke({ id: 7n })],
    ['its key is gone, the other not', (c) => c.range({ key: 'l/', rangeEnd: 'l0' })],
    ['revoke it again', (c) => c.leaseRevoke({ id: 7n })],
    ['mark the end for watches', (c) => c.put({ key: 'stop' })],
    ['delete the mark', (c) => c.deleteRange({ key: 'stop' })],
    ['watch from the first change', (c) => watched(c, { ...all, startRevision: 1 })],
    ['watch with previous versions', (c) => watched(c, { ...all, startRevision: 2, prevKv: true })],
    ['watch puts only', (c) => watched(c, { ...all, startRevision: 2, filters: ['NODELETE'] })],
    ['watch deletions only', (c) => watched(c, { key: 'stop', startRevision: 2, filters: ['NOPUT'] })],
    ['watch with an ID', (c) => watched(c, { ...all, startRevision: 20, watchId: 12 })],
    ['watch an empty range', (c) => watched(c, { key: 'b', rangeEnd: 'a', startRevision: 1 })],
    ['compact the future', (c) => c.compact({ revision: 5000 })],
    ['compact', (c) => c.compact({ revision: 12, physical: true })],
    ['compact again', (c) => c.compact({ revision: 12 })],
    ['compact further back', (c) => c.compact({ revision: 3 })],
    ['the compacted past', (c) => c.range({ ...all, revision: 11 })],
    ['a compacted past in a txn', (c) => c.txn({ success: [{ requestRange: { ...a, revision: 11 } }] })],
    ['a negative revision in a txn', (c) => c.txn({ success: [{ requestRange: { ...a, revision: -1 } }] })],
    ['the compact revision itself', (c) => c.range({ ...all, revision: 12 })],
    ['after it', (c) => c.range({ ...all, revision: 13 })],
    ['now', (c) => c.range(all)],
    ['watch what is compacted', (c) => watched(c, { ...all, startRevision: 5 })],
    ['watch from after the compact revision', (c) => watched(c, { ...all, startRevision: 13, prevKv: true })],
  ];

  test('a table of requests', async () => {
    const differences: object[] = [];
    for (const [what, call] of table) {
      const [ours, theirs] = await answers(call);
      if (!isDeepStrictEqual(ours, theirs)) differences.push({ what, ours, theirs });
    }
    expect(differences).toEqual([]);
  });

  test('random histories', async () => {
    const seed = newSeed();
    console.log(`histories from seed ${seed}: SEED=${seed} repeats them`);
    const random = randomFrom(seed);
    const watches = Promise.all(clients.map((client) => watched(client, { ...all, prevKv: true })));
    // Awaited below; a call that differs first must not leave it unhandled.
    watches.catch(() => undefined);
    for (let i = 0; i < 400; i++) {
      const { what, call } = randomCall(random);
      const [ours, theirs] = await answers(call);
      expect(ours, `seed ${seed}, call ${i}: ${what}`).toEqual(theirs);
    }
    await answers((client) => client.put({ key: 'stop' }));
    const [ours, theirs] = await watches;
    expect(ours).toEqual(theirs);
    const [oursAgain, theirsAgain] = await answers((c) => watched(c, { ...all, startRevision: 13, prevKv: true }));
    expect(oursAgain).toEqual(theirsAgain);
  });
});

function randomCall(random: Random): { what: string; call: Call } {
  const one = <T>(...choices: T[]): T => choices[random(choices.length)]!;
  const bool = (): boolean => random(3) === 0;
  const key = (): string => `r${random(8)}`;
  const span = () => (bool() ? { key: key() } : bool() ? { key: 'r', rangeEnd: 's' } : { key: key(), rangeEnd: key() });
  const range = () => ({
    ...span(),
    limit: one(0, 0, 1, 3),
    revision: one(0, 0, 0, 1 + random(500)),
    keysOnly: bool(),
    countOnly: bool(),
    sortOrder: one('NONE', 'ASCEND', 'DESCEND'),
    sortTarget: one('KEY', 'KEY', 'CREATE', 'MOD'),
    minModRevision: one(0, 0, 0, 1 + random(500)),
    maxCreateRevision: one(0, 0, 0, 1 + random(500)),
  });
  const put = () => ({ key: key(), value: `v${random(5)}`, prevKv: bool() });
  const remove = () => ({ ...span(), prevKv: bool() });
  const operation = (depth: number): object => {
    const kind = random(depth > 1 ? 3 : 4);
    if (kind === 0) return { requestPut: put() };
    if (kind === 1) return { requestDeleteRange: remove() };
    return kind === 2 ? { requestRange: { ...range(), revision: 0 } } : { requestTxn: txn(depth + 1) };
  };
  const compare = () => ({
    ...span(),
    result: one('EQUAL', 'NOT_EQUAL', 'GREATER', 'LESS'),
    ...one<object>(
      { target: 'VERSION', version: random(4) },
      { target: 'CREATE', createRevision: 1 + random(500) },
      { target: 'MOD', modRevision: 1 + random(500) },
      { target: 'VALUE', value: `v${random(5)}` },
    ),
  });
  const some = <T>(make: () => T): T[] => Array.from({ length: random(4) }, make);
  const txn = (depth: number): object => ({
    compare: some(compare),
    success: some(() => operation(depth)),
    failure: some(() => operation(depth)),
  });
  const method = one('put', 'put', 'deleteRange', 'range', 'txn');
  const body = { put, deleteRange: remove, range, txn: () => txn(0) }[method]();
  return { what: `${method} ${JSON.stringify(body)}`, call: (client) => client[method](body as never) };
}
