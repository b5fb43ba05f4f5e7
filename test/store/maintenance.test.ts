/**
 * What operators do to a store that is full, copied, or compared: alarms and the quota, snapshots and what is made of them,
 * hashes, health, and the commands of `node store/main.ts`.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HealthCheckRequest, HealthCheckResponse, healthMethods } from '../../api/grpc-health.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { createAuthority } from '../harness/certificates.ts';
import { compileCache, type EtcdServer, startEtcd, startStore } from '../harness/etcd.ts';
import { etcdctl, etcdctlOutput, etcdctlPresent } from '../harness/etcdctl.ts';
import { eventually } from '../harness/eventually.ts';
import { newSeed, randomFrom } from '../harness/random.ts';
import { isPresent, type Result, run } from '../harness/run.ts';

const port = 24830;
const etcdPort = 24832;
const everything = { key: '\0', rangeEnd: '\0' };

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent)
  console.log('skipped: etcd is not installed (Debian: etcd-server), so there is nothing to compare with');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik-maintenance-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A command of the store. */
const command = (...args: string[]): Promise<Result> =>
  run(process.execPath, [resolve(import.meta.dirname, '../../store/main.ts'), ...args], { env: compileCache });
const commandOutput = async (...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await command(...args);
  expect(status, stderr).toBe(0);
  return stdout;
};

describe.skipIf(!etcdPresent)('HashKV is real etcd’s number', () => {
  let servers: EtcdServer[];
  let clients: EtcdClient[];
  beforeAll(async () => {
    servers = await Promise.all([startStore(), startEtcd(etcdPort)]);
    clients = servers.map((server) => server.client());
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.remove()));
  });

  /** What both answer, or refuse with. */
  async function hashes(revision: number): Promise<unknown[]> {
    return Promise.all(
      clients.map((client) =>
        client.hashKv({ revision }).then(
          ({ hash, compactRevision }) => ({ hash, compactRevision }),
          ({ code, message }) => ({ code, message }),
        ),
      ),
    );
  }

  test('after random histories, at every revision, compacted or not', async () => {
    const seed = newSeed();
    console.log(`HashKV from seed ${seed}: SEED=${seed} repeats it`);
    const random = randomFrom(seed);
    const key = (): string => `k${random(6)}`;
    const steps: ((client: EtcdClient) => Promise<unknown>)[] = [];
    let compacted = 0;
    for (let round = 0; round < 6; round++) {
      steps.length = 0;
      for (let i = 0; i < 12; i++) {
        const [one, two, value] = [key(), key(), `${round}.${i}`];
        const kind = random(5);
        if (kind < 2) steps.push((client) => client.put({ key: one, value }));
        else if (kind === 2) steps.push((client) => client.deleteRange({ key: one }));
        else if (kind === 3) steps.push((client) => client.deleteRange({ key: one, rangeEnd: two }));
        else {
          const operations = [{ requestDeleteRange: { key: one } }, { requestPut: { key: `${two}x`, value } }];
          steps.push((client) => client.txn({ success: operations }));
        }
      }
      if (round === 3) steps.push((client) => client.deleteRange(everything));
      for (const step of steps) await Promise.all(clients.map(step));
      const { header } = await clients[0]!.range(everything);
      const revision = header!.revision;
      const expectEqual = async (at: number): Promise<void> => {
        const [ours, theirs] = await hashes(at);
        expect(ours, `seed ${seed}, round ${round}: revision ${at} of ${revision}, compacted ${compacted}`).toEqual(
          theirs,
        );
      };
      for (let at = 0; at <= revision + 1; at++) await expectEqual(at);
      compacted = Math.max(compacted, revision - random(15));
      const compact = (client: EtcdClient): Promise<unknown> =>
        client.compact({ revision: compacted, physical: true }).catch(({ message }) => message);
      await Promise.all(clients.map(compact));
      for (let at = 0; at <= revision + 1; at++) await expectEqual(at);
    }
  });
});

describe('a store with a quota', () => {
  let store: EtcdServer;
  let client: EtcdClient;
  const metricsUrl = `http://127.0.0.1:${port + 1}`;
  const quotaBytes = 4 * 1024 * 1024;

  beforeEach(async () => {
    const flags = ['--listen-metrics-urls', metricsUrl, '--quota-backend-bytes', String(quotaBytes)];
    store = await startStore({ url: `http://127.0.0.1:${port}`, flags });
    client = store.client();
  });
  afterEach(async () => {
    client.close();
    await store.remove();
  });

  /** Puts what does not compress until it is refused; the error. */
  const fill = (): Promise<Error> =>
    eventually('it is full', async () => {
      for (;;) {
        try {
          await client.put({ key: 'fill', value: randomBytes(64 * 1024) });
        } catch (error) {
          return error as Error;
        }
      }
    });
  const noSpace = { code: 8, message: 'etcdserver: mvcc: database space exceeded' };

  test('raises the alarm when it is full, says so everywhere, and keeps it over a restart', async () => {
    expect(await fill()).toMatchObject(noSpace);
    const refused = async (): Promise<void> => {
      await expect(client.put({ key: 'x' })).rejects.toMatchObject(noSpace);
      await expect(client.txn({ success: [{ requestPut: { key: 'x' } }] })).rejects.toMatchObject(noSpace);
      await expect(
        client.txn({ failure: [{ requestTxn: { success: [{ requestPut: { key: 'x' } }] } }] }),
      ).rejects.toMatchObject(noSpace);
      await expect(client.leaseGrant({ ttl: 5 })).rejects.toMatchObject(noSpace);
    };
    await refused();
    const { header, alarms } = await client.alarm({});
    expect(alarms).toEqual([{ memberId: header!.memberId, alarm: 'NOSPACE' }]);
    const { errors, dbSize, dbSizeQuota } = await client.status();
    expect(errors).toEqual([`memberID:${header!.memberId} alarm:NOSPACE `]);
    expect(dbSizeQuota).toBe(quotaBytes);
    // It stops before it is over, but for the 4 MiB that LevelDB writes once more before it deletes their log.
    expect(dbSize).toBeLessThan(quotaBytes + 5 * 1024 * 1024);
    const health = await fetch(`${metricsUrl}/health`);
    expect([health.status, await health.json()]).toEqual([503, { health: 'false', reason: 'ALARM NOSPACE' }]);
    expect((await fetch(`${metricsUrl}/health?exclude=NOSPACE`)).status).toBe(200);

    await store.restart();
    await eventually('the client is connected again', () => client.range({ key: 'fill' }));
    await refused();
    expect((await client.txn({ success: [{ requestRange: { key: 'fill' } }] })).succeeded).toBe(true);
    expect((await client.deleteRange({ key: 'fill' })).deleted).toBe(1);
  });

  test.skipIf(!etcdctlPresent)('is brought back with etcdctl as etcd’s runbook says', async () => {
    await fill();
    const said = (...args: string[]): Promise<string> => etcdctlOutput(store.endpoint, ...args);
    expect(await said('alarm', 'list')).toMatch(/^memberID:\d+ alarm:NOSPACE ?\n$/);
    expect(await said('endpoint', 'status', '-w', 'table')).toMatch(/memberID:\d+ +\|\n.*alarm:NOSPACE/);
    expect((await etcdctl(store.endpoint, ['put', 'x', 'y'])).stderr).toContain(noSpace.message);

    const [{ Status }] = JSON.parse(await said('endpoint', 'status', '-w', 'json'));
    expect(await said('compact', '--physical', String(Status.header.revision))).toContain('compacted revision');
    expect(await said('defrag')).toContain('Finished defragmenting');
    // There is room, but nobody has said that the alarm is over.
    expect((await etcdctl(store.endpoint, ['put', 'x', 'y'])).stderr).toContain(noSpace.message);
    expect(await said('alarm', 'disarm')).toMatch(/^memberID:\d+ alarm:NOSPACE ?\n$/);
    expect(await said('alarm', 'list')).toBe('');
    expect(await said('put', 'x', 'y')).toBe('OK\n');
    expect((await client.status()).dbSize).toBeLessThan(quotaBytes / 4);
    expect(await (await fetch(`${metricsUrl}/health`)).json()).toEqual({ health: 'true', reason: '' });
    await store.restart();
    expect(await said('alarm', 'list')).toBe('');
  });

  test('overwriting one key for long does not fill it, when the past is compacted', async () => {
    let written = 0;
    while (written < 5 * quotaBytes) {
      const { header } = await client.put({ key: 'same', value: randomBytes(128 * 1024) });
      written += 128 * 1024;
      if (header!.revision % 8 === 0) {
        await client.compact({ revision: header!.revision, physical: true });
        await client.defragment();
      }
    }
    expect((await client.alarm({})).alarms).toEqual([]);
  });

  test('a lie about corruption is believed until it is taken back', async () => {
    const corrupt = { code: 15, message: 'etcdserver: corrupt cluster' };
    await client.alarm({ action: 'ACTIVATE', memberId: 7n, alarm: 'CORRUPT' });
    await expect(client.put({ key: 'a' })).rejects.toMatchObject(corrupt);
    await expect(client.deleteRange({ key: 'a' })).rejects.toMatchObject(corrupt);
    expect((await client.range({ key: 'a' })).count).toBe(0);
    expect((await client.alarm({ alarm: 'NOSPACE' })).alarms).toEqual([]);
    expect((await client.alarm({ action: 'DEACTIVATE', memberId: 8n, alarm: 'CORRUPT' })).alarms).toEqual([]);
    const disarmed = await client.alarm({ action: 'DEACTIVATE', memberId: 7n, alarm: 'CORRUPT' });
    expect(disarmed.alarms).toEqual([{ memberId: 7n, alarm: 'CORRUPT' }]);
    await client.put({ key: 'a' });
  });
});

describe('snapshots', () => {
  let store: EtcdServer;
  let client: EtcdClient;
  beforeEach(async () => {
    store = await startStore({ url: `http://127.0.0.1:${port}` });
    client = store.client();
  });
  afterEach(async () => {
    client.close();
    await store.remove();
  });

  /** Keys with a past, a deleted one, a leased one, and a compaction. */
  async function populate(): Promise<{ revision: number; compacted: number; lease: bigint }> {
    const { id: lease } = await client.leaseGrant({ ttl: 600 });
    for (let i = 0; i < 50; i++) await client.put({ key: `k/${i % 20}`, value: randomBytes(3000) });
    const { header } = await client.put({ key: 'k/leased', value: 'x', lease });
    await client.compact({ revision: header!.revision - 20, physical: true });
    await client.put({ key: 'k/zero\0', value: '' });
    await client.deleteRange({ key: 'k/3' });
    const last = await client.txn({
      success: [{ requestPut: { key: 'k/a', value: '1' } }, { requestDeleteRange: { key: 'k/4' } }],
    });
    return { revision: last.header!.revision, compacted: header!.revision - 20, lease };
  }

  /** Everything that a client can see. */
  async function contents(
    of: EtcdClient,
    { revision, compacted, lease }: Awaited<ReturnType<typeof populate>>,
  ): Promise<unknown> {
    const past = [];
    for (let at = compacted; at <= revision; at++) past.push((await of.range({ ...everything, revision: at })).kvs);
    const { hash } = await of.hashKv();
    const { keys, grantedTtl } = await of.leaseTimeToLive({ id: lease, keys: true });
    const { header } = await of.range(everything);
    const tooOld = await of.range({ key: 'k/1', revision: compacted - 1 }).catch(({ message }) => message);
    return { past, hash, keys, grantedTtl, revision: header!.revision, tooOld };
  }

  test.each(['our command', ...(etcdctlPresent ? ['etcdctl'] : [])])(
    'saved by %s and restored, it is the same store',
    async (by) => {
      const state = await populate();
      const [file, dataDir] = [join(directory, 'x.db'), join(directory, 'restored')];
      if (by === 'etcdctl') await etcdctlOutput(store.endpoint, 'snapshot', 'save', file);
      else {
        const address = store.endpoint.replace('http://', '');
        expect(await commandOutput('snapshot', 'save', file, '--endpoints', address)).toBe(
          `Snapshot saved at ${file}\n`,
        );
        expect(readdirSync(directory)).toEqual(['x.db']);
      }
      expect(statSync(file).mode & 0o777).toBe(0o600);

      const { hash } = await client.hash();
      const { size } = statSync(file);
      const status = JSON.parse(await commandOutput('snapshot', 'status', file, '-w', 'json'));
      expect(status).toEqual({ hash, revision: state.revision, totalKey: expect.any(Number), totalSize: size });
      expect(await commandOutput('snapshot', 'status', file)).toBe(
        `${hash.toString(16)}, ${state.revision}, ${status.totalKey}, ${Math.round(size / 1000)} kB\n`,
      );
      expect(await commandOutput('snapshot', 'status', file, '-w', 'table')).toMatch(
        /^\| +HASH +\| REVISION \| TOTAL KEYS \| TOTAL SIZE \|$/m,
      );

      expect(await commandOutput('snapshot', 'restore', file, '--data-dir', dataDir)).toContain(dataDir);
      const restored = await startStore({ dataDir });
      const reader = restored.client();
      try {
        expect(await contents(reader, state)).toEqual(await contents(client, state));
        const [before, after] = [await client.status(), await reader.status()];
        expect(after.header!.clusterId).not.toBe(before.header!.clusterId);
        // It goes on where the other was.
        expect((await reader.put({ key: 'new' })).header!.revision).toBe(state.revision + 1);
      } finally {
        reader.close();
        await restored.remove();
      }
    },
  );

  test('is one moment, while writes and compaction go on', async () => {
    for (let i = 0; i < 30; i++) await client.put({ key: `big/${i}`, value: randomBytes(200_000) });
    let writing = true;
    let written = 0;
    const writer = (async () => {
      for (; writing; written++) {
        const both = ['left', 'right'].map((key) => ({ requestPut: { key, value: String(written) } }));
        const { header } = await client.txn({ success: [...both, { requestDeleteRange: { key: `big/${written}` } }] });
        if (written === 5) await client.compact({ revision: header!.revision - 10 });
      }
    })();
    await eventually('something is written', () => written > 10);
    const blobs: Buffer[] = [];
    let remaining: number | undefined;
    for await (const { blob, remainingBytes } of client.snapshot()) {
      if (remaining) expect(remainingBytes).toBe(remaining - blob.length);
      remaining = remainingBytes;
      blobs.push(blob);
    }
    writing = false;
    await writer;
    const digest = blobs.pop()!;
    const bytes = Buffer.concat(blobs);
    expect(digest.equals(createHash('sha256').update(bytes).digest())).toBe(true);

    const [file, dataDir] = [join(directory, 'x.db'), join(directory, 'restored')];
    writeFileSync(file, Buffer.concat([bytes, digest]));
    await commandOutput('snapshot', 'restore', file, '--data-dir', dataDir);
    const restored = await startStore({ dataDir });
    const reader = restored.client();
    try {
      const { header, kvs } = await reader.range({ key: 'left', rangeEnd: 'right\0' });
      expect(kvs).toHaveLength(2);
      expect(kvs[0]!.value).toEqual(kvs[1]!.value);
      expect((await reader.hashKv()).hash).toBe((await client.hashKv({ revision: header!.revision })).hash);
    } finally {
      reader.close();
      await restored.remove();
    }
  });

  test('a client that does not read costs no memory, and one that goes away nothing at all', async () => {
    for (let i = 0; i < 40; i++) await client.put({ key: `big/${i}`, value: randomBytes(1_000_000) });
    const slow = client.snapshot();
    await slow.next();
    const rss = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${store.child.pid}/status`, 'utf8'))![1]) * 1024;
    const before = rss();
    for (let i = 0; i < 20; i++) await client.put({ key: 'meanwhile', value: String(i) });
    expect(rss() - before).toBeLessThan(30_000_000);
    await slow.return();
    // The database lets go of the moment: it can be closed at once.
    await store.stop();
    expect(store.child.exitCode).toBe(0);
  });

  describe('what cannot be restored is refused, and leaves nothing behind', () => {
    let file: string;
    let dataDir: string;
    beforeEach(async () => {
      await client.put({ key: 'a', value: randomBytes(2000) });
      file = join(directory, 'x.db');
      dataDir = join(directory, 'restored');
      await commandOutput('snapshot', 'save', file, '--endpoints', store.endpoint);
    });
    const refusal = async (...flags: string[]): Promise<string> => {
      const { status, stderr } = await command('snapshot', 'restore', file, '--data-dir', dataDir, ...flags);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^etcd: .*\n$/);
      expect(existsSync(dataDir) && readdirSync(dataDir).filter((name) => name !== 'precious')).toEqual(
        existsSync(dataDir) ? [] : false,
      );
      return stderr;
    };

    test.each([1, 32, 512, 1024])('cut short by %i bytes', async (bytes) => {
      truncateSync(file, statSync(file).size - bytes);
      expect(await refusal()).toMatch(/the snapshot is cut short/);
      expect((await command('snapshot', 'status', file)).stderr).toMatch(/the snapshot is cut short/);
    });

    test('altered', async () => {
      const bytes = readFileSync(file);
      bytes[1000]! ^= 1;
      writeFileSync(file, bytes);
      expect(await refusal()).toMatch(/was altered: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}/);
    });

    test('something else', async () => {
      writeFileSync(file, randomBytes(1024 + 32));
      expect(await refusal('--skip-hash-check')).toMatch(/not a snapshot of this store/);
      rmSync(file);
      expect(await refusal()).toMatch(/no such file/);
    });

    test('to where something is', async () => {
      await commandOutput('snapshot', 'restore', file, '--data-dir', dataDir);
      const { status, stderr } = await command('snapshot', 'restore', file, '--data-dir', dataDir);
      expect([status, stderr]).toEqual([1, `etcd: data-dir "${dataDir}" is not empty\n`]);
    });
  });

  test.skipIf(!etcdPresent)('a real etcd’s is saved as it is, but for etcd’s own tools', async () => {
    const real = await startEtcd(etcdPort);
    try {
      const [ours, theirs] = [join(directory, 'ours.db'), join(directory, 'theirs.db')];
      await commandOutput('snapshot', 'save', ours, '--endpoints', real.endpoint);
      if (etcdctlPresent) {
        await etcdctlOutput(real.endpoint, 'snapshot', 'save', theirs);
        expect(readFileSync(ours).equals(readFileSync(theirs))).toBe(true);
      }
      const { status, stderr } = await command('snapshot', 'status', ours);
      expect([status, stderr]).toEqual([
        1,
        'etcd: not a snapshot of this store (those of etcd itself are for etcdutl)\n',
      ]);
    } finally {
      await real.remove();
    }
  });

  test('nobody listens', async () => {
    const file = join(directory, 'x.db');
    const { status, stderr } = await command('snapshot', 'save', file, '--endpoints', `127.0.0.1:${port + 5}`);
    expect([status, readdirSync(directory)]).toEqual([1, []]);
    expect(stderr).toMatch(/^etcd: .*ECONNREFUSED.*\n$/);
  });

  test('dump prints keys, generations and revisions of a stopped store', async () => {
    const { id } = await client.leaseGrant({ id: 0x1234n, ttl: 60 });
    await client.put({ key: 'a', value: '1' });
    await client.put({ key: 'a', value: '2' });
    await client.txn({
      success: [{ requestPut: { key: 'b', value: 'hello', lease: id } }, { requestDeleteRange: { key: 'a' } }],
    });
    await client.put({ key: 'a', value: '3' });
    await client.put({ key: 'gone', value: Buffer.of(0, 255) });
    await client.deleteRange({ key: 'gone' });
    const inUse = await command('dump', '--data-dir', store.dataDir);
    expect(inUse.status).toBe(1);
    expect(inUse.stderr).toMatch(/is in use by a running store: stop it, or take a snapshot/);
    await store.stop();
    const title = 'revision 7, nothing compacted, 3 keys (1 deleted), 1 lease';
    expect(await commandOutput('dump', '--data-dir', store.dataDir)).toBe(`${title}

lease 1234, granted for 60 s

a
  generation created at 2, deleted at 4
    2     version 1                1
    3     version 2                2
    4.1   deleted
  generation created at 5
    5     version 1                3

b
  generation created at 4
    4     version 1   lease 1234   hello
`);
    expect(await commandOutput('dump', '--data-dir', store.dataDir, '--all', '--prefix', 'g')).toContain(`gone
  generation created at 6, deleted at 7
    6   version 1   0x00ff
    7   deleted
`);
    const none = await command('dump', '--data-dir', join(directory, 'none'));
    expect([none.status, none.stderr]).toEqual([1, `etcd: there is no store in ${directory}/none\n`]);
    expect(existsSync(join(directory, 'none'))).toBe(false);
  });
});

test('snapshot save over mutual TLS', async () => {
  const authority = await createAuthority(directory, 'ours');
  const [server, user] = [await authority.issue('server'), await authority.issue('client')];
  const url = `https://127.0.0.1:${port}`;
  const tls = { caFile: authority.caFile, ...user };
  const files = ['--cert-file', server.certFile, '--key-file', server.keyFile, '--trusted-ca-file', authority.caFile];
  const store = await startStore({ url, tls, flags: [...files, '--client-cert-auth'] });
  try {
    const file = join(directory, 'x.db');
    const identity = ['--cacert', authority.caFile, '--cert', user.certFile, '--key', user.keyFile];
    await commandOutput('snapshot', 'save', file, '--endpoints', url, ...identity);
    expect(await commandOutput('snapshot', 'status', file)).toMatch(/^[0-9a-f]+, 1, 0, /);
  } finally {
    await store.remove();
  }
});

test.each([
  [['--help'], 0, /snapshot save\|status\|restore/],
  [['snapshot', '--help'], 0, / save [\s\S]* status [\s\S]* restore /],
  [['snapshot', 'save', '--help'], 0, /--endpoints/],
  [['dump', '--help'], 0, /--prefix/],
  [['snapshot'], 2, /Usage: etcd snapshot/],
  [['snapshot', 'save'], 2, /missing required argument 'file'/],
  [['snapshot', 'steal', 'x'], 2, /unknown command 'steal'/],
  [['snapshot', 'status', 'x', '-w', 'xml'], 2, /Allowed choices are simple, table, json, fields/],
  [['dump', '--everything'], 2, /unknown option '--everything'/],
])('%s', async (args, expectedStatus, says) => {
  const { status, stdout, stderr } = await command(...args);
  expect(stdout + stderr).toMatch(says);
  expect(status).toBe(expectedStatus);
});

test('methods that are not served are named', async () => {
  const store = await startStore({ url: `http://127.0.0.1:${port}` });
  const channel = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  try {
    for (const path of [
      '/etcdserverpb.Maintenance/Downgrade',
      '/etcdserverpb.Maintenance/MoveLeader',
      '/etcdserverpb.Auth/AuthStatus',
      '/v3electionpb.Election/Campaign',
      '/v3lockpb.Lock/Lock',
    ]) {
      const failure = await new Promise<unknown>((resolved) =>
        channel.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), (error) => resolved(error)),
      );
      const [, service, method] = path.split('/');
      expect(failure).toMatchObject({ code: 12, details: expect.stringContaining(service!) });
      expect(failure).toMatchObject({ details: expect.stringContaining(method!) });
    }
  } finally {
    channel.close();
    await store.remove();
  }
});

describe('gRPC health', () => {
  let store: EtcdServer;
  let channel: Client;
  beforeAll(async () => {
    store = await startStore({ url: `http://127.0.0.1:${port}` });
    channel = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  afterAll(async () => {
    channel.close();
    await store.remove();
  });

  const check = (service: string): Promise<unknown> =>
    new Promise((resolved) => {
      const { encode } = HealthCheckRequest;
      const { decode } = HealthCheckResponse;
      channel.makeUnaryRequest(healthMethods.check.path, encode, decode, { service }, (error, response) =>
        resolved(error ? { code: error.code, details: error.details } : response),
      );
    });

  test('Check', async () => {
    expect(await check('')).toEqual({ status: 'SERVING' });
    expect(await check('etcdserverpb.KV')).toEqual({ code: 5, details: 'unknown service' });
  });

  test.each([
    ['', 'SERVING'],
    ['other', 'SERVICE_UNKNOWN'],
  ])('Watch %j', async (service, status) => {
    const { path } = healthMethods.watch;
    const call = channel.makeServerStreamRequest(path, HealthCheckRequest.encode, HealthCheckResponse.decode, {
      service,
    });
    const received: unknown[] = [];
    call.on('data', (response) => received.push(response)).on('error', () => undefined);
    await eventually('the status comes', () => received.length > 0);
    // It stays, for a change that might come.
    expect(await check('')).toEqual({ status: 'SERVING' });
    expect([received, call.closed]).toEqual([[{ status }], false]);
    call.cancel();
  });
});
