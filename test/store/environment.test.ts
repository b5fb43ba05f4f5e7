/**
 * A store in surroundings that do not help: no room, no rights, no descriptors, a clock that jumps, a stop in the middle. Each has a
 * clear error or none at all, and nothing that was acknowledged is lost.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prefixEnd } from '../../api/etcd.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { type EtcdServer, startEtcd, startStore } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { isPresent } from '../harness/run.ts';
import { reasonOfRefusal } from './refusal.ts';

/** Puts values of 5 KB until it fails; how many were acknowledged. */
async function fill(client: EtcdClient): Promise<number> {
  for (let i = 0; ; i++) {
    try {
      await client.put({ key: `full/${i}`, value: randomBytes(5_000) });
    } catch (error) {
      expect(error).toMatchObject({ name: 'EtcdError' });
      return i;
    }
  }
}

/** Fills a store until it ends, which it must do by itself and with that reason; how many writes were acknowledged. */
async function fillToTheEnd(store: EtcdServer, reason: RegExp): Promise<number> {
  const client = store.client();
  const ended = new Promise((resolved) => store.child.once('exit', resolved));
  const acknowledged = await fill(client);
  client.close();
  expect(await ended).toBe(1);
  expect(store.log()).toMatch(reason);
  expect(acknowledged).toBeGreaterThan(10);
  return acknowledged;
}

async function expectAllThere(store: EtcdServer, acknowledged: number): Promise<void> {
  const client = store.client();
  const { count } = await client.range({ key: 'full/', rangeEnd: prefixEnd('full/'), countOnly: true });
  // The one that failed may have reached the disk.
  expect([acknowledged, acknowledged + 1]).toContain(count);
  expect((await client.put({ key: 'more' })).header!.revision).toBeGreaterThan(acknowledged);
  client.close();
}

test('a file that may not grow ends the process with the reason, and loses nothing', async () => {
  const store = await startStore({ limits: '-f 800' });
  try {
    const acknowledged = await fillToTheEnd(store, /cannot write to the database: IO error: .*File too large/);
    const reopened = await startStore({ dataDir: store.dataDir });
    await expectAllThere(reopened, acknowledged);
    await reopened.stop();
  } finally {
    await store.remove();
  }
});

describe('a file system of its own', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minik-tmpfs-'));
  const mount = (options: string): boolean =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'minik-test', directory]).status === 0;
  const isMounted = mount('size=8m');
  if (!isMounted) console.log('skipped: mounting a tmpfs needs root');
  afterAll(() => {
    if (isMounted) spawnSync('umount', [directory]);
    rmSync(directory, { recursive: true, force: true });
  });

  test.skipIf(!isMounted)(
    'a full disk ends the process with the reason; with room again everything is there',
    async () => {
      const dataDir = join(directory, 'full');
      const store = await startStore({ dataDir });
      const acknowledged = await fillToTheEnd(
        store,
        /cannot write to the database: IO error: .*No space left on device/,
      );
      // A start without room changes nothing.
      const reason = reasonOfRefusal('--data-dir', dataDir);
      expect(reason).toMatch(/No space left on device|ENOSPC/);
      expect(mount('remount,size=64m')).toBe(true);
      await store.restart();
      await expectAllThere(store, acknowledged);
      await store.stop();
    },
  );

  test.skipIf(!isMounted)('a read-only file system is refused', () => {
    expect(mount('remount,ro')).toBe(true);
    try {
      expect(reasonOfRefusal('--data-dir', join(directory, 'full'))).toMatch(
        /^etcd: cannot start: cannot write to the data directory \S+: E(ROFS|ACCES): /,
      );
      expect(reasonOfRefusal('--data-dir', join(directory, 'new'))).toMatch(
        /^etcd: cannot start: cannot write to the data directory \S+: EROFS: /,
      );
    } finally {
      mount('remount,rw');
    }
  });
});

describe('a data directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minik-store-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('that is a file is refused', () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'x');
    expect(reasonOfRefusal('--data-dir', path)).toMatch(
      /^etcd: cannot start: cannot write to the data directory \S+file: E(EXIST|NOTDIR): /,
    );
  });

  test.skipIf(process.getuid?.() === 0)('without the right to write is refused (root has it everywhere)', () => {
    const path = mkdtempSync(join(directory, 'mine-'));
    chmodSync(path, 0o500);
    expect(reasonOfRefusal('--data-dir', path)).toMatch(/cannot write to the data directory \S+: EACCES: /);
  });

  test('that is in use by another store is refused, and the other is not disturbed', async () => {
    const store = await startStore();
    try {
      const socket = join(directory, 'other.sock');
      expect(reasonOfRefusal('--data-dir', store.dataDir, '--listen-client-urls', `unix://${socket}`)).toBe(
        `etcd: cannot start: the data directory ${store.dataDir} is in use by another store`,
      );
      const client = store.client();
      expect((await client.put({ key: 'a' })).header!.revision).toBe(2);
      client.close();
      // Also after a kill, which leaves the lock's file and the socket behind.
      await store.stop('SIGKILL');
      await store.restart();
      const again = store.client();
      expect((await again.put({ key: 'a' })).header!.revision).toBe(3);
      again.close();
    } finally {
      await store.remove();
    }
  });
});

describe('a clock that jumps an hour back, and two hours on', () => {
  let store: EtcdServer;
  let client: EtcdClient;

  beforeAll(async () => {
    const shift = pathToFileURL(join(import.meta.dirname, 'clock-shift.ts'));
    store = await startStore({
      env: { NODE_OPTIONS: `--import ${shift}` },
      flags: ['--auto-compaction-mode', 'periodic', '--auto-compaction-retention', '1s'],
    });
    client = store.client();
  });
  afterAll(async () => {
    client.close();
    await store.remove();
  });

  test.each(['back', 'on'])('%s: leases neither stay nor vanish, watches and compaction go on', async (direction) => {
    const short = await client.leaseGrant({ ttl: 2 });
    const long = await client.leaseGrant({ ttl: 600 });
    await client.put({ key: `short/${direction}`, lease: short.id });
    await client.put({ key: `long/${direction}`, lease: long.id });
    const { header } = await client.put({ key: 'watched', value: direction });
    const watch = client.watch({ key: 'short/', rangeEnd: prefixEnd('short/'), startRevision: header!.revision });
    store.child.kill('SIGUSR2');
    await eventually(
      'the clock has jumped',
      () => store.log().split('clock shifted').length > (direction === 'back' ? 1 : 2),
    );

    for await (const { events } of watch) {
      if (events.length === 0) continue;
      expect(events).toMatchObject([{ type: 'DELETE', kv: { key: Buffer.from(`short/${direction}`) } }]);
      break;
    }
    expect((await client.leaseTimeToLive({ id: short.id })).ttl).toBe(-1);
    const { ttl } = await client.leaseTimeToLive({ id: long.id });
    expect(ttl).toBeGreaterThan(580);
    expect(ttl).toBeLessThanOrEqual(600);
    expect((await client.range({ key: `long/${direction}` })).kvs).toHaveLength(1);
    await eventually('the past is compacted', () =>
      client.range({ key: 'watched', revision: header!.revision - 1 }).then(
        () => false,
        (error: Error) => error.message.includes('has been compacted'),
      ),
    );
    expect((await client.put({ key: 'watched' })).header!.revision).toBeGreaterThan(header!.revision);
  });
});

test('without file descriptors new connections are refused, and those that are there are served', async () => {
  const store = await startStore({ limits: '-n 60' });
  const sockets: Socket[] = [];
  try {
    const client = store.client();
    await client.put({ key: 'k', value: 'before' });
    let refused = 0;
    for (let i = 0; i < 100; i++) {
      const socket = connect(join(store.dataDir, 'store.sock'));
      socket.on('error', () => undefined).on('close', () => refused++);
      sockets.push(socket);
    }
    await eventually('connections are refused', () => refused > 0);
    for (let i = 0; i < 20; i++) await client.put({ key: 'k', value: String(i) });
    expect((await client.range({ key: 'k' })).kvs[0]!.value.toString()).toBe('19');
    for (const socket of sockets) socket.destroy();
    const next = store.client();
    await eventually('there is room for connections again', () => next.range({ key: 'k' }));
    next.close();
    client.close();
    expect(store.child.exitCode).toBe(null);
  } finally {
    for (const socket of sockets) socket.destroy();
    await store.remove();
  }
});

test('SIGTERM in the middle of writes: an end with 0, watches end, and what was acknowledged is there', async () => {
  const store = await startStore();
  try {
    const client = store.client();
    const watching = Array.fromAsync(client.watch({ key: 'w/', rangeEnd: prefixEnd('w/') }));
    const ended = new Promise((resolved) => store.child.once('exit', resolved));
    const acknowledged = new Set<string>();
    const writer = async (name: string): Promise<void> => {
      for (let i = 0; ; i++) {
        await client.put({ key: `w/${name}/${i}`, value: 'x'.repeat(500) });
        acknowledged.add(`w/${name}/${i}`);
      }
    };
    const writers = Array.from({ length: 16 }, (_, i) => writer(String(i)));
    await eventually('many writes are acknowledged', () => acknowledged.size > 300, { everyMs: 5 });
    store.child.kill('SIGTERM');
    const results = await Promise.allSettled(writers);
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { name: 'EtcdError' } });
    await expect(watching).rejects.toMatchObject({ name: 'EtcdError', code: 14 });
    expect(await ended).toBe(0);
    client.close();
    await store.restart();
    const after = store.client();
    const { kvs } = await after.range({ key: 'w/', rangeEnd: prefixEnd('w/'), keysOnly: true });
    const found = new Set(kvs.map(({ key }) => key.toString()));
    expect([...acknowledged].filter((key) => !found.has(key))).toEqual([]);
    after.close();
  } finally {
    await store.remove();
  }
});

const servers: [string, boolean, () => Promise<EtcdServer>][] = [
  ['our store', true, () => startStore()],
  ['etcd', isPresent('etcd', '--version'), () => startEtcd(24796)],
];
for (const [name, isThere, start] of servers) {
  if (!isThere) console.log(`skipped: ${name} is not installed`);
  test.skipIf(!isThere)(
    `${name} that was halted counts the time: leases that ran out are gone, others are there`,
    async () => {
      const server = await start();
      try {
        const client = server.client();
        const [short, long] = [await client.leaseGrant({ ttl: 2 }), await client.leaseGrant({ ttl: 60 })];
        await client.put({ key: 'short', lease: short.id });
        await client.put({ key: 'long', lease: long.id });
        const granted = performance.now();
        const watch = client.watch({ key: 'short' })[Symbol.asyncIterator]();
        await watch.next();
        server.child.kill('SIGSTOP');
        await eventually('the short lease has run out', () => performance.now() - granted > 3_000);
        server.child.kill('SIGCONT');
        expect((await watch.next()).value).toMatchObject({ events: [{ type: 'DELETE' }] });
        // It cannot be renewed any more.
        expect((await client.leaseKeepAlive({ id: short.id })).ttl).toBe(0);
        expect((await client.leaseTimeToLive({ id: long.id })).ttl).toBeLessThan(58);
        expect((await client.range({ key: 'long' })).kvs).toHaveLength(1);
        expect((await client.leaseKeepAlive({ id: long.id })).ttl).toBe(60);
        client.close();
      } finally {
        await server.remove();
      }
    },
  );
}
