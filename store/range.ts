/**
 * KV.Range: reads a key or a range, now or at a past revision.
 *
 * In two steps. `locate` decides, synchronously and at one revision, what the answer consists of; `answer` fetches what
 * is not in memory, then filters, sorts and cuts. Between them the caller waits until what was located is durable.
 *
 * Upstream: server/etcdserver/txn/range.go. Serializable reads are the same as others: there is one member.
 */

import { KeyValue, type RangeRequest, type RangeResponse } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import { rangeOf } from './key-range.ts';
import { DamagedError, decodeValue, type RecordPosition, type StoredKv } from './layout.ts';
import { metrics } from './metrics.ts';
import { positionsAt, readRecords } from './past.ts';
import { headerAt, type Store } from './store.ts';

/** A version that has to be looked up, because its key was changed since. */
interface Earlier {
  key: string;
  /** Whether the key is known to have existed. */
  certain: boolean;
  /** Whether it is known to have been put or deleted by then, and nothing of that can have been compacted. */
  recorded: boolean;
}

/** What a range consists of, before it is fetched. */
export interface Located {
  request: RangeRequest;
  /** The revision of the store when this was located. */
  revision: number;
  /** The revision that is read. */
  at: number;
  found: (StoredKv | Earlier)[];
  /** Versions that are known to exist, in `found` or not. */
  count: number;
}

export function checkRange({ key }: RangeRequest): void {
  if (key.length === 0) throw etcdErrors.emptyKey();
}

/** `revision` is the newest that the reader may see. */
export function locate({ mvcc }: Store, request: RangeRequest, revision: number): Located {
  const at = request.revision > 0 ? request.revision : revision;
  const needed = neededOf(request);
  const found: Located['found'] = [];
  let count = 0;
  for (const { key, current, revision: newest, first } of mvcc.index.range(rangeOf(request))) {
    if (first > at || (newest <= at && !current)) continue;
    const certain = current !== undefined && current.createRevision <= at;
    if (!certain || count < needed)
      found.push(newest <= at ? current! : { key, certain, recorded: first > mvcc.compactRevision });
    if (certain) count++;
  }
  metrics.ranges.inc();
  return { request, revision, at, found, count };
}

/** How many versions are worth fetching. One more than asked for tells whether there are more. */
function neededOf(request: RangeRequest): number {
  if (request.countOnly) return 0;
  // Sorting and filtering need them all.
  return request.limit > 0 && isKeyOrder(request) && !hasRevisionFilter(request) ? request.limit + 1 : Infinity;
}

/** The answer's fields but for the header's identity. Call it as soon as what was located is durable: see `fetch`. */
export async function answer(store: Store, located: Located): Promise<Init<RangeResponse>> {
  const { request, revision } = located;
  let { kvs, count } = located.found.some(isEarlier) ? await fetch(store, located) : inMemory(located);
  if (hasRevisionFilter(request)) kvs = kvs.filter((kv) => passesFilters(kv, request));
  sort(kvs, request);
  const more = request.limit > 0 && kvs.length > request.limit;
  if (more) kvs.length = request.limit;
  return { header: { revision }, kvs: kvs.map((kv) => (request.keysOnly ? withoutValue(kv) : kv.bytes)), more, count };
}

/** Handles the request. */
export async function range(store: Store, request: RangeRequest): Promise<Init<RangeResponse>> {
  checkRange(request);
  store.mvcc.checkRevision(request.revision);
  const located = locate(store, request, store.mvcc.revision);
  await store.mvcc.commit.durable();
  return { ...(await answer(store, located)), header: headerAt(store, located.revision) };
}

interface Fetched {
  kvs: StoredKv[];
  count: number;
}

const isEarlier = (version: StoredKv | Earlier): version is Earlier => 'certain' in version;

const inMemory = ({ found, count }: Located): Fetched => ({ kvs: found as StoredKv[], count });

/**
 * Reads what is not in memory, from the database as it is at the call. A compaction that was accepted after the range was
 * located has deleted nothing by then: it waits for its own decision to be durable, and then reads what to delete.
 */
async function fetch({ database }: Store, { request, at, found, count }: Located): Promise<Fetched> {
  const snapshot = database.snapshot();
  try {
    const earlier = found.filter(isEarlier);
    const positions = await positionsAt(
      database,
      snapshot,
      earlier.map(({ key }) => ({ key, revision: at })),
    );
    const needed = neededOf(request);
    const versions: (StoredKv | RecordPosition)[] = [];
    let looked = 0;
    for (const version of found) {
      const past = isEarlier(version) ? positions[looked++] : undefined;
      const at = isEarlier(version) ? (past === 'deletion' ? undefined : past) : version;
      if (isEarlier(version)) {
        if (!at && (version.certain || (version.recorded && past === undefined)))
          throw new DamagedError(`an earlier version of key ${JSON.stringify(version.key)} is missing`);
        if (at && !version.certain) count++;
      }
      if (at && versions.length < needed) versions.push(at);
    }
    const records = await readRecords(database, snapshot, versions.filter(isOnDisk));
    let read = 0;
    return { kvs: versions.map((version) => (isOnDisk(version) ? records[read++]!.kv! : version)), count };
  } finally {
    await snapshot.close();
  }
}

const isOnDisk = (version: StoredKv | RecordPosition): version is RecordPosition => 'sub' in version;

/** etcd's own notion: with an order of NONE it cuts in key order first and sorts what is left. */
const isKeyOrder = ({ sortOrder, sortTarget }: RangeRequest): boolean =>
  sortOrder === 'NONE' || (sortTarget === 'KEY' && sortOrder === 'ASCEND');

const hasRevisionFilter = (r: RangeRequest): boolean =>
  r.minModRevision !== 0 || r.maxModRevision !== 0 || r.minCreateRevision !== 0 || r.maxCreateRevision !== 0;

const passesFilters = (kv: StoredKv, r: RangeRequest): boolean =>
  (r.maxModRevision === 0 || kv.modRevision <= r.maxModRevision) &&
  (r.minModRevision === 0 || kv.modRevision >= r.minModRevision) &&
  (r.maxCreateRevision === 0 || kv.createRevision <= r.maxCreateRevision) &&
  (r.minCreateRevision === 0 || kv.createRevision >= r.minCreateRevision);

const comparators = {
  VERSION: (a: StoredKv, b: StoredKv) => a.version - b.version,
  CREATE: (a: StoredKv, b: StoredKv) => a.createRevision - b.createRevision,
  MOD: (a: StoredKv, b: StoredKv) => a.modRevision - b.modRevision,
  VALUE: (a: StoredKv, b: StoredKv) => decodeValue(a).compare(decodeValue(b)),
};

/** An order of NONE with another target than the key means ascending, as in etcd. */
function sort(kvs: StoredKv[], { sortTarget, sortOrder }: RangeRequest): void {
  if (sortTarget === 'KEY') {
    // They arrive in key order.
    if (sortOrder === 'DESCEND') kvs.reverse();
    return;
  }
  const compare = comparators[sortTarget];
  kvs.sort(sortOrder === 'DESCEND' ? (a, b) => compare(b, a) : compare);
}

function withoutValue({ bytes }: StoredKv): Buffer {
  return KeyValue.encode({ ...KeyValue.decode(bytes), value: '' });
}
