/**
 * What etcd guarantees to watchers (etcd.io/docs/v3.5/learning/api_guarantees), one test each, under concurrent writers, with
 * watchers from now and from the past, fast and slow ones, connections that are cut and a store that is killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WatchCreateRequest, WatchResponse } from '../../api/etcd.ts';
import { EtcdClient } from '../../client/etcd/client.ts';
import { type EtcdServer, startStore } from '../harness/etcd.ts';
import { newSeed } from '../harness/random.ts';
import { WatchStream } from './history/watch-stream.ts';
import { Follower } from './watch/follower.ts';
import { startRelay } from './watch/relay.ts';
import { allKeys, endKey, mayHaveChanged, type Written, writeConcurrently } from './watch/writers.ts';

const seed = newSeed();
console.log(`writers with seed ${seed}: SEED=${seed} repeats their choices`);

interface FollowOptions extends Partial<WatchCreateRequest> {
  endpoint?: string;
  slow?: boolean;
}

const writers = 6;
const writes = 120;

describe('the guarantees of watches', () => {
  let server: EtcdServer;
  let clients: EtcdClient[];
  let cleanups: (() => unknown)[];

  beforeEach(async () => {
    server = await startStore({ flags: ['--watch-progress-notify-interval', '100ms'] });
    clients = Array.from({ length: writers }, () => server.client());
    cleanups = [];
  });
  afterEach(async () => {
    for (const cleanup of cleanups) cleanup();
    for (const client of clients) client.close();
    await server.remove();
  });

  /** A watcher with a connection of its own. */
  function follow(startRevision: number, options: FollowOptions = {}): Follower {
    const { endpoint = server.endpoint, slow = false, ...request } = options;
    const client = new EtcdClient({ endpoint });
    const pace = slow ? () => sleep(5) : undefined;
    const follower = new Follower(client, startRevision, { ...allKeys, ...request }, pace);
    cleanups.push(() => {
      follower.stop();
      client.close();
    });
    return follower;
  }

  const write = (afterWrite?: (revision: number) => unknown): Promise<Written> =>
    writeConcurrently({ clients, writes, seed, ...(afterWrite && { afterWrite }) });

  /** Calls once, at the first write that reaches the revision. */
  function onceAt(revision: number, act: () => unknown): (at: number) => unknown {
    let acted = false;
    return (at) => {
      if (acted || at < revision) return undefined;
      acted = true;
      return act();
    };
  }

  test('ordered: events are in the order of their revisions, and within a revision in that of its operations', async () => {
    const followers = [follow(2), follow(2, { slow: true })];
    const written = await write(onceAt(200, () => followers.push(follow(100), follow(190, { slow: true }))));
    await Promise.all(followers.map(({ done }) => done));
    for (const { told } of followers) {
      const revisions = told.map(({ revision }) => revision);
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
      for (const { revision, changes } of told) expect(changes).toEqual(written.acknowledged.get(revision));
    }
    expect(followers).toHaveLength(4);
  });

  test('unique: no event comes twice, also when connections are cut', async () => {
    const relay = await startRelay(server.endpoint);
    cleanups.push(() => relay.close());
    const followers = [2, 2, 50].map((from, i) => follow(from, { endpoint: relay.endpoint, slow: i === 1 }));
    await write((revision) => revision % 60 === 0 && relay.cut());
    await Promise.all(followers.map(({ done }) => done));
    for (const { told, attempts } of followers) {
      expect(attempts).toBeGreaterThan(3);
      expect(new Set(told.map(({ revision }) => revision)).size).toBe(told.length);
      for (const { changes } of told) expect(new Set(changes).size).toBe(changes.length);
    }
  });

  test('reliable: no event is missing, whatever is compacted behind the watcher', async () => {
    const fast = [follow(2), follow(2, { prevKv: true })];
    const compactor = clients[0]!;
    // Behind all of them, however busy the machine is: a watcher that is later than this would rightly be canceled.
    let compacted = 1;
    const written = await write((at) => {
      const revision = Math.min(at - 250, ...fast.map(({ told }) => told.at(-1)?.revision ?? 0));
      if (at % 100 !== 0 || revision <= compacted) return undefined;
      compacted = revision;
      return compactor.compact({ revision });
    });
    expect(compacted).toBeGreaterThan(1);
    const late = follow(Math.max(...written.acknowledged.keys()) - 100, { slow: true });
    await Promise.all([...fast, late].map(({ done }) => done));
    for (const follower of fast) expectAll(follower, written, 2);
    expectAll(late, written, late.told[0]!.revision);
    expect(late.told.length).toBeGreaterThan(90);
  });

  test('atomic: a revision comes whole, or in fragments that say so', async () => {
    // Told of with what was there before, their deletion is larger than a response may be.
    const client = clients[0]!;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await client.put({ key: `w/${name}`, value: 'x'.repeat(600_000) });
    const { header } = await client.deleteRange(allKeys);
    const whole = await responsesAt(client, header!.revision, { fragment: false });
    expect(whole.map(({ events }) => events.length)).toEqual([5]);
    const parts = await responsesAt(client, header!.revision, { fragment: true });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ fragment }) => fragment)).toEqual([...parts.slice(1).map(() => true), false]);
    expect(parts.flatMap(({ events }) => events)).toEqual(whole[0]!.events);

    const follower = follow(header!.revision + 1);
    const written = await write();
    await follower.done;
    for (const [revision, changes] of written.acknowledged) {
      expect(follower.told.find((one) => one.revision === revision)?.changes).toEqual(changes);
    }
  });

  test('resumable: a watcher goes on where it was when the store is killed, and is told when that is compacted', async () => {
    const followers = [follow(2), follow(2, { slow: true })];
    let kills = 0;
    let killing: Promise<void> | undefined;
    const kill = async (): Promise<void> => {
      await server.stop('SIGKILL');
      await server.restart();
      kills++;
      killing = undefined;
    };
    const written = await write((revision) => {
      if (kills < 3 && revision > (kills + 1) * 100) killing ??= kill();
    });
    await killing;
    await Promise.all(followers.map(({ done }) => done));
    expect(kills).toBe(3);
    for (const follower of followers) {
      expect(follower.attempts).toBeGreaterThan(3);
      expectAll(follower, written, 2);
    }
    await clients[0]!.compact({ revision: 50 });
    const tooLate = follow(49);
    await tooLate.done;
    expect(tooLate).toMatchObject({ compactRevision: 50, told: [] });
  });

  test('bookmarkable: progress at a revision means that everything up to it was told', async () => {
    const followers = [
      follow(2),
      follow(2, { slow: true, progressNotify: true }),
      // Few events are its own, so the store tells how far it is by itself.
      follow(2, { key: Buffer.from(endKey), rangeEnd: Buffer.of(), progressNotify: true }),
    ];
    const written = await write((at) => at % 5 === 0 && followers[0]!.requestProgress());
    await Promise.all(followers.map(({ done }) => done));
    expect(followers.map(({ bookmarks }) => bookmarks.length > 0)).toEqual([true, expect.any(Boolean), true]);
    for (const { told, bookmarks } of followers) {
      for (const bookmark of bookmarks) {
        const later = told.slice(bookmark.told).map(({ revision }) => revision);
        expect(Math.min(...later)).toBeGreaterThan(bookmark.revision);
      }
    }
    expectAll(followers[0]!, written, 2);
  });
});

test('a watcher that waits for the future hears of nothing before it, not even of progress', async () => {
  const server = await startStore({ flags: ['--watch-progress-notify-interval', '100ms'] });
  const client = server.client();
  const stream = new WatchStream(server.endpoint);
  try {
    stream.create({ ...allKeys, startRevision: 4, progressNotify: true });
    stream.requestProgress();
    const written = ['1', '2', '3'].map((value) => client.put({ key: 'w/a', value }));
    await Promise.all(written);
    await stream.until('progress', () => stream.responses.find((one) => !one.created && one.events.length === 0));
    const told = stream.responses.filter(({ created }) => !created);
    expect(told.map(({ header }) => header!.revision)).toEqual([4, 4]);
    expect(told[0]!.events.map(({ kv }) => kv!.modRevision)).toEqual([4]);
  } finally {
    stream.close();
    client.close();
    await server.remove();
  }
});

/** The responses that tell of one revision. */
async function responsesAt(client: EtcdClient, startRevision: number, options: object): Promise<WatchResponse[]> {
  const responses: WatchResponse[] = [];
  for await (const response of client.watch({ ...allKeys, startRevision, prevKv: true, ...options })) {
    if (response.events.length > 0) responses.push(response);
    if (response.events.length > 0 && !response.fragment) break;
  }
  return responses;
}

/** Every acknowledged change from a revision on was told, and nothing that nobody wrote. */
function expectAll({ told }: Follower, written: Written, from: number): void {
  const byRevision = new Map(told.map(({ revision, changes }) => [revision, changes]));
  for (const [revision, changes] of written.acknowledged) {
    if (revision >= from) expect(byRevision.get(revision), `revision ${revision}`).toEqual(changes);
  }
  for (const { revision, changes } of told) {
    if (written.acknowledged.has(revision)) continue;
    expect(mayHaveChanged(written, changes), `revision ${revision}: ${changes}`).toBe(true);
  }
}
