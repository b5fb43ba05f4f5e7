/**
 * Opens a data directory: LevelDB, then everything in memory that is rebuilt from it.
 *
 * Upstream: server/storage/mvcc/kvstore.go (restore)
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { makeDirectory } from '../client/component/make-directory.ts';
import { Alarms } from './alarm.ts';
import { type Database, GroupCommit } from './commit.ts';
import { Compactor } from './compactor.ts';
import { textOf } from './key-range.ts';
import { leaseBounds, metaKey, parseLeaseKey, parseRecord, parseRecordKey, recordBounds } from './layout.ts';
import { startExpiry } from './lease.ts';
import { Lessor } from './lessor.ts';
import { emptyState, Mvcc, type MvccState } from './mvcc.ts';
import { Quota } from './quota.ts';
import type { Identity, Store } from './store.ts';
import { WatchHub } from './watch-hub.ts';

export interface OpenOptions {
  dataDir: string;
  /** 0 or less: no limit. */
  quotaBytes: number;
  /** Told of a write that failed. The process must end: memory is ahead of the disk. */
  onFailure: (error: Error) => void;
  /** Milliseconds on a clock that never goes back. */
  now: () => number;
  progressIntervalMs: number;
}

/** Rejects with a one-line reason when the directory cannot be used. */
export async function openStore(options: OpenOptions): Promise<Store> {
  const directory = join(options.dataDir, 'db');
  const database = await openDatabase(options.dataDir, directory);
  const commit = new GroupCommit(database, options.onFailure);
  const lessor = new Lessor(options.now);
  const { identity, term } = await readIdentity(database);
  const state = await readState(database);
  await readLeases(database, lessor, state);

  const hub = new WatchHub();
  const mvcc = new Mvcc(state, commit, lessor, (changes) => hub.publish(changes));
  const compactor = new Compactor(state.index, commit);
  const alarms = new Alarms(commit, await database.get(metaKey('alarms')));
  const quota = new Quota(directory, options.quotaBytes, {
    isRaised: () => alarms.isRaised('NOSPACE'),
    raise: () => void alarms.raise(identity.memberId, 'NOSPACE'),
  });
  const store: Store = { database, mvcc, lessor, compactor, alarms, quota, hub, identity, term, close };

  // A compaction that a stop cut short goes on.
  if (mvcc.compactRevision > 0) void compactor.run(mvcc.compactRevision).catch(() => undefined);
  hub.start(options.progressIntervalMs);
  const stopExpiry = startExpiry(store);

  async function close(): Promise<void> {
    stopExpiry();
    hub.stop();
    await compactor.stop();
    await commit.durable();
    await database.close();
  }
  return store;
}

async function openDatabase(dataDir: string, directory: string): Promise<Database> {
  try {
    makeDirectory(directory);
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new Error(`cannot write to the data directory ${dataDir}`, { cause: error });
  }
  const database: Database = new ClassicLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  try {
    await database.open();
  } catch (error) {
    const cause = (error as Error).cause as (Error & { code?: string }) | undefined;
    if (cause?.code === 'LEVEL_LOCKED') throw new Error(`the data directory ${dataDir} is in use by another store`);
    throw new Error(`cannot open the database in ${directory}`, { cause: cause ?? error });
  }
  return database;
}

/** Counts this start, which also proves that the disk takes writes. */
async function readIdentity(database: Database): Promise<{ identity: Identity; term: number }> {
  const [identityBytes, termBytes] = await database.getMany([metaKey('identity'), metaKey('term')]);
  const identity = identityBytes ?? randomBytes(16);
  const term = Number(termBytes ?? 0) + 1;
  await database.batch(
    [
      { type: 'put', key: metaKey('identity'), value: identity },
      { type: 'put', key: metaKey('term'), value: Buffer.from(String(term)) },
    ],
    { sync: true },
  );
  return { identity: { clusterId: identity.readBigUInt64BE(0), memberId: identity.readBigUInt64BE(8) }, term };
}

const readAhead = 1000;
const readAheadBytes = 1024 * 1024;

async function readState(database: Database): Promise<MvccState> {
  const state = emptyState();
  const compactRevision = await database.get(metaKey('compactRevision'));
  if (compactRevision) state.compactRevision = Number(compactRevision);
  for await (const [key, bytes] of entries(database, recordBounds(0, Number.MAX_SAFE_INTEGER - 1))) {
    const { revision, sub } = parseRecordKey(key);
    const { key: name, kv } = parseRecord(bytes);
    const history = state.index.getOrAdd(textOf(name));
    if (kv) history.put(kv, sub);
    else history.delete(revision, sub);
    state.revision = revision;
  }
  // When the newest revision was a deletion, compaction may have removed its record.
  state.revision = Math.max(state.revision, state.compactRevision);
  return state;
}

async function readLeases(database: Database, lessor: Lessor, { index }: MvccState): Promise<void> {
  for await (const [key, ttl] of entries(database, leaseBounds)) lessor.add(parseLeaseKey(key), Number(ttl));
  for (const { key, current } of index.range({ start: '', end: undefined })) lessor.move(key, 0n, current?.lease ?? 0n);
}

/** Batches spare a promise per entry. */
async function* entries(database: Database, bounds: { gte: Buffer; lt: Buffer }): AsyncGenerator<[Buffer, Buffer]> {
  const iterator = database.iterator({ ...bounds, highWaterMarkBytes: readAheadBytes });
  try {
    for (;;) {
      const batch = await iterator.nextv(readAhead);
      if (batch.length === 0) return;
      yield* batch;
    }
  } finally {
    await iterator.close();
  }
}
