/** Reads of the past, over a random history with deletions and keys that nearly look alike, before and after compactions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeleteRangeRequest, KeyValue, PutRequest, RangeRequest, TxnRequest } from '../api/etcd.ts';
import type { Init } from '../api/protobuf.ts';
import { silentLogger } from '../client/component/log.ts';
import { compact, startCompaction } from './compact.ts';
import { deleteRange } from './delete-range.ts';
import { entries } from './entries.ts';
import { textOf } from './key-range.ts';
import { currentBounds, pastBounds, recordBounds } from './layout.ts';
import { readLog, withPrevious } from './log.ts';
import { openStore } from './open.ts';
import { put } from './put.ts';
import { range } from './range.ts';
import type { Store } from './store.ts';
import { txn } from './txn.ts';

let dataDir: string;
let store: Store;

async function open(): Promise<void> {
  const onFailure = (error: Error): void => {
    throw error;
  };
  const options = { dataDir, quotaBytes: 0, onFailure, now: () => 0, progressIntervalMs: 3_600_000 };
  store = await openStore({ ...options, logger: silentLogger() });
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'minik-past-'));
  await open();
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const putKey = (key: string, value = '') =>
  put(store, PutRequest.decode(PutRequest.encode({ key: bytes(key), value })));
const deleteKey = (key: string) =>
  deleteRange(store, DeleteRangeRequest.decode(DeleteRangeRequest.encode({ key: bytes(key) })));

interface Answer {
  kvs: string[];
  count: number;
  more: boolean;
}

async function read(request: Init<RangeRequest>): Promise<Answer> {
  const { kvs, count, more } = (await range(store, RangeRequest.decode(RangeRequest.encode(request)))) as {
    [name in 'kvs' | 'count' | 'more']: never;
  };
  const texts = (kvs as Buffer[]).map((kv) => {
    const { key, modRevision } = KeyValue.decode(kv);
    return `${textOf(key)}@${modRevision}`;
  });
  return { kvs: texts, count, more };
}

/** Small numbers in an order that a seed decides. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const keys = ['a', 'a\0', 'a\0\0', 'a\0\xff', 'a\x01', 'ab', 'b', 'b\xff', '\0', '\0\x01', '\xff'].toSorted();

/** The state at each revision: `key@modRevision`, in key order. */
async function writeHistory(length: number): Promise<string[][]> {
  const next = numbersFrom(7);
  const states: string[][] = [[], []];
  const now = new Map<string, number>();
  for (let revision = 2; revision < length; revision++) {
    const key = keys[next(keys.length)]!;
    if (now.has(key) && next(3) === 0) {
      now.delete(key);
      await deleteKey(key);
    } else {
      now.set(key, revision);
      await putKey(key, 'x');
    }
    states.push([...now].sort(([a], [b]) => (a < b ? -1 : 1)).map(([one, mod]) => `${one}@${mod}`));
  }
  return states;
}

const all = { key: '\0', rangeEnd: '\0' };

async function expectStates(states: string[][], from: number): Promise<void> {
  for (let revision = from; revision < states.length; revision++) {
    const kvs = states[revision]!;
    expect(await read({ ...all, revision })).toEqual({ kvs, count: kvs.length, more: false });
    expect(await read({ ...all, revision, countOnly: true })).toEqual({ kvs: [], count: kvs.length, more: false });
    const limited = { kvs: kvs.slice(0, 2), count: kvs.length, more: kvs.length > 2 };
    expect(await read({ ...all, revision, limit: 2 })).toEqual(limited);
    expect((await read({ ...all, revision, limit: 2, sortOrder: 'DESCEND' })).kvs).toEqual(
      kvs.toReversed().slice(0, 2),
    );
    const one = kvs.filter((kv) => kv.startsWith('a\0@'));
    expect((await read({ key: bytes('a\0'), revision })).kvs).toEqual(one);
  }
}

const countEntries = async (bounds: { gte: Buffer; lt: Buffer }): Promise<number> => {
  let count = 0;
  for await (const _ of entries(store.database, bounds)) count++;
  return count;
};

test('every revision reads as it was, after a restart and after compactions too', async () => {
  const states = await writeHistory(150);
  await expectStates(states, 1);
  await store.close();
  await open();
  await expectStates(states, 1);
  for (const revision of [2, 40, 41, 100, 149]) {
    await compact(store, { revision, physical: true });
    await expectStates(states, revision);
    await expect(read({ ...all, revision: revision - 1 })).rejects.toThrow(/has been compacted/);
  }
  // Nothing is left but what is there now, and perhaps a deletion at the compact revision itself.
  expect(await countEntries(pastBounds)).toBe(0);
  const left = await countEntries(currentBounds);
  expect(left - states.at(-1)!.length).toBeLessThanOrEqual(1);
  expect(await countEntries(recordBounds(0, 1000))).toBe(left);
  await store.close();
  await open();
  await expectStates(states, 149);
});

describe('a compaction', () => {
  test('that a stop cut short is finished by the next start', async () => {
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3000; i += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, j) => putKey(`key ${i + j}`)));
      }
    }
    await Promise.all(Array.from({ length: 1000 }, (_, i) => deleteKey(`key ${i}`)));
    const { revision } = store.mvcc;
    const before = await read({ ...all, revision });
    await putKey('after');
    await startCompaction(store, revision + 1);
    // The compaction ends with the slice under way.
    await store.close();
    await open();
    const left = await countEntries(pastBounds);
    expect(left).toBeGreaterThan(0);
    expect(await read({ ...all, revision: revision + 1 })).toMatchObject({ count: before.count + 1 });
    await store.compactor.run(revision + 1);
    expect(await countEntries(pastBounds)).toBe(0);
    expect(await countEntries(recordBounds(0, revision + 1))).toBe(2001);
    expect(await read({ ...all, revision: revision + 1 })).toMatchObject({ count: before.count + 1 });
  });

  test('takes nothing away from reads that were accepted before it', async () => {
    for (const value of ['1', '2', '3']) await putKey('a', value);
    await deleteKey('a');
    const reads = [2, 3, 4, 5].map((revision) => read({ key: 'a', revision }));
    // Its put is not on disk yet when the compaction comes.
    const write = txn(
      store,
      TxnRequest.decode(
        TxnRequest.encode({
          success: [{ requestPut: { key: 'a' } }, { requestRange: { key: 'a', revision: 4 } }],
        }),
      ),
    );
    const compaction = compact(store, { revision: 6, physical: true });
    expect((await Promise.all(reads)).map(({ kvs }) => kvs)).toEqual([['a@2'], ['a@3'], ['a@4'], []]);
    const { responses } = (await write) as { responses: { responseRange?: { count: number } }[] };
    expect(responses[1]!.responseRange!.count).toBe(1);
    await compaction;
    await expect(read({ key: 'a', revision: 4 })).rejects.toThrow(/has been compacted/);
  });
});

test('events of the past have the version before their revision, unless it is compacted', async () => {
  await putKey('a', '1');
  await putKey('b', '1');
  await putKey('a', '2');
  await deleteKey('a');
  await txn(
    store,
    TxnRequest.decode(
      TxnRequest.encode({
        success: [
          { requestTxn: { success: [{ requestPut: { key: 'b', value: '2' } }] } },
          { requestPut: { key: 'a', value: '3' } },
        ],
      }),
    ),
  );
  const previousFrom = async (first: number): Promise<(number | undefined)[]> => {
    const { events } = await readLog(store.database, store.mvcc.compactRevision, first, 6);
    const complete = await withPrevious(store.database, store.mvcc.compactRevision, events);
    return complete.map(({ change }) => change.prevKv && KeyValue.decode(change.prevKv).modRevision);
  };
  expect(await previousFrom(2)).toEqual([undefined, undefined, 2, 4, 3, undefined]);
  await compact(store, { revision: 5, physical: true });
  expect(await previousFrom(5)).toEqual([undefined, 3, undefined]);
});
