/**
 * Opens the LevelDB database of a data directory, or says in one line why it cannot be used, and closes it again.
 *
 * While it is open the file `open` stands in the data directory. Where a start finds it, the last one did not come to its
 * end, and what a damaged table does to LevelDB may be why: then the tables are checked first.
 */
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from '../client/component/log.ts';
import { makeDirectory } from '../client/component/make-directory.ts';
import type { Database } from './commit.ts';
import { readMeta } from './entries.ts';
import { DamagedError, layoutVersion, metaKey } from './layout.ts';
import { checkFiles } from './leveldb-files.ts';

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
  const mark = markOf(dataDir);
  const torn = checkFiles(directory, { tables: existsSync(mark) });
  writeFileSync(mark, '');
  const database: Database = new ClassicLevel(directory, options);
  try {
    await database.open();
  } catch (error) {
    const cause = (error as Error).cause as (Error & { code?: string }) | undefined;
    if (cause?.code === 'LEVEL_LOCKED') throw new Error(`the data directory ${dataDir} is in use by another store`);
    if (cause?.code === 'LEVEL_CORRUPTION') throw new DamagedError(`${directory}: ${cause.message}`);
    throw new Error(`cannot open the database in ${directory}`, { cause: cause ?? error });
  }
  for (const end of torn) logger.warn(end, 'Dropped what a crash left of an unfinished write');
  try {
    await checkLayout(database, dataDir);
  } catch (error) {
    await database.close();
    throw explainFailure(error, database);
  }
  return database;
}

/** Closes it for good. */
export async function closeDatabase(database: Database, dataDir: string): Promise<void> {
  await database.close();
  rmSync(markOf(dataDir), { force: true });
}

const markOf = (dataDir: string): string => join(dataDir, 'open');

/** Why a start failed whose error this is: the table that is damaged, if one is, and otherwise what to do. */
export function explainFailure(error: unknown, { location }: Database): unknown {
  try {
    checkFiles(location, { tables: true });
  } catch (damage) {
    return damage;
  }
  const { code, message } = error as Error & { code?: string };
  return code === 'LEVEL_CORRUPTION' || code === 'LEVEL_IO_ERROR' ? new DamagedError(`${location}: ${message}`) : error;
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
