/** Concurrent histories of the store are linearizable, also when it is killed in the middle; and the check can tell. */
import { describe, expect, test } from 'vitest';
import { EtcdError } from '../../api/etcd-errors.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { startStore } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { newSeed, type Random, randomFrom } from '../harness/random.ts';
import { ask } from './history/ask.ts';
import { linearize, type Operation } from './linearizability.ts';
import type { KeyValue, Request, RequestOp } from './model/types.ts';

const put = (key: string, value: string): Request => ({ kind: 'put', key, value });
const get = (key: string): Request => ({ kind: 'range', key });
const all = { kind: 'range', key: 'a', rangeEnd: 'z' } as const;

const header = (revision: number) => ({ header: { revision } });

/** A key that was put once, unless told otherwise. */
const kv = (key: string, value: string, modRevision: number, more: Partial<KeyValue> = {}): KeyValue => ({
  ...{ key, value, modRevision, createRevision: modRevision, version: 1, lease: 0n },
  ...more,
});
const found = (revision: number, ...kvs: KeyValue[]) => ({ ...header(revision), kvs, more: false, count: kvs.length });

/** `[from, to]` are moments; without an answer it was lost. */
const op = ([invoked, returned]: [number, number], request: Request, response?: object): Operation => ({
  ...{ client: 0, invoked, request, response },
  returned: response ? returned : Number.POSITIVE_INFINITY,
});

/** Puts `a` if its revision is the given one. */
const guarded = (modRevision: number, value: string): Request => ({
  kind: 'txn',
  compare: [{ key: 'a', target: 'MOD', modRevision }],
  success: [{ requestPut: { key: 'a', value } }],
});
const applied = (revision: number) => ({
  ...header(revision),
  succeeded: true,
  responses: [{ responsePut: header(revision) }],
});
const bothKeys: Request = {
  kind: 'txn',
  success: [{ requestPut: { key: 'a', value: '1' } }, { requestPut: { key: 'b', value: '1' } }],
};

describe('linearizable', () => {
  test.each<[string, Operation[]]>([
    ['nothing', []],
    ['one after the other', [op([1, 2], put('a', '1'), header(2)), op([3, 4], get('a'), found(2, kv('a', '1', 2)))]],
    [
      'a read during a write sees it or not',
      [
        op([1, 10], put('a', '1'), header(2)),
        op([2, 3], get('a'), found(1)),
        op([4, 5], get('a'), found(2, kv('a', '1', 2))),
      ],
    ],
    [
      'a write that was invoked first comes last',
      [op([1, 9], put('a', '1'), header(3)), op([2, 8], put('b', '1'), header(2))],
    ],
    ['a lost write that happened', [op([1, 2], put('a', '1')), op([3, 4], get('a'), found(2, kv('a', '1', 2)))]],
    ['a lost write that never happened', [op([1, 2], put('a', '1')), op([3, 4], get('a'), found(1))]],
    [
      'a lost write that happened after a later operation',
      [
        op([1, 2], put('a', '1')),
        op([3, 4], get('a'), found(1)),
        op([5, 6], put('b', '1'), header(2)),
        op([7, 8], get('a'), found(3, kv('a', '1', 3))),
      ],
    ],
    [
      'of two guarded writes one succeeds',
      [
        op([1, 5], guarded(0, 'x'), applied(2)),
        op([2, 4], guarded(0, 'y'), { ...header(2), succeeded: false, responses: [] }),
      ],
    ],
  ])('%s', (_, operations) => {
    expect(linearize(operations)).toBeDefined();
  });
});

describe('not linearizable', () => {
  test.each<[string, Operation[]]>([
    ['a stale read', [op([1, 2], put('a', '1'), header(2)), op([3, 4], get('a'), found(1))]],
    [
      'a stale value under a new revision',
      [
        op([1, 2], put('a', '1'), header(2)),
        op([3, 4], put('a', '2'), header(3)),
        op([5, 6], get('a'), found(3, kv('a', '1', 2))),
      ],
    ],
    ['a lost update', [op([1, 5], guarded(0, 'x'), applied(2)), op([2, 4], guarded(0, 'y'), applied(3))]],
    ['two writes of one revision', [op([1, 5], put('a', '1'), header(2)), op([2, 4], put('b', '1'), header(2))]],
    ['an acknowledged write that vanished', [op([1, 2], put('a', '1'), header(2)), op([3, 4], get('a'), found(2))]],
    [
      'revisions against the order of time',
      [op([1, 2], put('a', '1'), header(3)), op([3, 4], put('b', '1'), header(2))],
    ],
    ['a revision that nobody made', [op([1, 2], put('a', '1'), header(3))]],
    [
      'a read that goes back',
      [
        op([1, 10], put('a', '1'), header(2)),
        op([2, 3], get('a'), found(2, kv('a', '1', 2))),
        op([4, 5], get('a'), found(1)),
      ],
    ],
    [
      'half a transaction',
      [
        op([1, 10], bothKeys, {
          ...header(2),
          succeeded: true,
          responses: [{ responsePut: header(2) }, { responsePut: header(2) }],
        }),
        op([2, 3], all, found(2, kv('a', '1', 2))),
      ],
    ],
    [
      'a lost write that happened twice',
      [
        op([1, 2], put('a', '1')),
        op([3, 4], get('a'), found(2, kv('a', '1', 2))),
        op([5, 6], get('a'), found(3, kv('a', '1', 3, { createRevision: 2, version: 2 }))),
      ],
    ],
    [
      'a lost write seen before it was invoked',
      [op([1, 2], get('a'), found(2, kv('a', '1', 2))), op([3, 4], put('a', '1'))],
    ],
  ])('%s', (_, operations) => {
    expect(linearize(operations)).toBeUndefined();
  });
});

const seed = newSeed();
console.log(`concurrent clients with seed ${seed}: SEED=${seed} repeats their choices`);

const keys = ['a', 'b', 'c'];

/** Reads, writes and guarded writes of one key or of several. `seen` is the newest version that the client knows of. */
function nextRequest(random: Random, value: string, seen: Map<string, number>): Request {
  const key = keys[random(keys.length)]!;
  const other = keys[random(keys.length)]!;
  const read: RequestOp = { requestRange: { key: 'a', rangeEnd: 'z' } };
  const writes: RequestOp[] = [{ requestPut: { key, value } }];
  if (other !== key)
    writes.push(random(3) === 0 ? { requestDeleteRange: { key: other } } : { requestPut: { key: other, value } });
  const requests: Request[] = [
    put(key, value),
    get(key),
    all,
    { ...all, serializable: true },
    { kind: 'deleteRange', key, prevKv: true },
    {
      kind: 'txn',
      compare: [{ key, target: 'MOD', modRevision: seen.get(key) ?? 0 }],
      success: [...writes, read],
      failure: [read],
    },
    { kind: 'txn', success: [read, ...writes, read] },
  ];
  return requests[random(requests.length)]!;
}

/** What they did, and what they were told. */
async function record(clients: EtcdClient[], requests: number, afterEach: () => unknown): Promise<Operation[]> {
  const operations: Operation[] = [];
  let now = 0;
  await Promise.all(
    clients.map(async (client, number) => {
      const random = randomFrom(seed + number);
      const seen = new Map<string, number>();
      for (let n = 0; n < requests; n++) {
        const request = nextRequest(random, `${number}.${n}`, seen);
        const operation: Operation = {
          client: number,
          invoked: ++now,
          returned: Infinity,
          request,
          response: undefined,
        };
        operations.push(operation);
        const response = await ask(client, request as never).catch((error: unknown) => {
          if (!(error instanceof EtcdError)) throw error;
          return undefined;
        });
        operation.response = response;
        if (response) {
          for (const one of (response as { kvs?: KeyValue[] }).kvs ?? []) seen.set(one.key, one.modRevision);
        } else await eventually('the store is back', () => client.status(), { everyMs: 20 });
        // What was lost did not outlive the killed store.
        operation.returned = ++now;
        await afterEach();
      }
    }),
  );
  return operations;
}

test('the store, asked by 8 clients at once and killed three times', async () => {
  const store = await startStore();
  const clients = Array.from({ length: 8 }, () => store.client());
  try {
    let [done, kills] = [0, 0];
    let killing: Promise<void> | undefined;
    const kill = async (): Promise<void> => {
      await store.stop('SIGKILL');
      await store.restart();
      kills++;
      killing = undefined;
    };
    const operations = await record(clients, 150, () => {
      if (++done > 300 * (kills + 1) && kills < 3) killing ??= kill();
    });
    await killing;
    expect(kills).toBe(3);
    expect(operations.some(({ response }) => !response)).toBe(true);
    expect(linearize(operations)).toBeDefined();
    for (const spoilt of spoil(operations)) expect(linearize(spoilt)).toBeUndefined();
  } finally {
    for (const client of clients) client.close();
    await store.remove();
  }
});

/** The same history with one answer changed each: what the check must notice in the midst of a real one. */
function spoil(operations: Operation[]): Operation[][] {
  type Read = { kvs: KeyValue[]; header: { revision: number } };
  const reads = operations.flatMap(({ request, response }, i) =>
    request.kind === 'range' && response && (response as Read).kvs.length > 0 ? [i] : [],
  );
  const middle = reads[reads.length >> 1]!;
  const change = (edit: (read: Read) => object): Operation[] =>
    operations.with(middle, { ...operations[middle]!, response: edit(operations[middle]!.response as Read) });
  return [
    change((read) => ({ ...read, header: { revision: read.header.revision - 100 } })),
    change((read) => ({ ...read, header: { revision: read.header.revision + 100 } })),
    change((read) => ({ ...read, kvs: read.kvs.map((one) => ({ ...one, value: 'never written' })) })),
    change((read) => ({ ...read, kvs: read.kvs.map((one) => ({ ...one, version: one.version + 1 })) })),
  ];
}
