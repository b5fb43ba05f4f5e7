/**
 * Checks LevelDB's files before LevelDB is let in, which starts over what is damaged: it leaves out what it cannot read of its
 * log, goes on without a log that is gone, and makes a new database where CURRENT is missing, deleting what was there.
 *
 * Another store may be running on the files: what is reported as torn is news only once LevelDB's lock is held.
 *
 * Upstream: github.com/google/leveldb, doc/impl.md
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DamagedError } from './layout.ts';
import { BatchCheck } from './leveldb-batch.ts';
import { checkLog, writtenEnd } from './leveldb-log.ts';
import { ManifestCheck } from './leveldb-manifest.ts';
import { checkTable } from './leveldb-table.ts';

/** What LevelDB will leave out of a log. */
export interface TornEnd {
  file: string;
  droppedBytes: number;
}

/**
 * The torn ends that a crash has left. Throws a `DamagedError` for the first file that is missing or damaged. Tables are read
 * only on request: that takes a second a gigabyte.
 */
export function checkFiles(directory: string, { tables }: { tables: boolean }): TornEnd[] {
  // From before the manifest is read: what it names and a running store then deletes is among them.
  const names = readdirSync(directory);
  if (!names.includes('CURRENT')) {
    // A start that was cut short leaves neither data nor log.
    if (!names.some((name) => /\.(ldb|sst|log)$/.test(name))) return [];
    throw new DamagedError(`${directory} holds data, but the file CURRENT that names its manifest is missing`);
  }
  const manifest = readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
  if (!/^MANIFEST-\d+$/.test(manifest) || !names.includes(manifest)) {
    throw new DamagedError(`${join(directory, 'CURRENT')} names no manifest that is there`);
  }
  const edits = new ManifestCheck();
  const path = join(directory, manifest);
  const bytes = readFileSync(path);
  const { end, damage } = checkLog(bytes, edits);
  const wrong = damage ? `${path} at byte ${end}: ${damage}` : edits.missing(directory, names);
  if (wrong) throw new DamagedError(wrong);
  if (tables) checkTables(directory, edits.tables());
  return [...tornEnd(path, bytes, end), ...checkLogs(directory, names)];
}

function checkTables(directory: string, names: string[]): void {
  for (const name of names) {
    const path = join(directory, name);
    const damage = existsSync(path) && checkTable(path);
    if (damage) throw new DamagedError(damage);
  }
}

function checkLogs(directory: string, names: string[]): TornEnd[] {
  const logs = names.filter((name) => name.endsWith('.log')).sort();
  return logs.flatMap((name) => {
    const path = join(directory, name);
    const bytes = readFileSync(path);
    const batches = new BatchCheck();
    const { end, damage } = checkLog(bytes, batches);
    if (!damage) return tornEnd(path, bytes, end);
    const newer = logs.filter((log) => log > name).map((log) => join(directory, log));
    throw new DamagedError(`${path} at byte ${end}: ${damage}${advice(path, end, batches.newestRevision, newer)}`);
  });
}

function tornEnd(file: string, bytes: Buffer, end: number): TornEnd[] {
  const droppedBytes = writtenEnd(bytes) - end;
  return droppedBytes > 0 ? [{ file, droppedBytes }] : [];
}

function advice(path: string, end: number, revision: number | undefined, newer: string[]): string {
  const kept = revision === undefined ? 'what is not in this file' : `everything up to revision ${revision}`;
  const remove = newer.map((log) => ` && rm ${log}`).join('');
  return ` (or keep ${kept} and give up all that came after it: truncate -s ${end} ${path}${remove})`;
}
