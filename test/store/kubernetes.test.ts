/**
 * How Kubernetes uses etcd, request by request as its apiserver sends them, to our store and to real etcd: what an apiserver
 * relies on, in one place.
 *
 * Upstream: staging/src/k8s.io/apiserver/pkg/storage/etcd3: store.go, watcher.go, compact.go, lease_manager.go
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KeyValue, prefixEnd, type WatchResponse } from '../../api/etcd.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { type EtcdServer, startEtcd, startStore } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { isPresent } from '../harness/run.ts';

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent) console.log('etcd is not installed (Debian: etcd-server): only our store is shown');

const servers: { name: string; start(): Promise<EtcdServer> }[] = [
  { name: 'our store', start: () => startStore() },
  ...(etcdPresent ? [{ name: 'etcd', start: () => startEtcd(24770) }] : []),
];

describe.each(servers)('$name', ({ start }) => {
  let server: EtcdServer;
  let client: EtcdClient;

  beforeAll(async () => {
    server = await start();
    client = server.client();
  });
  afterAll(async () => {
    client.close();
    await server.remove();
  });

  /** If the key is at that revision (0: not there) it gets the value; otherwise what is there. */
  async function putIf(key: string, modRevision: number, value: string, lease = 0n) {
    const { header, succeeded, responses } = await client.txn({
      compare: [{ key, target: 'MOD', result: 'EQUAL', modRevision }],
      success: [{ requestPut: { key, value, lease } }],
      failure: [{ requestRange: { key } }],
    });
    return { revision: header!.revision, succeeded, existing: responses[0]?.responseRange?.kvs[0] };
  }

  async function deleteIf(key: string, modRevision: number) {
    const { header, succeeded, responses } = await client.txn({
      compare: [{ key, target: 'MOD', result: 'EQUAL', modRevision }],
      success: [{ requestDeleteRange: { key, prevKv: true } }],
      failure: [{ requestRange: { key } }],
    });
    const [response] = responses;
    return {
      revision: header!.revision,
      succeeded,
      deleted: response?.responseDeleteRange?.prevKvs[0],
      existing: response?.responseRange?.kvs[0],
    };
  }

  const text = (kv: KeyValue | undefined): string | undefined => kv?.value.toString();

  test('create: only if it is not there', async () => {
    const key = '/registry/pods/create/web';
    const created = await putIf(key, 0, '1');
    expect(created).toMatchObject({ succeeded: true });
    const again = await putIf(key, 0, '2');
    expect(again).toMatchObject({ succeeded: false, revision: created.revision });
    expect(again.existing).toMatchObject({ modRevision: created.revision, version: 1 });
    expect(text(again.existing)).toBe('1');
  });

  test('update: only what was read; the loser learns what is there and tries again, so no update is lost', async () => {
    const key = '/registry/configmaps/update/counter';
    await putIf(key, 0, '0');
    let conflicts = 0;
    const increment = async (): Promise<void> => {
      let [current] = (await client.range({ key })).kvs;
      for (;;) {
        const { succeeded, existing } = await putIf(key, current!.modRevision, `${Number(current!.value) + 1}`);
        if (succeeded) return;
        conflicts++;
        current = existing;
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 10; i++) await increment();
      }),
    );
    const { kvs } = await client.range({ key });
    expect(kvs[0]).toMatchObject({ version: 81 });
    expect(text(kvs[0])).toBe('80');
    expect(conflicts).toBeGreaterThan(0);
  });

  test('delete: only what was read, and it comes back; otherwise what is there', async () => {
    const key = '/registry/pods/delete/web';
    const { revision } = await putIf(key, 0, '1');
    const stale = await deleteIf(key, revision - 1);
    expect(stale).toMatchObject({ succeeded: false, deleted: undefined, existing: { modRevision: revision } });
    const deleted = await deleteIf(key, revision);
    expect(deleted).toMatchObject({ succeeded: true, deleted: { modRevision: revision } });
    expect(deleted.revision).toBe(revision + 1);
    expect(await deleteIf(key, revision)).toMatchObject({ succeeded: false, existing: undefined });
  });

  /** A list as the apiserver reads it: page after page at the revision of the first. */
  async function list(prefix: string, limit: number) {
    const rangeEnd = prefixEnd(prefix);
    const kvs: KeyValue[] = [];
    const counts: number[] = [];
    let [key, revision]: [Buffer | string, number] = [prefix, 0];
    for (;;) {
      const page = await client.range({ key, rangeEnd, limit, revision });
      revision ||= page.header!.revision;
      kvs.push(...page.kvs);
      counts.push(page.count);
      if (!page.more) return { kvs, counts, revision };
      // The continue key: the next one there could be.
      key = Buffer.concat([page.kvs.at(-1)!.key, Buffer.of(0)]);
    }
  }

  test('list: pages of 500 of one revision, while everything is written over', async () => {
    const prefix = '/registry/pods/list/';
    const key = (i: number): string => `${prefix}pod-${String(i).padStart(4, '0')}`;
    const count = 2200;
    for (let from = 0; from < count; from += 100) {
      await client.txn({
        success: Array.from({ length: 100 }, (_, i) => ({ requestPut: { key: key(from + i), value: 'old' } })),
      });
    }
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i = (i + 7) % count) {
        await client.put({ key: key(i), value: 'new' });
        await client.deleteRange({ key: key((i + 3) % count) });
        await client.put({ key: `${key(i)}-more`, value: 'new' });
      }
    })();
    const lists = [];
    for (let i = 0; i < 3; i++) lists.push(await list(prefix, 500));
    writing = false;
    await writer;
    for (const { kvs, counts, revision } of lists) {
      const whole = await client.range({ key: prefix, rangeEnd: prefixEnd(prefix), revision });
      expect(kvs).toEqual(whole.kvs);
      // What is left from each page's key on.
      expect(counts).toEqual(counts.map((_, page) => whole.count - 500 * page));
      expect(Math.max(...kvs.map(({ modRevision }) => modRevision))).toBeLessThanOrEqual(revision);
    }
    const counted = await client.range({ key: prefix, rangeEnd: prefixEnd(prefix), countOnly: true });
    expect(counted.kvs).toEqual([]);
    expect(counted.count).toBeGreaterThan(count / 2);
  });

  test('a continue token that is too old is refused as expired', async () => {
    const { revision } = await putIf('/registry/pods/old/a', 0, '1');
    await client.put({ key: '/registry/pods/old/a', value: '2' });
    await client.compact({ revision: revision + 1 });
    const request = { key: '/registry/pods/old/', rangeEnd: prefixEnd('/registry/pods/old/'), limit: 1, revision };
    await expect(client.range(request)).rejects.toMatchObject({
      code: 11,
      message: 'etcdserver: mvcc: required revision has been compacted',
    });
  });

  test('list, then watch from its revision: the two together miss nothing and repeat nothing', async () => {
    const prefix = '/registry/services/specs/';
    const aborted = new AbortController();
    let n = 0;
    const writer = (async () => {
      while (!aborted.signal.aborted) await client.put({ key: `${prefix}default/s${n % 20}`, value: `${n++}` });
    })();
    await eventually('there are writes', () => n > 50, { everyMs: 1 });
    const { kvs, revision } = await list(prefix, 500);
    const state = new Map(kvs.map((kv) => [`${kv.key}`, text(kv)]));
    const watch = client.watch(
      { key: prefix, rangeEnd: prefixEnd(prefix), startRevision: revision + 1, prevKv: true },
      aborted.signal,
    );
    const stopAfter = n + 100;
    let last = revision;
    for await (const { events } of watch) {
      for (const { kv, prevKv } of events) {
        expect(kv!.modRevision).toBe(++last);
        // The event says what it replaced, which is what the list or an earlier event told.
        expect(text(prevKv)).toBe(state.get(`${kv!.key}`));
        state.set(`${kv!.key}`, text(kv));
      }
      if (n > stopAfter) break;
    }
    aborted.abort();
    await writer;
    const then = await client.range({ key: prefix, rangeEnd: prefixEnd(prefix), revision: last });
    expect(new Map(then.kvs.map((kv) => [`${kv.key}`, text(kv)]))).toEqual(state);
  });

  test('watch cache: one watch of /registry/ with previous values; progress says that nothing is outstanding', async () => {
    const prefix = '/registry/';
    const { header } = await client.range({ key: prefix, countOnly: true, rangeEnd: prefixEnd(prefix) });
    const aborted = new AbortController();
    const watch = client.watch(
      {
        key: prefix,
        rangeEnd: prefixEnd(prefix),
        startRevision: header!.revision + 1,
        prevKv: true,
        progressNotify: true,
      },
      aborted.signal,
    );
    const received: WatchResponse[] = [];
    const reading = (async () => {
      for await (const response of watch) received.push(response);
    })();
    await eventually('it is created', () => received.length === 1, { everyMs: 5 });
    const { revision } = await putIf('/registry/leases/kube-node-lease/n1', 0, '1');
    await putIf('/registry/leases/kube-node-lease/n1', revision, '2');
    await deleteIf('/registry/leases/kube-node-lease/n1', revision + 1);
    const told = () => received.flatMap(({ events }) => events);
    await eventually('the events arrive', () => told().length === 3, { everyMs: 5 });
    expect(told().map(({ type, prevKv }) => [type, text(prevKv)])).toEqual([
      ['PUT', undefined],
      ['PUT', '1'],
      ['DELETE', '2'],
    ]);
    // A change elsewhere makes no event, but a consistent read from the cache has to wait for its revision.
    const elsewhere = (await client.put({ key: '/elsewhere', value: 'x' })).header!.revision;
    const progressed = (): boolean =>
      received.some(({ events, header: at, created }) => !created && events.length === 0 && at!.revision >= elsewhere);
    await eventually('progress arrives', () => {
      if (progressed()) return true;
      watch.requestProgress();
      return false;
    });
    aborted.abort();
    await reading;
  });

  test('events live as long as their lease, and many share one', async () => {
    const { id } = await client.leaseGrant({ ttl: 2 });
    for (const name of ['a', 'b']) await putIf(`/registry/events/default/${name}`, 0, name, id);
    const { id: longer } = await client.leaseGrant({ ttl: 3600 });
    await putIf('/registry/events/default/c', 0, 'c', longer);
    const { keys } = await client.leaseTimeToLive({ id, keys: true });
    expect(keys.map(String).sort()).toEqual(['/registry/events/default/a', '/registry/events/default/b']);
    const prefix = '/registry/events/';
    await eventually('the short ones are gone', async () => {
      const { kvs } = await client.range({ key: prefix, rangeEnd: prefixEnd(prefix) });
      return kvs.map(text).join() === 'c';
    });
    expect(await client.leaseTimeToLive({ id })).toMatchObject({ ttl: -1 });
  });

  test('compaction: apiservers agree by a key whose version is the time, so that one of them compacts', async () => {
    /** One turn of an apiserver's compactor. */
    async function compactTurn(time: number, revision: number) {
      const { header, succeeded, responses } = await client.txn({
        compare: [{ key: 'compact_rev_key', target: 'VERSION', result: 'EQUAL', version: time }],
        success: [{ requestPut: { key: 'compact_rev_key', value: `${revision}` } }],
        failure: [{ requestRange: { key: 'compact_rev_key' } }],
      });
      const current = header!.revision;
      if (!succeeded) {
        const [kv] = responses[0]!.responseRange!.kvs;
        return { compacted: false, time: kv!.version, revision: current };
      }
      if (revision > 0) await client.compact({ revision });
      return { compacted: true, time: time + 1, revision: current };
    }
    const key = '/registry/pods/compact/a';
    const { revision } = await putIf(key, 0, '1');
    // Two of them start; only one is first.
    const first = await Promise.all([compactTurn(0, 0), compactTurn(0, 0)]);
    expect(first.map(({ compacted }) => compacted).sort()).toEqual([false, true]);
    expect(first.map(({ time }) => time)).toEqual([1, 1]);
    await putIf(key, revision, '2');
    // Minutes later one of them compacts what it saw the last time, and the other one finds it done.
    const seen = Math.max(...first.map((turn) => turn.revision));
    const second = await Promise.all([compactTurn(1, seen), compactTurn(1, seen)]);
    expect(second.map(({ compacted }) => compacted).sort()).toEqual([false, true]);
    await expect(client.range({ key, revision: revision - 1 })).rejects.toThrow(/has been compacted/);
    const watch = client.watch({ key, startRevision: revision - 1 });
    const drain = async (): Promise<void> => {
      for await (const _ of watch);
    };
    await expect(drain()).rejects.toMatchObject({ compactRevision: seen });
    expect((await client.range({ key })).kvs.map(text)).toEqual(['2']);
  });
});
