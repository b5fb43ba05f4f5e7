/** Data directories that were damaged while nobody served them: each is recovered or refused, with the reason in a line. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeleteRangeRequest, KeyValue, PutRequest, RangeRequest } from '../api/etcd.ts';
import { type Logger, silentLogger } from '../client/component/log.ts';
import type { Database } from './commit.ts';
import { startCompaction } from './compact.ts';
import { deleteRange } from './delete-range.ts';
import { current, currentKey, metaKey, past, pastKey, record, recordKey, seal } from './layout.ts';
import { readLog } from './log.ts';
import { openStore } from './open.ts';
import { put } from './put.ts';
import { range } from './range.ts';
import type { Store } from './store.ts';

let dataDir: string;
let warnings: object[];
let opened: Store | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'minik-damage-'));
  warnings = [];
  opened = undefined;
});
afterEach(async () => {
  await opened?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function open(): Promise<Store> {
  const logger = Object.assign(Object.create(silentLogger()) as Logger, {
    warn: (fields: object) => void warnings.push(fields),
  });
  const onFailure = (error: Error): void => {
    throw error;
  };
  opened = await openStore({ dataDir, quotaBytes: 0, onFailure, now: () => 0, progressIntervalMs: 3_600_000, logger });
  return opened;
}

async function close(): Promise<void> {
  await opened?.close();
  opened = undefined;
}

const write = async (key: string, value: string): Promise<void> => {
  await put(opened!, PutRequest.decode(PutRequest.encode({ key, value })));
};

const read = async (key: string, revision = 0): Promise<number> => {
  const response = await range(opened!, RangeRequest.decode(RangeRequest.encode({ key, revision })));
  return (response as { count: number }).count;
};

/** a at 2, 4, 6, ..., and b at 3, 5, 7, ... */
async function fill(): Promise<void> {
  await open();
  for (let i = 0; i < 5; i++) {
    await write('a', `a${i}`);
    await write('b', `b${i}`);
  }
  await close();
}

const file = (pattern: RegExp): string =>
  join(
    dataDir,
    'db',
    readdirSync(join(dataDir, 'db'))
      .filter((name) => pattern.test(name))
      .sort()
      .at(-1)!,
  );

/** Alters the database behind the store's back, in the form that the store writes. */
async function alter(change: (database: Database) => Promise<unknown>): Promise<void> {
  const database: Database = new ClassicLevel(join(dataDir, 'db'), { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await database.open();
  await change(database);
  await database.close();
}

const putSealed =
  (key: Buffer, ...payload: Buffer[]) =>
  (database: Database) =>
    database.put(key, seal(key, ...payload));

const leased = { key: 'b', createRevision: 3, modRevision: 11, version: 5, lease: 5n };
const putLeased = putSealed(recordKey(11, 0), ...record(KeyValue.encode(leased), true));

describe('LevelDB’s files', () => {
  test('a torn end of the log is dropped, with a warning', async () => {
    await fill();
    const log = file(/\.log$/);
    // Behind what was written there is space for more.
    const length = readFileSync(log).findLastIndex((byte) => byte !== 0) + 1;
    truncateSync(log, length - 3);
    const { mvcc } = await open();
    expect(mvcc.revision).toBe(10);
    expect(warnings).toEqual([{ file: log, droppedBytes: expect.any(Number) }]);
    expect(await read('a')).toBe(1);
    await write('b', 'again');
    expect(mvcc.revision).toBe(11);
  });

  test('damage in the log is refused, and the command in the message gives up what came after it', async () => {
    await fill();
    const log = file(/\.log$/);
    const bytes = readFileSync(log);
    // In the value of a at revision 6.
    bytes[bytes.indexOf('a2')]! ^= 1;
    writeFileSync(log, bytes);
    const error: Error = await open().then(
      () => new Error('it opened'),
      (reason) => reason,
    );
    expect(error.message).toMatch(
      /^the database is damaged: \S+\.log at byte \d+: the checksum of a record is wrong \(or keep everything up to revision 5 and give up all that came after it: truncate -s \d+ \S+\.log\); restore a snapshot$/,
    );
    const [, size] = /truncate -s (\d+)/.exec(error.message)!;
    truncateSync(log, Number(size));
    expect((await open()).mvcc.revision).toBe(5);
  });

  test.each([
    [/^CURRENT$/, /holds data, but the file CURRENT that names its manifest is missing/],
    [/^MANIFEST/, /CURRENT names no manifest that is there/],
    [/\.ldb$/, /\d+\.ldb is missing; restore a snapshot/],
    [/\.log$/, /\d+\.log is missing; restore a snapshot/],
  ])('%s is missing', async (pattern, message) => {
    await fill();
    // What the log holds goes into a table.
    await open();
    await close();
    const path = file(pattern);
    const kept = join(dataDir, 'kept');
    renameSync(path, kept);
    const error = await open().catch((reason: Error) => reason);
    expect(`${(error as Error).message}: ${((error as Error).cause as Error)?.message}`).toMatch(message);
    // Nothing was deleted meanwhile.
    renameSync(kept, path);
    expect((await open()).mvcc.revision).toBe(11);
  });

  test('a damaged manifest is refused', async () => {
    await fill();
    const manifest = file(/^MANIFEST/);
    const bytes = readFileSync(manifest);
    bytes[20]! ^= 1;
    writeFileSync(manifest, bytes);
    await expect(open()).rejects.toThrow(
      /the database is damaged: \S+MANIFEST-\d+ at byte \d+: the checksum of a record/,
    );
  });
});

describe('what the store wrote', () => {
  test('a directory of an older store is refused', async () => {
    await alter((database) => database.put(metaKey('identity'), Buffer.alloc(16)));
    await expect(open()).rejects.toThrow(/was written by an older store and cannot be read: use a new one/);
  });

  test('a directory of another layout is refused', async () => {
    await alter(putSealed(metaKey('layout'), Buffer.from('99')));
    await expect(open()).rejects.toThrow(/has layout 99 and this store reads \d+: use a new one/);
  });

  test.each<[string, (database: Database) => Promise<unknown>, RegExp]>([
    [
      'a newest value that is missing',
      (db) => db.del(recordKey(11, 0)),
      /the record of revision 11 .*newest of key "b", is missing/,
    ],
    [
      'a value that was altered',
      (db) => db.put(recordKey(11, 0), Buffer.alloc(30)),
      /the checksum of the record of revision 11/,
    ],
    [
      'a newest change that was altered',
      (db) => db.put(currentKey('b'), Buffer.alloc(24)),
      /the newest revision of key "b"/,
    ],
    [
      'a newest change of another key',
      putSealed(currentKey('b'), current({ revision: 10, sub: 0 }, 3)),
      /the record of revision 10 .* is not one of key "b"/,
    ],
    ['revisions that are missing', (db) => db.del(recordKey(6, 0)), /changes before the record of revision 7/],
    ['a key that is missing', (db) => db.del(currentKey('a')), /of 2 keys 1 are there/],
    ['a lease that is missing', putLeased, /lease 5 of key "b" is missing/],
    ['no compact revision', (db) => db.del(metaKey('compactRevision')), /the entry "mcompactRevision" is missing/],
    [
      'a compact revision that was altered',
      (db) => db.put(metaKey('compactRevision'), Buffer.from('9999999')),
      /the entry "mcompactRevision"/,
    ],
  ])('%s', async (_, change, message) => {
    await fill();
    await alter(change);
    await expect(open()).rejects.toThrow(message);
  });

  test.each<[string, (database: Database) => Promise<unknown>, RegExp]>([
    [
      'a past value that was altered',
      (db) => db.put(recordKey(4, 0), Buffer.alloc(30)),
      /the checksum of the record of revision 4/,
    ],
    [
      'a past change that was altered',
      (db) => db.put(pastKey('a', { revision: 4, sub: 0 }), Buffer.alloc(13)),
      /revision 4 in the history of key "a"/,
    ],
    [
      'a past change that is missing',
      (db) => db.del(pastKey('a', { revision: 4, sub: 0 })),
      /what followed the record of revision 2 .* is missing/,
    ],
    [
      'all past changes missing',
      (db) => db.clear({ gte: Buffer.from('p'), lt: Buffer.from('q') }),
      /an earlier version of key "a" is missing/,
    ],
  ])('%s is not served', async (_, change, message) => {
    await fill();
    await alter(change);
    await open();
    await expect(read('a', 4)).rejects.toThrow(message);
    expect(await read('a')).toBe(1);
  });

  test('a key whose first change was lost from its history is not taken for one that was not there', async () => {
    await fill();
    await open();
    await write('c', 'first');
    await deleteRange(opened!, DeleteRangeRequest.decode(DeleteRangeRequest.encode({ key: 'c' })));
    await write('c', 'again');
    expect(await read('c', 12)).toBe(1);
    expect(await read('c', 13)).toBe(0);
    await opened!.database.del(pastKey('c', { revision: 12, sub: 0 }));
    await expect(read('c', 12)).rejects.toThrow(/an earlier version of key "c" is missing/);
    expect(await read('c', 13)).toBe(0);
  });

  test('changes missing in the past end a watch that comes to them', async () => {
    await fill();
    await open();
    const { database, mvcc } = opened!;
    await database.del(recordKey(6, 0));
    expect((await readLog(database, mvcc.compactRevision, 7, 11)).events).toHaveLength(5);
    await expect(readLog(database, mvcc.compactRevision, 2, 11)).rejects.toThrow(
      /changes before the record of revision 7/,
    );
    await expect(readLog(database, mvcc.compactRevision, 6, 6)).rejects.toThrow(
      /the records of revision 6 are missing/,
    );
  });

  test('a compaction that meets damage leaves it, and the store serves on', async () => {
    await fill();
    await alter(putSealed(pastKey('a', { revision: 2, sub: 0 }), past({ until: 4, deletion: false }).subarray(0, 3)));
    await open();
    const { done } = await startCompaction(opened!, 6);
    await expect(done).rejects.toThrow();
    expect(await read('a', 7)).toBe(1);
  });
});
