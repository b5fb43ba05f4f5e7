/** The store as a process: where it listens, who may connect, what it shows of itself. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EtcdClient } from '../../client/etcd/client.ts';
import { createAuthority } from '../harness/certificates.ts';
import { type EtcdServer, startStore } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { reasonOfRefusal } from './refusal.ts';

const port = 24780;
const directory = mkdtempSync(join(tmpdir(), 'minik-store-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('refused with the reason', () => {
  const dataDir = join(directory, 'data');
  const reason = (url: string): string => reasonOfRefusal('--data-dir', dataDir, '--listen-client-urls', url);

  test('a socket that somebody listens on', () => {
    const path = join(directory, 'taken.sock');
    const other = createServer().listen(path);
    try {
      expect(reason(`unix://${path}`)).toBe(
        `etcd: cannot start: cannot listen on ${path}: another process listens there`,
      );
    } finally {
      other.close();
    }
  });

  test('a port that is taken', async () => {
    const store = await startStore({ url: `http://127.0.0.1:${port}` });
    try {
      expect(reason(`http://127.0.0.1:${port}`)).toMatch(/cannot listen on http:.*EADDRINUSE/);
    } finally {
      await store.remove();
    }
  });

  test('a file in the socket’s place, which stays', () => {
    const path = join(directory, 'precious');
    writeFileSync(path, 'x');
    expect(reason(`unix://${path}`)).toMatch(/not a socket is in the way$/);
    expect(statSync(path).isFile()).toBe(true);
  });

  test('a socket in a directory that is not there', () => {
    expect(reason(`unix://${directory}/none/s.sock`)).toMatch(/there is no directory \S+none$/);
  });

  test.each([
    ['http://0.0.0.0:1', /plain http is served on loopback only, use https/],
    ['https://127.0.0.1:1', /https needs --cert-file and --key-file/],
    ['ftp://x', /invalid client URL "ftp:\/\/x"/],
    [`unix:///${'x'.repeat(120)}`, /longer than 107 bytes/],
  ])('%s', (url, expected) => {
    expect(reason(url)).toMatch(expected);
  });

  test('a metrics URL that is none', () => {
    expect(reasonOfRefusal('--data-dir', dataDir, '--listen-metrics-urls', 'nowhere')).toMatch(
      /invalid metrics URL "nowhere"/,
    );
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
    const client = new EtcdClient({ endpoint: store.endpoint });
    const watch = client.watch({ key: 'w' });
    const watching = watch[Symbol.asyncIterator]();
    expect((await watching.next()).value?.created).toBe(true);
    await store.stop();
    await expect(watching.next()).rejects.toMatchObject({ name: 'EtcdError' });
    await expect(client.range({ key: 'a' })).rejects.toMatchObject({ code: 14 });
    await store.restart();
    await eventually('the client is connected again', () => client.range({ key: 'a' }));
    client.close();
  });
});

describe('mutual TLS', () => {
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
        const refused = new EtcdClient({ endpoint: url, tls });
        await expect(refused.range({ key: 'k' })).rejects.toMatchObject({ code: 14 });
        refused.close();
      }
    } finally {
      await store.remove();
    }
  });
});
