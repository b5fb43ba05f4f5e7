/** The store as a process: what it cannot do it says. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prefixEnd } from '../api/etcd.ts';
import { EtcdClient } from '../client/etcd/client.ts';
import { createAuthority } from './harness/certificates.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const main = resolve(import.meta.dirname, '../store/main.ts');
const port = 24780;

test('a disk that takes no more ends the process with the reason, and loses nothing that was acknowledged', async () => {
  const store = await startStore({ limits: '-f 800' });
  try {
    const client = store.client();
    const ended = new Promise((resolved) => store.child.once('exit', resolved));
    let acknowledged = 0;
    const filling = async (): Promise<void> => {
      for (;;) {
        await client.put({ key: `full/${acknowledged}`, value: randomBytes(5_000) });
        acknowledged++;
      }
    };
    await expect(filling()).rejects.toMatchObject({ name: 'EtcdError' });
    expect(await ended).toBe(1);
    expect(store.log()).toMatch(/cannot write to the database: IO error: .*File too large/);
    client.close();
    // Somebody made room.
    const reopened = await startStore({ dataDir: store.dataDir });
    const after = reopened.client();
    expect((await after.range({ key: 'full/', rangeEnd: prefixEnd('full/') })).count).toBeGreaterThanOrEqual(
      acknowledged,
    );
    after.close();
    await reopened.stop();
  } finally {
    await store.remove();
  }
});

describe('a start that cannot succeed', () => {
  const directories: string[] = [];
  const directory = (): string => {
    directories.push(mkdtempSync(join(tmpdir(), 'minik-store-')));
    return directories.at(-1)!;
  };
  afterAll(() => {
    for (const path of directories) rmSync(path, { recursive: true, force: true });
  });

  /** The one line that it ends with. */
  const reason = (...args: string[]): string => {
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 20_000 });
    expect(status).toBe(1);
    const lines = stderr.split('\n').filter((line) => line.startsWith('etcd: '));
    expect(lines, stderr).toHaveLength(1);
    return lines[0]!;
  };

  test('the data directory is another store’s', async () => {
    const store = await startStore();
    try {
      expect(reason('--data-dir', store.dataDir)).toBe(
        `etcd: cannot start: the data directory ${store.dataDir} is in use by another store`,
      );
    } finally {
      await store.remove();
    }
  });

  test('the socket or the port is taken', async () => {
    const store = await startStore({ url: `http://127.0.0.1:${port}` });
    const other = createServer().listen(join(directory(), 's.sock'));
    try {
      expect(reason('--data-dir', directory(), '--listen-client-urls', `unix://${directories[0]}/s.sock`)).toMatch(
        /another process listens there$/,
      );
      expect(reason('--data-dir', directory(), '--listen-client-urls', `http://127.0.0.1:${port}`)).toMatch(
        /cannot listen on http:.*EADDRINUSE/,
      );
    } finally {
      other.close();
      await store.remove();
    }
  });

  test('what stands at the socket is no socket, and stays', () => {
    const path = join(directory(), 'precious');
    writeFileSync(path, 'x');
    expect(reason('--data-dir', directory(), '--listen-client-urls', `unix://${path}`)).toMatch(
      /not a socket is in the way$/,
    );
    expect(statSync(path).isFile()).toBe(true);
  });

  test.each([
    [['--listen-client-urls', 'http://0.0.0.0:1'], /plain http is served on loopback only, use https/],
    [['--listen-client-urls', 'https://127.0.0.1:1'], /https needs --cert-file and --key-file/],
    [['--listen-client-urls', 'ftp://x'], /invalid client URL "ftp:\/\/x"/],
    [['--listen-client-urls', `unix:///${'x'.repeat(120)}`], /longer than 107 bytes/],
    [['--listen-metrics-urls', 'nowhere'], /invalid metrics URL "nowhere"/],
    [['--auto-compaction-retention', 'soon'], /invalid --auto-compaction-retention "soon"/],
  ])('%s', (flags, expected) => {
    expect(reason('--data-dir', directory(), ...flags)).toMatch(expected);
  });
});

describe('serving', () => {
  let store: EtcdServer;
  const metricsUrl = `http://127.0.0.1:${port + 1}`;

  beforeAll(async () => {
    store = await startStore({ flags: ['--listen-metrics-urls', metricsUrl] });
  });
  afterAll(() => store.remove());

  test('only its owner may use the socket', () => {
    expect(statSync(join(store.dataDir, 'store.sock')).mode & 0o777).toBe(0o600);
  });

  test('health and metrics', async () => {
    const text = async (path: string): Promise<string> => (await fetch(metricsUrl + path)).text();
    expect(await text('/readyz?verbose')).toContain('[+]data ok');
    expect(await text('/metrics')).toMatch(/^etcd_disk_wal_fsync_duration_seconds_count \d+$/m);
  });

  test('garbage on the wire is answered and survived', async () => {
    const socket = connect(join(store.dataDir, 'store.sock'));
    const closed = new Promise((ended) => socket.on('close', ended));
    socket
      .on('error', () => undefined)
      .resume()
      .write(`GET / HTTP/1.1\r\n${'x'.repeat(100)}`);
    await closed;
    const client = store.client();
    expect((await client.put({ key: 'still', value: 'here' })).header?.revision).toBeGreaterThan(0);
    client.close();
  });

  test('a client of a store that is away is told so, and finds it again', async () => {
    const client = new EtcdClient({ endpoint: store.endpoint, timeoutMs: 5_000 });
    const watch = client.watch({ key: 'w' });
    const watching = watch[Symbol.asyncIterator]();
    expect((await watching.next()).value?.created).toBe(true);
    await store.stop();
    await expect(watching.next()).rejects.toMatchObject({ name: 'EtcdError' });
    await expect(client.range({ key: 'a' })).rejects.toMatchObject({ code: 14 });
    await store.restart();
    await eventually('the client is connected again', () => client.range({ key: 'a' }), { timeoutMs: 5_000 });
    client.close();
  });
});

test('a watcher that does not read holds nobody up, and misses nothing', async () => {
  const metricsUrl = `http://127.0.0.1:${port + 1}`;
  const store = await startStore({ flags: ['--listen-metrics-urls', metricsUrl] });
  try {
    const [reader, writer] = [store.client(), store.client()];
    const watch = reader.watch({ key: 'k' });
    const value = Buffer.alloc(100_000, 'x');
    for (let i = 0; i < 300; i++) await writer.put({ key: 'k', value });
    // Its 30 MB fit into no buffer on the way, so the store has taken it off the live events.
    const figures = await (await fetch(`${metricsUrl}/metrics`)).text();
    expect(figures).toMatch(/^etcd_debugging_mvcc_watcher_total 0$/m);
    const revisions: number[] = [];
    for await (const { events } of watch) {
      revisions.push(...events.map(({ kv }) => kv!.modRevision));
      if (revisions.length === 300) break;
    }
    expect(revisions).toEqual(Array.from({ length: 300 }, (_, i) => i + 2));
    reader.close();
    writer.close();
  } finally {
    await store.remove();
  }
});

describe('mutual TLS', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'minik-store-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('serves clients with a certificate of its CA, and no others', async () => {
    const ours = await createAuthority(directory, 'ours');
    const theirs = await createAuthority(directory, 'theirs');
    const server = await ours.issue('server');
    const client = { caFile: ours.caFile, ...(await ours.issue('client')) };
    const url = `https://127.0.0.1:${port + 2}`;
    const files = ['--cert-file', server.certFile, '--key-file', server.keyFile, '--trusted-ca-file', ours.caFile];
    const store = await startStore({ url, tls: client, flags: [...files, '--client-cert-auth'] });
    try {
      const welcome = store.client();
      expect((await welcome.put({ key: 'k' })).header?.revision).toBe(2);
      welcome.close();
      const stranger = { caFile: ours.caFile, ...(await theirs.issue('stranger')) };
      for (const tls of [{ caFile: ours.caFile }, stranger, { ...client, caFile: theirs.caFile }]) {
        const refused = new EtcdClient({ endpoint: url, tls, timeoutMs: 5_000 });
        await expect(refused.range({ key: 'k' })).rejects.toMatchObject({ code: 14 });
        refused.close();
      }
    } finally {
      await store.remove();
    }
  });
});
