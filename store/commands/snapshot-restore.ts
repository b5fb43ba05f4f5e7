/**
 * `snapshot restore`: a data directory with the keys, revisions and leases of a snapshot. The identity is left out, so the
 * restored store is another cluster's, and no client can mistake it for the one that it was copied from.
 *
 * Upstream: etcdutl/snapshot/v3_snapshot.go (Restore)
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { makeDirectory } from '../../client/component/make-directory.ts';
import type { Database } from '../commit.ts';
import { metaKey } from '../layout.ts';
import { type Entry, readSnapshotFile } from '../snapshot-format.ts';
import { syncDirectory } from './sync-directory.ts';

interface RestoreOptions {
  dataDir?: string;
  name: string;
  skipHashCheck: boolean;
}

const batchBytes = 1024 * 1024;
const identity = [metaKey('identity'), metaKey('term')];

/** Resolves with what to tell the user. */
export async function restoreSnapshot(path: string, options: RestoreOptions): Promise<string> {
  const { name, skipHashCheck, dataDir = `${name}.etcd` } = options;
  if ((await readdir(dataDir).catch(absent)).length > 0) throw new Error(`data-dir "${dataDir}" is not empty`);
  makeDirectory(dataDir);
  // The database gets its name when it is complete, so a restore that was cut short leaves nothing that would start.
  const part = join(dataDir, 'db.part');
  try {
    const database: Database = new ClassicLevel(part, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    await database.open({ errorIfExists: true });
    try {
      await write(database, readSnapshotFile(path, { verify: !skipHashCheck }));
    } finally {
      await database.close();
    }
    await rename(part, join(dataDir, 'db'));
    await syncDirectory(dataDir);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
  return `Snapshot restored to ${dataDir}: start it with --name ${name} --data-dir ${dataDir}`;
}

function absent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function write(database: Database, entries: AsyncIterable<Entry>): Promise<void> {
  let batch = database.batch();
  let size = 0;
  for await (const [key, value] of entries) {
    if (identity.some((name) => name.equals(key))) continue;
    batch.put(key, value);
    size += key.length + value.length;
    if (size < batchBytes) continue;
    await batch.write();
    batch = database.batch();
    size = 0;
  }
  await batch.write({ sync: true });
}
