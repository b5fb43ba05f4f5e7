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
import { crc32c } from './crc32c.ts';
import { entries } from './entries.ts';
import { isInMemory, type Version } from './key-index.ts';
import { textOf } from './key-range.ts';
import { parseRecord, parseRecordKey, recordBounds } from './layout.ts';
import type { Mvcc } from './mvcc.ts';
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
    // Where no key is left, etcd takes in whatever a compaction has left on disk.
    const onlyCurrent = anyKeyAt(mvcc, revision);
    let hash = crc32c(Buffer.from('key'));
    for await (const [key, bytes] of entries(database, { ...recordBounds(0, revision), snapshot })) {
      const position = parseRecordKey(key);
      const record = parseRecord(bytes);
      if (position.revision <= compactRevision) {
        if (!record.kv) continue;
        const current = mvcc.index.get(textOf(record.key))?.at(onlyCurrent ? revision : compactRevision);
        if (!current || !isAt(current, position)) continue;
      }
      hash = crc32c(etcdKey(position, record.kv === undefined), hash);
      hash = crc32c(record.kv?.bytes ?? KeyValue.encode({ key: record.key }), hash);
    }
    return { header: headerAt(store, durableRevision), hash, compactRevision, hashRevision: revision };
  } finally {
    await snapshot.close();
  }
}

/** Whether any key is there at the revision. */
function anyKeyAt({ index }: Mvcc, revision: number): boolean {
  for (const history of index.range({ start: '', end: undefined })) if (history.at(revision)) return true;
  return false;
}

/** A key is put at most once a revision, so the revision tells which record it is. */
const isAt = (version: Version, { revision }: { revision: number }): boolean =>
  (isInMemory(version) ? version.modRevision : version.revision) === revision;

/** A record's key as etcd stores it: `<main: 8 bytes>_<sub: 8 bytes>`, and a `t` for a deletion. */
function etcdKey({ revision, sub }: { revision: number; sub: number }, deletion: boolean): Buffer {
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
