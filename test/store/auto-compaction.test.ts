/**
 * History is kept as long as the flags say, over restarts too, and a compaction that a kill cut short goes on.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../client/component/log.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { closeDatabase, openDatabase } from '../../store/database.ts';
import { pastBounds, recordBounds } from '../../store/layout.ts';
import { compileCache, type EtcdServer, startStore } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { output } from '../harness/run.ts';
import { reasonOfRefusal } from './refusal.ts';

async function putTimes(client: EtcdClient, key: string, times: number): Promise<number> {
  const puts = await Promise.all(Array.from({ length: times }, (_, i) => client.put({ key, value: `value ${i}` })));
  return Math.max(...puts.map(({ header }) => header!.revision));
}

/** Whether a read at the revision still finds what was there. */
const isKept = (client: EtcdClient, revision: number): Promise<boolean> =>
  client.range({ key: 'k', revision }).then(
    () => true,
    (error: Error) => {
      expect(error.message).toBe('etcdserver: mvcc: required revision has been compacted');
      return false;
    },
  );

async function withStore(
  flags: string[],
  body: (store: EtcdServer) => Promise<void>,
  env?: NodeJS.ProcessEnv,
): Promise<void> {
  const store = await startStore({ flags, ...(env && { env }) });
  try {
    await body(store);
  } finally {
    await store.remove();
  }
}

describe('by time', () => {
  test('what is older goes, what is younger stays', async () => {
    await withStore(['--auto-compaction-mode', 'periodic', '--auto-compaction-retention', '2s'], async (store) => {
      const client = store.client();
      const first = await putTimes(client, 'k', 20);
      const begun = performance.now();
      await eventually('the first writes are compacted', async () => !(await isKept(client, first - 1)), {
        everyMs: 20,
      });
      // Sampled ten times in the retention.
      expect(performance.now() - begun).toBeGreaterThan(1_800);
      // What is current at the oldest sample is readable for ever.
      expect(await isKept(client, first)).toBe(true);
      const second = await putTimes(client, 'k', 20);
      expect(await isKept(client, second - 1)).toBe(true);
      client.close();
    });
  });

  test('an hour by default, and nothing goes by a restart', async () => {
    const help = await output(process.execPath, ['store/main.ts', '--help'], { env: compileCache });
    expect(help).toMatch(/--auto-compaction-mode .*\n?.*\n?.*default: periodic/);
    expect(help.replace(/\s+/g, ' ')).toMatch(
      /--auto-compaction-retention <string> History to keep\. 0 keeps all of it\. \(default: 1h\)/,
    );
    await withStore([], async (store) => {
      const client = store.client();
      const last = await putTimes(client, 'k', 50);
      client.close();
      await store.restart();
      await store.stop('SIGKILL');
      await store.restart();
      const after = store.client();
      for (let revision = 2; revision <= last; revision++) {
        const { kvs } = await after.range({ key: 'k', revision });
        expect(kvs[0]).toMatchObject({ modRevision: revision, version: revision - 1 });
      }
      after.close();
    });
  });
});

/** Intervals of minutes pass a thousand times as fast. */
const fastIntervals = { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'fast-intervals.ts'))}` };

describe('by revisions', () => {
  const flags = ['--auto-compaction-mode', 'revision', '--auto-compaction-retention', '100'];

  test('the newest are kept', async () => {
    await withStore(
      flags,
      async (store) => {
        const client = store.client();
        const last = await putTimes(client, 'k', 250);
        await eventually('older ones are compacted', async () => !(await isKept(client, last - 101)), { everyMs: 20 });
        expect(await isKept(client, last - 100)).toBe(true);
        client.close();
      },
      fastIntervals,
    );
  });

  test('with fewer than that nothing goes', async () => {
    await withStore(
      flags,
      async (store) => {
        const client = store.client();
        await putTimes(client, 'k', 90);
        // Long enough for several looks: a lease of 2 s runs out meanwhile.
        const { id } = await client.leaseGrant({ ttl: 2 });
        await eventually('time has passed', async () => (await client.leaseTimeToLive({ id })).ttl === -1);
        expect(await isKept(client, 2)).toBe(true);
        client.close();
      },
      fastIntervals,
    );
  });
});

test.each([
  ['periodic', 'soon', 'a duration such as 30m or 1h'],
  ['revision', '1h', 'a number of revisions'],
])('%s with %s is refused', (mode, retention, expected) => {
  expect(reasonOfRefusal('--auto-compaction-mode', mode, '--auto-compaction-retention', retention)).toBe(
    `etcd: cannot start: invalid --auto-compaction-retention "${retention}": expected ${expected}`,
  );
});

test('a compaction that a kill cut short goes on at the next start', async () => {
  await withStore(['--auto-compaction-retention', '0'], async (store) => {
    const client = store.client();
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const revisions = await Promise.all(keys.map((key) => putTimes(client, key, 500)));
    const last = Math.max(...revisions);
    await client.compact({ revision: last });
    client.close();
    await store.stop('SIGKILL');
    const { records: left } = await entriesOf(store.dataDir);
    // Otherwise nothing was cut short.
    expect(left).toBeGreaterThan(keys.length);
    await store.restart();
    const after = store.client();
    expect(await isKept(after, last - 1)).toBe(false);
    expect((await after.range({ key: 'k', rangeEnd: 'l' })).count).toBe(keys.length);
    after.close();
    await eventually('everything older is deleted', async () => {
      await store.stop();
      const { records, past } = await entriesOf(store.dataDir);
      if (past === 0) return records === keys.length;
      await store.restart();
      return false;
    });
  });
});

/** What a stopped store has on disk: changes, and places of older changes. */
async function entriesOf(dataDir: string): Promise<{ records: number; past: number }> {
  const database = await openDatabase(dataDir, silentLogger());
  const count = async (bounds: { gte: Buffer; lt: Buffer }): Promise<number> =>
    (await database.keys(bounds).all()).length;
  const counts = { records: await count(recordBounds(0, 2 ** 32)), past: await count(pastBounds) };
  await closeDatabase(database, dataDir);
  return counts;
}
