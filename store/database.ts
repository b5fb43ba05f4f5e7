/**
 * Opens the LevelDB database of a data directory, or says in one line why it cannot be used.
 *
 * LevelDB itself starts over what is damaged: it leaves out what it cannot read of its log, and makes a new database
 * where CURRENT is missing, deleting what was there. So both are checked before it is let in.
 */
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from '../client/component/log.ts';
import { makeDirectory } from '../client/component/make-directory.ts';
import type { Database } from './commit.ts';
import { readMeta } from './entries.ts';
import { DamagedError, layoutVersion, metaKey } from './layout.ts';
import { checkLogs, type TornEnd } from './leveldb-log.ts';

const options = {
  keyEncoding: 'buffer',
  valueEncoding: 'buffer',
  // Open files are mapped into memory. This is LevelDB's minimum: 64 tables of 2 MiB.
  maxOpenFiles: 74,
  // With LevelDB's 4 MiB a put costs 15 % more CPU time, for merging what was written.
  writeBufferSize: 16 * 1024 * 1024,
} as const;

/** Where LevelDB keeps its files. */
export const databaseDirectory = (dataDir: string): string => join(dataDir, 'db');

export async function openDatabase(dataDir: string, logger: Logger): Promise<Database> {
  const directory = databaseDirectory(dataDir);
  try {
    makeDirectory(directory);
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new Error(`cannot write to the data directory ${dataDir}`, { cause: error });
  }
  const torn = checkFiles(directory);
  const database: Database = new ClassicLevel(directory, options);
  try {
    await database.open();
  } catch (error) {
    const cause = (error as Error).cause as (Error & { code?: string }) | undefined;
    if (cause?.code === 'LEVEL_LOCKED') throw new Error(`the data directory ${dataDir} is in use by another store`);
    throw new Error(`cannot open the database in ${directory}`, { cause: cause ?? error });
  }
  for (const end of torn) logger.warn(end, 'Dropped what a crash left of an unfinished write');
  try {
    await checkLayout(database, dataDir);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

function checkFiles(directory: string): TornEnd[] {
  const names = readdirSync(directory);
  if (names.includes('CURRENT')) return checkLogs(directory, names);
  // A start that was cut short leaves neither data nor log.
  if (names.some((name) => /\.(ldb|sst|log)$/.test(name))) {
    throw new DamagedError(`${directory} holds data, but the file CURRENT that names its manifest is missing`);
  }
  return [];
}

/** A new database gets the layout's version; one of another layout is refused. */
async function checkLayout(database: Database, dataDir: string): Promise<void> {
  const isEmpty = (await database.keys({ limit: 1 }).all()).length === 0;
  if (isEmpty) return;
  if ((await database.get(metaKey('layout'))) === undefined) {
    throw new Error(`the data directory ${dataDir} was written by an older store and cannot be read: use a new one`);
  }
  const version = (await readMeta(database, 'layout'))!.toString();
  if (version === layoutVersion) return;
  throw new Error(
    `the data directory ${dataDir} has layout ${version} and this store reads ${layoutVersion}: use a new one`,
  );
}
