/** Many watchers, and slow ones: nobody waits for them, and they cost the store no memory that grows. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { type EtcdServer, startStore } from '../harness/etcd.ts';
import { WatchStream } from './history/watch-stream.ts';

let server: EtcdServer;
let client: EtcdClient;
let streams: WatchStream[];

beforeEach(async () => {
  server = await startStore();
  client = server.client();
  streams = [];
});
afterEach(async () => {
  for (const stream of streams) stream.close();
  client.close();
  await server.remove();
});

function openStream(): WatchStream {
  const stream = new WatchStream(server.endpoint);
  streams.push(stream);
  return stream;
}

const created = (stream: WatchStream, count = 1): Promise<unknown> =>
  stream.until('the watches are created', () => stream.responses.filter((one) => one.created).length === count);

const revisionsOf = ({ responses }: WatchStream): number[] =>
  responses.flatMap(({ events }) => events.map(({ kv }) => kv!.modRevision));

describe('a watcher that reads nothing', () => {
  const value = Buffer.alloc(256 * 1024, 'x');
  const watch = { key: 'slow/', rangeEnd: 'slow0' };

  /** Resident memory in MiB. */
  const memory = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))![1]) / 1024;

  /** Four at a time; how much the store grew meanwhile, at most, and the revisions. */
  async function write(writes: number): Promise<{ grown: number; revisions: number[] }> {
    const before = memory();
    let most = 0;
    const revisions: number[] = [];
    const writer = async (): Promise<void> => {
      for (let i = 0; i < writes / 4; i++) {
        const { header } = await client.put({ key: `slow/${i % 4}`, value });
        revisions.push(header!.revision);
        most = Math.max(most, memory());
      }
    };
    await Promise.all([writer(), writer(), writer(), writer()]);
    return { grown: most - before, revisions: revisions.sort((a, b) => a - b) };
  }

  test('blocks neither the writer nor a fast watcher, costs little memory, and gets everything later', async () => {
    const [slow, fast] = [openStream(), openStream()];
    for (const stream of [slow, fast]) stream.create(watch);
    await Promise.all([created(slow), created(fast)]);
    slow.pause();
    // A second watch on the congested stream, and one on its own that is not.
    slow.create({ key: 'slow/1' });
    // 225 MiB of events.
    const { grown, revisions } = await write(900);
    const last = revisions.at(-1);
    await fast.until('the fast watcher has all', () => revisionsOf(fast).at(-1) === last);
    expect(revisionsOf(fast)).toEqual(revisions);
    expect(revisionsOf(slow).length).toBeLessThan(revisions.length / 4);
    // What is written passes through memory anyway; what nobody reads must not stay there.
    expect(grown).toBeLessThan(150);
    slow.resume();
    const own = (): number[] =>
      slow.responses
        .filter(({ watchId }) => watchId === 0)
        .flatMap(({ events }) => events.map(({ kv }) => kv!.modRevision));
    await slow.until('the slow watcher has all', () => own().at(-1) === last);
    expect(own()).toEqual(revisions);
  });

  test('is canceled when what it has not read is compacted', async () => {
    const slow = openStream();
    slow.create(watch);
    await created(slow);
    slow.pause();
    const { revisions } = await write(300);
    const compactRevision = revisions.at(-1)!;
    await client.compact({ revision: compactRevision, physical: true });
    slow.resume();
    const canceled = await slow.until('it is canceled', () => slow.responses.find((one) => one.canceled));
    expect(canceled).toMatchObject({ watchId: 0, compactRevision });
    // What it was told before has no gap.
    const told = revisionsOf(slow);
    expect(told).toEqual(revisions.slice(0, told.length));
    expect(told.length).toBeLessThan(revisions.length);
  });
});

test('3000 watches on one stream get what is theirs', async () => {
  const count = 3000;
  const stream = openStream();
  const key = (i: number): string => `many/${String(i).padStart(5, '0')}`;
  for (let i = 0; i < count; i++)
    stream.create(i % 3 === 0 ? { key: key(i), rangeEnd: `${key(i)}~` } : { key: key(i) });
  await created(stream, count);
  const keys = Array.from({ length: count }, (_, i) => key(i));
  await Promise.all(keys.map((one) => client.put({ key: one, value: one })));
  await stream.until('all events came', () => revisionsOf(stream).length >= count);
  const told = stream.responses.flatMap(({ watchId, events }) => events.map(({ kv }) => [watchId, `${kv!.key}`]));
  expect(told.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual(keys.map((one, i) => [i, one]));
});

test('1000 watches on one key, on ten streams, all get every event in order', async () => {
  for (let i = 0; i < 10; i++) {
    const stream = openStream();
    for (let n = 0; n < 100; n++) stream.create({ key: 'hot', watchId: n + 1 });
    await created(stream, 100);
  }
  const revisions: number[] = [];
  for (let i = 0; i < 20; i++) revisions.push((await client.put({ key: 'hot', value: `${i}` })).header!.revision);
  for (const stream of streams) {
    await stream.until('all events came', () => revisionsOf(stream).length >= 100 * revisions.length);
    const byWatch = Map.groupBy(
      stream.responses.flatMap(({ watchId, events }) =>
        events.map(({ kv }) => ({ watchId, revision: kv!.modRevision })),
      ),
      ({ watchId }) => watchId,
    );
    expect(byWatch.size).toBe(100);
    for (const told of byWatch.values()) expect(told.map(({ revision }) => revision)).toEqual(revisions);
  }
});
