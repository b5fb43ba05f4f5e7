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
import { Continuity } from './continuity.ts';
import { entries, readMeta } from './entries.ts';
import { textOf } from './key-range.ts';
import {
  currentBounds,
  DamagedError,
  describeRecord,
  encodeNumber,
  layoutVersion,
  leaseBounds,
  type MetaName,
  metaKey,
  parseCurrent,
  parseCurrentKey,
  parseLeaseKey,
  parseRecord,
  parseRecordKey,
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

/** Counts this start, which also proves that the disk takes writes. A new database gets its first values. */
export async function readIdentity(database: Database): Promise<{ identity: Identity; term: number }> {
  const isNew = (await readMeta(database, 'layout')) === undefined;
  // A restored snapshot has neither: it is another store.
  const identity = (await readMeta(database, 'identity')) ?? randomBytes(16);
  const term = Number((await readMeta(database, 'term')) ?? 0) + 1;
  const { compactRevision, index } = emptyState();
  const values: [MetaName, Buffer][] = [
    ['layout', Buffer.from(layoutVersion)],
    ['identity', identity],
    ['term', encodeNumber(term)],
  ];
  if (isNew) {
    values.push(['keys', encodeNumber(index.size)]);
    values.push(['compactRevision', encodeNumber(compactRevision)]);
    values.push(['compactedRevision', encodeNumber(compactRevision)]);
  }
  const operations = values.map(([name, value]) => {
    const key = metaKey(name);
    return { type: 'put', key, value: seal(key, value) } as const;
  });
  await database.batch(operations, { sync: true });
  return { identity: { clusterId: identity.readBigUInt64BE(0), memberId: identity.readBigUInt64BE(8) }, term };
}

async function readNumber(database: Database, name: MetaName): Promise<number> {
  const value = await readMeta(database, name);
  if (!value) throw new DamagedError(`the entry "m${name}" is missing`);
  return Number(value);
}

export async function readState(database: Database): Promise<MvccState & { compactedRevision: number }> {
  const state = emptyState();
  state.compactRevision = await readNumber(database, 'compactRevision');
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
  const keys = await readNumber(database, 'keys');
  if (keys !== state.index.size) throw new DamagedError(`of ${keys} keys ${state.index.size} are there`);
  return { ...state, compactedRevision: await readNumber(database, 'compactedRevision') };
}

/** The newest revision, 0 when there is none. Throws when one is missing among the newest. */
async function readNewest(database: Database, compactRevision: number): Promise<number> {
  const keys = database.keys({ ...recordBounds(0, maxRevision), reverse: true, limit: checkedRecords });
  const positions = (await keys.all()).map(parseRecordKey).reverse();
  if (positions.length === 0) return 0;
  // Of the oldest of many revisions not all changes may have been read.
  const first = positions.length < checkedRecords ? 0 : positions[0]!.revision + 1;
  const continuity = new Continuity(first, compactRevision);
  for (const position of positions) if (position.revision >= first) continuity.next(position);
  return positions.at(-1)!.revision;
}

/** Takes in the keys that these entries of `k` are about. */
async function readKeys(database: Database, page: [Buffer, Buffer][], { index }: MvccState): Promise<void> {
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
  for (const { key, current } of index.range({ start: '', end: undefined })) {
    const lease = current?.lease ?? 0n;
    if (lease !== 0n && !lessor.get(lease)) {
      throw new DamagedError(`lease ${lease.toString(16)} of key ${JSON.stringify(key)} is missing`);
    }
    lessor.move(key, 0n, lease);
  }
}
