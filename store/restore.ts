/**
 * Rebuilds from disk, at start, what a store has in memory: who it is, every key's newest change, the leases.
 *
 * Only the newest changes are read, so a start takes as long with a long history as without one. Of the history the end is
 * looked at: where revisions are missing, or a key points to a change that is not there, the store does not start.
 *
 * Upstream: server/storage/mvcc/kvstore.go (restore)
 */
import { randomBytes } from 'node:crypto';
import type { Database } from './commit.ts';
import { entries, readMeta } from './entries.ts';
import { textOf } from './key-range.ts';
import {
  currentBounds,
  DamagedError,
  describeRecord,
  layoutVersion,
  leaseBounds,
  type MetaName,
  metaKey,
  parseCurrent,
  parseCurrentKey,
  parseLeaseKey,
  parseRecord,
  parseRecordKey,
  type RecordPosition,
  recordBounds,
  recordKey,
  type StoredRecord,
  seal,
  unseal,
} from './layout.ts';
import type { Lessor } from './lessor.ts';
import { emptyState, type MvccState } from './mvcc.ts';
import type { Identity } from './store.ts';

/** Changes that are read at a time. */
const pageKeys = 1000;
/** How many of the newest changes are looked at for gaps: what a lost part of LevelDB's log would leave. */
const checkedRecords = 20_000;
const maxRevision = Number.MAX_SAFE_INTEGER - 1;

/** Counts this start, which also proves that the disk takes writes. */
export async function readIdentity(database: Database): Promise<{ identity: Identity; term: number }> {
  const identity = (await readMeta(database, 'identity')) ?? randomBytes(16);
  const term = Number((await readMeta(database, 'term')) ?? 0) + 1;
  const values: [MetaName, Buffer][] = [
    ['layout', Buffer.from(layoutVersion)],
    ['identity', identity],
    ['term', Buffer.from(String(term))],
  ];
  const operations = values.map(([name, value]) => {
    const key = metaKey(name);
    return { type: 'put', key, value: seal(key, value) } as const;
  });
  await database.batch(operations, { sync: true });
  return { identity: { clusterId: identity.readBigUInt64BE(0), memberId: identity.readBigUInt64BE(8) }, term };
}

export async function readState(database: Database): Promise<MvccState & { compactedRevision: number }> {
  const compactedRevision = Number((await readMeta(database, 'compactedRevision')) ?? -1);
  const state = { ...emptyState(), compactedRevision };
  const compactRevision = await readMeta(database, 'compactRevision');
  if (compactRevision) state.compactRevision = Number(compactRevision);
  // When the newest revision was a deletion, compaction may have removed its record.
  state.revision = Math.max(state.revision, state.compactRevision, await readNewest(database, state.compactRevision));

  let page: [Buffer, Buffer][] = [];
  for await (const entry of entries(database, currentBounds)) {
    page.push(entry);
    if (page.length < pageKeys) continue;
    await readKeys(database, page, state);
    page = [];
  }
  await readKeys(database, page, state);
  return state;
}

/** The newest revision, 0 when there is none. Throws when one is missing between the newest. */
async function readNewest(database: Database, compactRevision: number): Promise<number> {
  let newest = 0;
  let following: RecordPosition | undefined;
  const keys = database.keys({ ...recordBounds(0, maxRevision), reverse: true, limit: checkedRecords });
  for await (const key of keys) {
    const position = parseRecordKey(key);
    newest = Math.max(newest, position.revision);
    // What is compacted has gaps.
    if (position.revision <= compactRevision) break;
    if (following) checkFollows(position, following);
    following = position;
  }
  return newest;
}

function checkFollows(position: RecordPosition, following: RecordPosition): void {
  const { revision, sub } = position;
  const sameRevision = following.revision === revision && following.sub === sub + 1;
  const nextRevision = following.revision === revision + 1 && following.sub === 0;
  if (sameRevision || nextRevision) return;
  throw new DamagedError(`between ${describeRecord(position)} and ${describeRecord(following)} others are missing`);
}

/** Takes in the keys that these entries of `k` are about. */
async function readKeys(database: Database, page: [Buffer, Buffer][], { index, revision }: MvccState): Promise<void> {
  const changes = page.map(([key, value]) => ({ key: parseCurrentKey(key), ...parseCurrent(unseal(key, value)) }));
  const recordKeys = changes.map((change) => recordKey(change.revision, change.sub));
  const values = await database.getMany(recordKeys, { fillCache: false });
  for (const [i, { key, first, ...position }] of changes.entries()) {
    const value = values[i];
    if (!value)
      throw new DamagedError(`${describeRecord(position)}, the newest of key ${JSON.stringify(key)}, is missing`);
    const record = parseRecord(recordKeys[i]!, value);
    checkIsAbout(record, key);
    const entry = index.getOrAdd(key);
    entry.first = first;
    entry.change(record.revision, record.sub, record.kv);
  }
}

function checkIsAbout(record: StoredRecord, key: string): void {
  if (textOf(record.key) === key && (record.kv?.modRevision ?? record.revision) === record.revision) return;
  throw new DamagedError(`${describeRecord(record)} is not one of key ${JSON.stringify(key)}`);
}

export async function readLeases(database: Database, lessor: Lessor, { index }: MvccState): Promise<void> {
  for await (const [key, ttl] of entries(database, leaseBounds))
    lessor.add(parseLeaseKey(key), Number(unseal(key, ttl)));
  for (const { key, current } of index.range({ start: '', end: undefined })) lessor.move(key, 0n, current?.lease ?? 0n);
}
