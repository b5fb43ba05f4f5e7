/**
 * The etcd client, one suite for every way it has to a server: our store through the shared stream, our store by plain calls,
 * and a real etcd, where the client finds out by itself that it has to make plain calls.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prefixEnd } from '../api/etcd.ts';
import { EtcdError, grpcCode } from '../api/etcd-errors.ts';
import { EtcdClient, type EtcdClientOptions } from '../client/etcd/client.ts';
import { type EtcdServer, startEtcd, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { isPresent, run } from './harness/run.ts';

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent) console.log('skipped in part: etcd is not installed (Debian: etcd-server)');

interface Way {
  way: string;
  transport: 'auto' | 'plain';
  start(): Promise<EtcdServer>;
}

const ways: Way[] = [
  { way: 'our store, one stream', transport: 'auto', start: () => startStore() },
  { way: 'our store, plain calls', transport: 'plain', start: () => startStore() },
  ...(etcdPresent ? [{ way: 'a real etcd', transport: 'auto' as const, start: () => startEtcd(24900) }] : []),
];

const failure = async (call: Promise<unknown>): Promise<{ code: number; message: string }> => {
  const thrown: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(EtcdError);
  const { code, message } = thrown as EtcdError;
  return { code, message };
};

describe.each(ways)('$way', ({ transport, start }) => {
  let server: EtcdServer;
  let client: EtcdClient;
  const connect = (options: Partial<EtcdClientOptions> = {}): EtcdClient =>
    new EtcdClient({ endpoint: server.endpoint, transport, ...options });

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.remove());
  beforeEach(async () => {
    client = connect();
    await client.deleteRange({ key: '\0', rangeEnd: '\0' });
  });
  afterEach(() => client.close());

  test('every method answers', async () => {
    const put = await client.put({ key: 'a', value: '1' });
    expect(put.header!.revision).toBeGreaterThan(1);
    expect((await client.put({ key: 'a', value: '2', prevKv: true })).prevKv).toMatchObject({ version: 1 });
    expect((await client.range({ key: 'a' })).kvs[0]!.value.toString()).toBe('2');
    const { succeeded, responses } = await client.txn({
      compare: [{ key: 'a', target: 'VERSION', result: 'EQUAL', version: 2 }],
      success: [{ requestDeleteRange: { key: 'a' } }],
    });
    expect([succeeded, responses[0]!.responseDeleteRange!.deleted]).toEqual([true, 1]);
    expect((await client.deleteRange({ key: 'a' })).deleted).toBe(0);
    await client.compact({ revision: put.header!.revision });

    const { id } = await client.leaseGrant({ ttl: 600 });
    await client.put({ key: 'leased', lease: id });
    expect((await client.leaseKeepAlive({ id })).ttl).toBe(600);
    const { grantedTtl, keys } = await client.leaseTimeToLive({ id, keys: true });
    expect([grantedTtl, keys.map(String)]).toEqual([600, ['leased']]);
    expect((await client.leaseLeases()).leases).toEqual([{ id }]);
    await client.leaseRevoke({ id });
    expect((await client.range({ key: 'leased' })).count).toBe(0);

    expect((await client.status()).dbSize).toBeGreaterThan(0);
    expect((await client.memberList()).members).toHaveLength(1);
    expect((await client.alarm({ action: 'GET' })).alarms).toEqual([]);
    expect((await client.hash()).hash).toBeGreaterThan(0);
    expect((await client.hashKv()).hash).toBeGreaterThan(0);
    await client.defragment();
    let snapshotBytes = 0;
    for await (const { blob } of client.snapshot()) snapshotBytes += blob.length;
    expect(snapshotBytes).toBeGreaterThan(0);
  });

  test('errors have the code and the text of etcd', async () => {
    const { header } = await client.put({ key: 'a' });
    const revision = header!.revision;
    await client.put({ key: 'a' });
    await client.compact({ revision: revision + 1 });
    const put = { requestPut: { key: 'x' } };
    const failures = await Promise.all(
      [
        client.put({}),
        client.put({ key: 'a', lease: 404n }),
        client.put({ key: 'a', value: 'x'.repeat(1_600_000) }),
        client.range({ key: 'a', revision }),
        client.range({ key: 'a', revision: revision + 1000 }),
        client.txn({ success: [put, put] }),
        client.txn({ success: Array.from({ length: 129 }, (_, i) => ({ requestPut: { key: `x${i}` } })) }),
        client.leaseRevoke({ id: 404n }),
      ].map(failure),
    );
    expect(failures).toEqual([
      { code: 3, message: 'etcdserver: key is not provided' },
      { code: 5, message: 'etcdserver: requested lease not found' },
      { code: 3, message: 'etcdserver: request is too large' },
      { code: 11, message: 'etcdserver: mvcc: required revision has been compacted' },
      { code: 11, message: 'etcdserver: mvcc: required revision is a future revision' },
      { code: 3, message: 'etcdserver: duplicate key given in txn request' },
      { code: 3, message: 'etcdserver: too many operations in txn request' },
      { code: 5, message: 'etcdserver: requested lease not found' },
    ]);
    expect(await failure(client.put({ key: 'a', value: 'x'.repeat(3_000_000) }))).toEqual({
      code: grpcCode.resourceExhausted,
      message: expect.stringMatching(/received message larger than max/i),
    });
    // What cannot be encoded is the caller's mistake, and only that call's.
    const wrong = client.range({ key: 'a', sortOrder: 'UP' as never });
    const [right, refused] = await Promise.allSettled([client.range({ key: 'a' }), wrong]);
    expect([right.status, refused.status]).toEqual(['fulfilled', 'rejected']);
  });

  test('large values, and answers of many megabytes', async () => {
    const sizes = [450_000, 491_000, 524_288, 1_048_576, 1_500_000];
    await Promise.all(sizes.map((size) => client.put({ key: `large/${size}`, value: Buffer.alloc(size, size % 251) })));
    const all = { key: 'large/', rangeEnd: prefixEnd('large/') };
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.range(all)));
    for (const { kvs } of answers) {
      for (const { key, value } of kvs) {
        const size = Number(key.toString().slice('large/'.length));
        expect(value.equals(Buffer.alloc(size, size % 251)), `${size} bytes`).toBe(true);
      }
      expect(kvs).toHaveLength(sizes.length);
    }
  });

  test('a thousand calls at once, of mixed sizes, some of which fail', async () => {
    const sizeOf = (i: number): number => (i % 250 === 7 ? 700_000 : i % 10 === 0 ? 20_000 : i % 100);
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        if (i % 50 === 0) return failure(client.put({ value: 'no key' }));
        const { header } = await client.put({ key: `many/${i}`, value: Buffer.alloc(sizeOf(i), i % 256) });
        const { kvs } = await client.range({ key: `many/${i}` });
        // A caller sees what it has written.
        expect(kvs[0]).toMatchObject({ modRevision: header!.revision, version: 1 });
        expect(kvs[0]!.value.equals(Buffer.alloc(sizeOf(i), i % 256))).toBe(true);
        return header!.revision;
      }),
    );
    const revisions = outcomes.filter((one) => typeof one === 'number');
    expect(new Set(revisions).size).toBe(980);
    expect(outcomes.filter((one) => typeof one === 'object').every(({ code }) => code === 3)).toBe(true);
  });

  test('of concurrent writes to a key, the one with the highest revision stays', async () => {
    const writes = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const { header } = await client.put({ key: 'contended', value: String(i) });
        return { i, revision: header!.revision };
      }),
    );
    const last = writes.reduce((a, b) => (b.revision > a.revision ? b : a));
    const { kvs } = await client.range({ key: 'contended' });
    expect(kvs[0]).toMatchObject({ version: 200, modRevision: last.revision });
    expect(kvs[0]!.value.toString()).toBe(String(last.i));
    expect(new Set(writes.map(({ revision }) => revision)).size).toBe(200);
  });

  test('a watch sees what calls on the same connection write, and reports progress', async () => {
    const { header } = await client.put({ key: 'w/0', value: '0' });
    const responses: string[] = [];
    const watch = client.watch({ key: 'w/', rangeEnd: prefixEnd('w/'), startRevision: header!.revision });
    for await (const { created, events } of watch) {
      if (created) await client.put({ key: 'w/1', value: '1' });
      responses.push(...events.map(({ type, kv }) => `${type} ${kv!.key}=${kv!.value}`));
      if (responses.length === 2) break;
    }
    expect(responses).toEqual(['PUT w/0=0', 'PUT w/1=1']);

    const quiet = client.watch({ key: 'nothing' });
    for await (const { created, header: reached } of quiet) {
      if (created) {
        await client.put({ key: 'w/2' });
        quiet.requestProgress();
      } else {
        expect(reached!.revision).toBeGreaterThan(header!.revision + 1);
        break;
      }
    }
  });

  test('a call that takes too long fails with code 4, and the connection lives on', async () => {
    const hasty = connect({ timeoutMs: 300 });
    await hasty.put({ key: 'a' });
    server.child.kill('SIGSTOP');
    try {
      const failures = await Promise.all(Array.from({ length: 20 }, () => failure(hasty.put({ key: 'a' }))));
      for (const { code, message } of failures) {
        expect(code).toBe(grpcCode.deadlineExceeded);
        expect(message).toMatch(/^Deadline exceeded after 0\.\d+s/);
      }
    } finally {
      server.child.kill('SIGCONT');
    }
    await eventually('calls are answered again', () => hasty.range({ key: 'a' }), { everyMs: 20 });
    hasty.close();
  });

  test('a server that is away, and back', async () => {
    await client.put({ key: 'kept', value: 'x' });
    await server.stop();
    expect(await failure(client.range({ key: 'kept' }))).toMatchObject({ code: grpcCode.unavailable });
    await server.restart();
    const { kvs } = await eventually('the client is connected again', () => client.range({ key: 'kept' }));
    expect(kvs[0]!.value.toString()).toBe('x');
  });

  test('killed with calls and watches under way: each of them settles, and what was acknowledged is there', async () => {
    const acknowledged = new Map<string, string>();
    const failed = Promise.withResolvers<void>();
    const writer = async (name: number): Promise<EtcdError> => {
      for (let i = 0; ; i++) {
        const [key, value] = [`kill/${name}`, String(i)];
        try {
          await client.put({ key, value });
          acknowledged.set(key, value);
        } catch (error) {
          failed.resolve();
          return error as EtcdError;
        }
      }
    };
    const watch = failure(
      (async () => {
        for await (const _ of client.watch({ key: 'kill/', rangeEnd: prefixEnd('kill/') }));
      })(),
    );
    const writers = Array.from({ length: 100 }, (_, name) => writer(name));
    await eventually('every writer has written', () => acknowledged.size === 100, { everyMs: 5 });
    await server.stop('SIGKILL');
    const failures = await Promise.all([...writers, watch]);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set([grpcCode.unavailable]));

    await server.restart();
    for (const [key, value] of acknowledged) {
      const { kvs } = await eventually('the client is connected again', () => client.range({ key }));
      // A write without an answer may have taken effect.
      expect([value, String(Number(value) + 1)]).toContain(kvs[0]!.value.toString());
    }
  });

  test('closing lets calls under way be answered, and makes none later', async () => {
    const closing = connect();
    await closing.put({ key: 'a' });
    const calls = Array.from({ length: 50 }, (_, i) => closing.put({ key: `close/${i}` }));
    const watch = failure(
      (async () => {
        for await (const _ of closing.watch({ key: 'a' }));
      })(),
    );
    closing.close();
    closing.close();
    expect((await Promise.all(calls)).map(({ header }) => header!.revision)).toHaveLength(50);
    expect(await watch).toMatchObject({ code: grpcCode.canceled });
    expect(await failure(closing.put({ key: 'late' }))).toEqual({
      code: grpcCode.canceled,
      message: 'grpc: the client connection is closing',
    });

    const neverConnected = connect();
    const settled = Promise.allSettled([neverConnected.put({ key: 'a' }), neverConnected.range({ key: 'a' })]);
    neverConnected.close();
    for (const { status, ...rest } of await settled) {
      if (status === 'rejected') expect(rest).toMatchObject({ reason: { code: grpcCode.unavailable } });
    }
  });

  test('a process that has closed its client ends', async () => {
    const script = `
      import { EtcdClient } from ${JSON.stringify(`${import.meta.dirname}/../client/etcd/client.ts`)};
      const client = new EtcdClient(${JSON.stringify({ endpoint: server.endpoint, transport })});
      await client.put({ key: 'a' });
      client.close();`;
    const { status, stderr } = await run(process.execPath, ['--input-type=module', '-e', script]);
    expect(status, stderr).toBe(0);
  });
});
