/**
 * Maintenance.Hash and HashKV: checksums of what the store holds, to compare it with another, or with itself earlier.
 *
 * HashKV is etcd's own number: stores with the same history and the same compaction have the same, whichever program they
 * run. So it is computed over etcd's form of the records, not ours. Of what is compacted only the versions that were
 * current at the asked revision count, because when the others are deleted is nobody's promise.
 *
 * Hash is over the database itself, our layout and all: only snapshots of the same store compare.
 *
 * Upstream: server/storage/mvcc/hash.go
 */
import { KeyValue } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { HashKVRequest, HashKVResponse, HashResponse } from '../api/etcd-maintenance.ts';
import type { Init } from '../api/protobuf.ts';
import type { Database, Snapshot } from './commit.ts';
import { crc32c } from './crc32c.ts';
import { type EntryRange, entries, entryBatches } from './entries.ts';
import { textOf } from './key-range.ts';
import { parsePast, parseRecord, pastKey, recordBounds, type StoredRecord, unseal } from './layout.ts';
import { headerAt, type Store } from './store.ts';

/** Handles the request. */
export async function hashKv(store: Store, request: HashKVRequest): Promise<Init<HashKVResponse>> {
  const { mvcc, database } = store;
  await mvcc.commit.durable();
  const { compactRevision, durableRevision } = mvcc;
  // etcd 3.4's own bound: at the compact revision itself there is no hash.
  if (request.revision > 0 && request.revision <= compactRevision) throw etcdErrors.compacted();
  if (request.revision > durableRevision) throw etcdErrors.futureRevision();
  const revision = request.revision > 0 ? request.revision : durableRevision;
  const snapshot = database.snapshot();
  try {
    const view = { database, snapshot };
    // Where no key is left, etcd takes in what the compaction left on disk.
    const kept = (await anyKeyAt(view, revision)) ? revision : compactRevision;
    let hash = crc32c(Buffer.from('key'));
    for await (const batch of records(view, recordBounds(0, revision))) {
      const compacted = batch.filter((record) => record.revision <= compactRevision);
      const current = new Set(await currentAt(view, compacted, kept));
      for (const record of batch) {
        if (record.revision <= compactRevision && !current.has(record)) continue;
        hash = crc32c(record.kv?.bytes ?? KeyValue.encode({ key: record.key }), crc32c(etcdKey(record), hash));
      }
    }
    return { header: headerAt(store, durableRevision), hash, compactRevision, hashRevision: revision };
  } finally {
    await snapshot.close();
  }
}

/** The database as it was at one moment. */
interface View {
  database: Database;
  snapshot: Snapshot;
}

/** Whether any key is there at the revision: some record up to it is still the newest of its key then. */
async function anyKeyAt(view: View, revision: number): Promise<boolean> {
  for await (const batch of records(view, { ...recordBounds(0, revision), reverse: true })) {
    if ((await currentAt(view, batch, revision)).length > 0) return true;
  }
  return false;
}

/** Those of the records that are what a read at the revision finds. */
async function currentAt(
  { database, snapshot }: View,
  batch: StoredRecord[],
  revision: number,
): Promise<StoredRecord[]> {
  const keys = batch.map((record) => pastKey(textOf(record.key), record));
  const entries = await database.getMany(keys, { snapshot });
  return batch.filter(({ kv }, i) => {
    const entry = entries[i];
    return kv && (!entry || parsePast(unseal(keys[i]!, entry)).until > revision);
  });
}

/** Records of a range, a batch at a time. */
async function* records({ database, snapshot }: View, range: EntryRange): AsyncGenerator<StoredRecord[], void, void> {
  for await (const batch of entryBatches(database, { ...range, snapshot })) {
    yield batch.map(([key, value]) => parseRecord(key, value));
  }
}

/** A record's key as etcd stores it: `<main: 8 bytes>_<sub: 8 bytes>`, and a `t` for a deletion. */
function etcdKey({ revision, sub, kv }: StoredRecord): Buffer {
  const deletion = kv === undefined;
  const key = Buffer.alloc(deletion ? 18 : 17);
  key.writeBigInt64BE(BigInt(revision), 0);
  key.write('_', 8);
  key.writeBigInt64BE(BigInt(sub), 9);
  if (deletion) key.write('t', 17);
  return key;
}

/** Handles the request. */
export async function hash(store: Store): Promise<Init<HashResponse>> {
  const { database, mvcc } = store;
  await mvcc.commit.durable();
  const revision = mvcc.durableRevision;
  const snapshot = database.snapshot();
  try {
    let hash = 0;
    for await (const entry of entries(database, { snapshot })) hash = hashEntry(entry, hash);
    return { header: headerAt(store, revision), hash };
  } finally {
    await snapshot.close();
  }
}

/** The checksum of the entries before, and this one. */
export const hashEntry = ([key, value]: [Buffer, Buffer], previous: number): number =>
  crc32c(value, crc32c(key, previous));
