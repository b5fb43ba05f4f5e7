/**
 * `dump`: the whole history of a store as text (`../dump.ts`), from the directory of a stopped one or from a snapshot.
 *
 * The directory is opened as a store opens it, so a damaged one is refused in the same words, and one that is in use too.
 * LevelDB may tidy its log meanwhile; what the store holds stays as it is.
 */
import { existsSync } from 'node:fs';
import { silentLogger } from '../../client/component/log.ts';
import type { Database } from '../commit.ts';
import { closeDatabase, databaseDirectory, openDatabase } from '../database.ts';
import { collectDump, renderDump } from '../dump.ts';
import { entries } from '../entries.ts';
import { readSnapshotFile } from '../snapshot-format.ts';

interface DumpOptions {
  dataDir: string;
  snapshot?: string;
  prefix: string;
  all: boolean;
}

/** Resolves with the text. */
export async function dump({ dataDir, snapshot, prefix, all }: DumpOptions): Promise<string> {
  if (snapshot) return renderDump(await collectDump(readSnapshotFile(snapshot), prefix), all);
  const database = await openStopped(dataDir);
  try {
    return renderDump(await collectDump(entries(database, {}), prefix), all);
  } finally {
    await closeDatabase(database, dataDir);
  }
}

async function openStopped(dataDir: string): Promise<Database> {
  // Opening would make one.
  if (!existsSync(databaseDirectory(dataDir))) throw new Error(`there is no store in ${dataDir}`);
  try {
    return await openDatabase(dataDir, silentLogger());
  } catch (error) {
    if (!(error as Error).message.endsWith('in use by another store')) throw error;
    throw new Error(
      `the data directory ${dataDir} is in use by a running store: stop it, ` +
        'or take a snapshot (snapshot save FILE --endpoints URL) and read that (dump --snapshot FILE)',
    );
  }
}
