/** The handlers on a real database in a temporary directory, without a transport, and with a clock that the test moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Method } from '../api/etcd.ts';
import { methods, prefixEnd, type WatchResponse } from '../api/etcd.ts';
import type { Init, TypeOf } from '../api/protobuf.ts';
import { silentLogger } from '../client/component/log.ts';
import { parseRetention, samplingOf } from './auto-compact.ts';
import { type Handler, handlers } from './handlers.ts';
import { openStore } from './open.ts';
import type { Store } from './store.ts';

let directory: string;
let store: Store;
let table: Handler[];
let clock = 0;

const open = async (): Promise<void> => {
  const onFailure = (error: Error): void => {
    throw error;
  };
  store = await openStore({
    dataDir: directory,
    quotaBytes: 0,
    onFailure,
    now: () => clock,
    progressIntervalMs: 3_600_000,
    logger: silentLogger(),
  });
  const options = { maxRequestBytes: 1_572_864, name: 'test', clientUrls: [], logger: silentLogger() };
  table = handlers(store, options);
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'minik-store-'));
  await open();
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A unary call, through the codecs. */
async function call<Q, R>(method: Method<Q, R>, request: Init<Q>): Promise<R> {
  const handler = table.find(({ path }) => path === method.path);
  if (handler?.kind !== 'unary') throw new Error(`no unary handler for ${method.path}`);
  return method.response.decode(await handler.call(method.request.encode(request)));
}

const put = async (key: string, value: string): Promise<number> =>
  (await call(methods.put, { key, value })).header!.revision;

const textsOf = ({ kvs }: TypeOf<typeof methods.range.response>): string[] =>
  kvs.map(({ key, value }) => `${key}=${value}`);

/** A watch stream whose transport can be stopped up. */
function openWatch() {
  const handler = table.find(({ path }) => path === methods.watch.path);
  if (handler?.kind !== 'bidi') throw new Error('no watch');
  const responses: WatchResponse[] = [];
  let congested = false;
  let drained: () => void = () => undefined;
  let wake: () => void = () => undefined;
  const incoming = handler.open({
    send: (bytes) => {
      responses.push(methods.watch.response.decode(bytes));
      wake();
      return !congested;
    },
    onDrain: (callback) => {
      drained = callback;
    },
  });
  return {
    responses,
    events: () =>
      responses.flatMap(({ events }) => events.map(({ type, kv }) => `${type} ${kv!.key} ${kv!.modRevision}`)),
    send: (request: Init<TypeOf<typeof methods.watch.request>>) =>
      incoming.receive(methods.watch.request.encode(request)),
    close: () => incoming.close(),
    congest: () => {
      congested = true;
    },
    drain: () => {
      congested = false;
      drained();
    },
    /** Resolves when the condition holds; it is looked at after each response. */
    until: async (condition: () => boolean): Promise<void> => {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

const everything = { key: '\0', rangeEnd: '\0' };

describe('a restart', () => {
  test('finds everything as it was: values, history, versions, revision', async () => {
    await put('a', '1');
    const second = await put('a', '2');
    await put('b', 'x');
    await call(methods.deleteRange, { key: 'b' });
    const before = await call(methods.range, everything);
    await store.close();
    await open();
    const after = await call(methods.range, everything);
    expect(after).toEqual({ ...before, header: { ...before.header, raftTerm: 2 } });
    expect(textsOf(await call(methods.range, { ...everything, revision: second - 1 }))).toEqual(['a=1']);
    expect(textsOf(await call(methods.range, { ...everything, revision: second + 1 }))).toEqual(['a=2', 'b=x']);
    expect(await put('c', '')).toBe(before.header!.revision + 1);
  });

  test('does not take a revision back when compaction removed the newest record', async () => {
    await put('a', '1');
    const { header } = await call(methods.deleteRange, { key: 'a' });
    const revision = header!.revision;
    await call(methods.compact, { revision, physical: true });
    await store.close();
    await open();
    expect((await call(methods.range, everything)).header!.revision).toBe(revision);
  });

  test('finishes a compaction', async () => {
    for (let i = 0; i < 10; i++) await put('a', String(i));
    await call(methods.compact, { revision: 8 });
    await store.close();
    await open();
    await store.compactor.run(8);
    let records = 0;
    for await (const _ of store.database.keys({ gte: Buffer.from('r'), lt: Buffer.from('s') })) records++;
    expect(records).toBe(4);
    expect(textsOf(await call(methods.range, { key: 'a', revision: 8 }))).toEqual(['a=6']);
  });

  test('gives every lease its full time again', async () => {
    const { id } = await call(methods.leaseGrant, { ttl: 10 });
    await call(methods.put, { key: 'leased', lease: id });
    clock += 9_000;
    await store.close();
    await open();
    expect(await call(methods.leaseTimeToLive, { id, keys: true })).toMatchObject({
      ttl: 10,
      keys: [Buffer.from('leased')],
    });
  });
});

describe('leases', () => {
  test('expire, and their keys with them at one revision', async () => {
    const { id } = await call(methods.leaseGrant, { ttl: 5 });
    await call(methods.put, { key: 'a', lease: id });
    await call(methods.put, { key: 'b', lease: id });
    const watch = openWatch();
    await watch.send({ createRequest: everything });
    clock += 4_999;
    expect((await call(methods.leaseTimeToLive, { id })).ttl).toBe(0);
    clock += 1;
    await watch.until(() => watch.events().length === 2);
    expect(watch.events()).toEqual(['DELETE a 4', 'DELETE b 4']);
    expect((await call(methods.leaseTimeToLive, { id })).ttl).toBe(-1);
    watch.close();
  });

  test('a put moves its key to another lease, or to none', async () => {
    const { id: first } = await call(methods.leaseGrant, { ttl: 5, id: 1n });
    const { id: second } = await call(methods.leaseGrant, { ttl: 5, id: 2n });
    await call(methods.put, { key: 'a', lease: first });
    await call(methods.put, { key: 'b', lease: first });
    await call(methods.put, { key: 'a', lease: second });
    await call(methods.put, { key: 'b' });
    expect((await call(methods.leaseTimeToLive, { id: first, keys: true })).keys).toEqual([]);
    await call(methods.leaseRevoke, { id: first });
    expect((await call(methods.range, everything)).count).toBe(2);
    await call(methods.leaseRevoke, { id: second });
    expect(textsOf(await call(methods.range, everything))).toEqual(['b=']);
  });
});

describe('watch', () => {
  test('from the past into the present, each event once and in order', async () => {
    for (let i = 0; i < 5; i++) await put('k', String(i));
    const watch = openWatch();
    const writes = Promise.all(Array.from({ length: 50 }, (_, i) => put(`k${i % 7}`, String(i))));
    await watch.send({ createRequest: { ...everything, startRevision: 2 } });
    await writes;
    await watch.until(() => watch.events().length === 55);
    const revisions = watch.responses.flatMap(({ events }) => events.map(({ kv }) => kv!.modRevision));
    expect(revisions).toEqual(Array.from({ length: 55 }, (_, i) => i + 2));
    watch.close();
  });

  test('a slow one is not waited for, catches up from the log, and keeps nothing meanwhile', async () => {
    const slow = openWatch();
    const fast = openWatch();
    await slow.send({ createRequest: everything });
    await fast.send({ createRequest: everything });
    slow.congest();
    for (let i = 0; i < 100; i++) await put('k', String(i));
    await fast.until(() => fast.events().length === 100);
    const sentWhileCongested = slow.events().length;
    expect(sentWhileCongested).toBeLessThanOrEqual(1);
    slow.drain();
    await slow.until(() => slow.events().length === 100);
    expect(slow.events()).toEqual(fast.events());
    await put('k', 'after');
    await slow.until(() => slow.events().length === 101);
    slow.close();
    fast.close();
  });

  test('a slow one that misses a compaction is canceled with its revision', async () => {
    const watch = openWatch();
    await watch.send({ createRequest: everything });
    watch.congest();
    for (let i = 0; i < 5; i++) await put('k', String(i));
    await call(methods.compact, { revision: 6 });
    watch.drain();
    await watch.until(() => watch.responses.at(-1)!.canceled);
    expect(watch.responses.at(-1)).toMatchObject({ watchId: 0, compactRevision: 6 });
    watch.close();
  });

  test('the events of one txn come together, whole pages of them too', async () => {
    const puts = Array.from({ length: 128 }, (_, i) => ({ requestPut: { key: `k${i}`, value: 'x'.repeat(10_000) } }));
    await call(methods.txn, { success: puts });
    const watch = openWatch();
    await watch.send({ createRequest: { ...everything, startRevision: 1 } });
    await watch.until(() => watch.events().length > 0);
    expect(watch.responses.map(({ events }) => events.length)).toEqual([0, 128]);
    watch.close();
  });

  test('fragments split what is too large for one message', async () => {
    const watch = openWatch();
    await watch.send({ createRequest: { ...everything, fragment: true } });
    const value = 'x'.repeat(700_000);
    for (const key of ['a', 'b', 'c', 'd']) await put(key, value);
    await call(methods.deleteRange, everything);
    const past = openWatch();
    await past.send({ createRequest: { ...everything, fragment: true, prevKv: true, startRevision: 6 } });
    await past.until(() => past.events().length === 4);
    expect(past.responses.slice(1).map(({ events, fragment }) => [events.length, fragment])).toEqual([
      [2, true],
      [2, false],
    ]);
    watch.close();
    past.close();
  });

  test('many on one stream, with their own ranges, filters and previous versions', async () => {
    const watch = openWatch();
    await put('a/1', 'old');
    await watch.send({ createRequest: { key: 'a/1', prevKv: true } });
    await watch.send({ createRequest: { key: 'a/', rangeEnd: prefixEnd('a/'), filters: ['NOPUT'] } });
    await watch.send({ createRequest: { key: 'b', watchId: 7 } });
    await put('a/1', 'new');
    await put('b', 'x');
    await call(methods.deleteRange, { key: 'a/1' });
    await watch.until(() => watch.events().length === 4);
    const seen = watch.responses.flatMap(({ watchId, events }) =>
      events.map(({ type, kv, prevKv }) => [watchId, type, kv!.key.toString(), prevKv?.value.toString()]),
    );
    expect(seen).toEqual([
      [0, 'PUT', 'a/1', 'old'],
      [7, 'PUT', 'b', undefined],
      [0, 'DELETE', 'a/1', 'new'],
      [1, 'DELETE', 'a/1', undefined],
    ]);
    await watch.send({ cancelRequest: { watchId: 7 } });
    expect(watch.responses.at(-1)).toMatchObject({ watchId: 7, canceled: true });
    await watch.send({ createRequest: { key: 'b', watchId: 1 } });
    expect(watch.responses.at(-1)).toMatchObject({ watchId: -1, created: true, canceled: true });
    watch.close();
    expect(store.hub.size).toBe(0);
  });

  test('progress on request tells how far the stream is', async () => {
    const watch = openWatch();
    await watch.send({ createRequest: everything });
    const revision = await put('a', '1');
    await watch.send({ progressRequest: {} });
    await watch.until(() => watch.responses.at(-1)!.watchId === -1);
    expect(watch.responses.at(-1)).toMatchObject({ header: { revision }, events: [] });
    expect(watch.events()).toEqual([`PUT a ${revision}`]);
    watch.close();
  });

  test('periodic progress goes to watchers that asked for it and had no events', async () => {
    const watch = openWatch();
    await watch.send({ createRequest: { key: 'a', progressNotify: true } });
    await watch.send({ createRequest: { key: 'b' } });
    await put('a', '1');
    await watch.until(() => watch.events().length === 1);
    const before = watch.responses.length;
    for (const stream of store.hub.streams) stream.notifyProgress();
    expect(watch.responses.length).toBe(before);
    const revision = await put('c', '1');
    for (const stream of store.hub.streams) stream.notifyProgress();
    expect(watch.responses.slice(before)).toMatchObject([{ watchId: 0, header: { revision }, events: [] }]);
    watch.close();
  });
});

describe('compaction', () => {
  test('goes on between requests and leaves what can still be read', async () => {
    for (let i = 0; i < 3; i++) {
      await Promise.all(Array.from({ length: 3000 }, (_, k) => put(`key-${k}`, String(i))));
    }
    const revision = store.mvcc.revision;
    await call(methods.deleteRange, { key: 'key-0' });
    const compaction = call(methods.compact, { revision: revision + 1, physical: true });
    expect(textsOf(await call(methods.range, { key: 'key-1' }))).toEqual(['key-1=2']);
    await compaction;
    expect((await call(methods.range, { ...everything, revision: revision + 1, countOnly: true })).count).toBe(2999);
    await expect(call(methods.range, { ...everything, revision })).rejects.toThrow(/has been compacted/);
  });

  test.each([
    ['periodic', '0', undefined],
    ['periodic', '', 'error'],
    ['periodic', '1', { mode: 'periodic', ms: 3_600_000 }],
    ['periodic', '30m', { mode: 'periodic', ms: 1_800_000 }],
    ['periodic', 'soon', 'error'],
    ['revision', '1000', { mode: 'revision', revisions: 1000 }],
    ['revision', '1h', 'error'],
  ])('--auto-compaction-mode=%s --auto-compaction-retention=%s', (mode, text, expected) => {
    if (expected === 'error') expect(() => parseRetention(mode, text)).toThrow(/invalid --auto-compaction-retention/);
    else expect(parseRetention(mode, text)).toEqual(expected);
  });

  test.each([
    [3_600_000, { everyMs: 360_000, samples: 10 }],
    [600_000, { everyMs: 60_000, samples: 10 }],
    [24 * 3_600_000, { everyMs: 360_000, samples: 240 }],
  ])('a retention of %i ms is sampled', (ms, expected) => expect(samplingOf(ms)).toEqual(expected));
});

describe('requests', () => {
  test('that are malformed or too large are refused by themselves', async () => {
    const handler = table.find(({ path }) => path === methods.put.path);
    if (handler?.kind !== 'unary') throw new Error('no put');
    await expect(handler.call(Buffer.from([0x0a, 0xff]))).rejects.toMatchObject({
      code: 13,
      message: /error unmarshalling/,
    });
    await expect(put('k', 'x'.repeat(1_600_000))).rejects.toMatchObject({
      code: 3,
      message: 'etcdserver: request is too large',
    });
    expect(await put('k', 'x')).toBe(2);
  });

  test('of one turn are committed together', async () => {
    const { fsyncs } = await countFsyncs(() => Promise.all(Array.from({ length: 100 }, (_, i) => put(`k${i}`, 'x'))));
    expect(fsyncs).toBeLessThanOrEqual(2);
  });

  test('that fail leave nothing behind', async () => {
    const failing = [{ requestPut: { key: 'a', value: '1' } }, { requestPut: { key: 'b', ignoreValue: true } }];
    await expect(call(methods.txn, { success: failing })).rejects.toThrow('etcdserver: key not found');
    expect((await call(methods.range, everything)).count).toBe(0);
  });
});

async function countFsyncs(run: () => Promise<unknown>): Promise<{ fsyncs: number }> {
  const { metrics } = await import('./metrics.ts');
  const count = async (): Promise<number> => {
    const { values } = await metrics.walFsyncSeconds.get();
    return values.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 0;
  };
  const before = await count();
  await run();
  return { fsyncs: (await count()) - before };
}
