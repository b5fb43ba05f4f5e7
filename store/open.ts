/**
 * Opens a data directory: LevelDB, then everything in memory that is rebuilt from it.
 *
 * Upstream: server/storage/mvcc/kvstore.go (restore)
 */
import type { Logger } from '../client/component/log.ts';
import { Alarms } from './alarms.ts';
import { type Database, GroupCommit } from './commit.ts';
import { Compactor } from './compactor.ts';
import { closeDatabase, databaseDirectory, explainFailure, openDatabase } from './database.ts';
import { readMeta } from './entries.ts';
import { startExpiry } from './lease.ts';
import { Lessor } from './lessor.ts';
import { Mvcc } from './mvcc.ts';
import { Quota } from './quota.ts';
import { readIdentity, readLeases, readState } from './restore.ts';
import type { Store } from './store.ts';
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
  logger: Logger;
}

/** Rejects with a one-line reason when the directory cannot be used. */
export async function openStore(options: OpenOptions): Promise<Store> {
  const database = await openDatabase(options.dataDir, options.logger);
  try {
    return await openOn(database, options);
  } catch (error) {
    await database.close();
    throw explainFailure(error, database);
  }
}

async function openOn(database: Database, { dataDir, logger, ...options }: OpenOptions): Promise<Store> {
  const commit = new GroupCommit(database, options.onFailure);
  const lessor = new Lessor(options.now);
  const { identity, term } = await readIdentity(database);
  const state = await readState(database);
  await readLeases(database, lessor, state);
  // Lets go of the files that all the values were read from, which are mapped into memory.
  await database.close();
  await database.open();

  const hub = new WatchHub();
  const mvcc = new Mvcc(state, commit, lessor, (changes) => hub.publish(changes));
  const compactor = new Compactor(database, state.index, commit, logger);
  const alarms = new Alarms(commit, await readMeta(database, 'alarms'));
  const quota = new Quota(databaseDirectory(dataDir), options.quotaBytes, {
    isRaised: () => alarms.isRaised('NOSPACE'),
    raise: () => void alarms.raise(identity.memberId, 'NOSPACE'),
  });
  const store: Store = { database, mvcc, lessor, compactor, alarms, quota, hub, identity, term, close };

  // A compaction that a stop cut short goes on.
  if (state.compactedRevision < mvcc.compactRevision) void compactor.run(mvcc.compactRevision);
  hub.start(options.progressIntervalMs);
  const stopExpiry = startExpiry(store);

  async function close(): Promise<void> {
    stopExpiry();
    hub.stop();
    await compactor.stop();
    await commit.durable();
    await closeDatabase(database, dataDir);
  }
  return store;
}
