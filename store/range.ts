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
import { isInMemory, onDisk, type Version } from './key-index.ts';
import { rangeOf } from './key-range.ts';
import { decodeValue, parseRecord, recordKey, type StoredKv } from './layout.ts';
import { metrics } from './metrics.ts';
import { headerAt, type Store } from './store.ts';

/** What a range consists of, before it is fetched. */
export interface Located {
  request: RangeRequest;
  /** The revision of the store when this was located. */
  revision: number;
  versions: Version[];
  count: number;
}

export function checkRange({ key }: RangeRequest): void {
  if (key.length === 0) throw etcdErrors.emptyKey();
}

/** `revision` is the newest that the reader may see. */
export function locate({ mvcc }: Store, request: RangeRequest, revision: number): Located {
  const at = request.revision > 0 ? request.revision : revision;
  // One more than asked for tells whether there are more. Sorting and filtering need them all.
  const needed = request.limit > 0 && isKeyOrder(request) && !hasRevisionFilter(request) ? request.limit + 1 : Infinity;
  const versions: Version[] = [];
  let count = 0;
  for (const history of mvcc.index.range(rangeOf(request))) {
    const version = history.at(at);
    if (!version) continue;
    count++;
    if (!request.countOnly && versions.length < needed) versions.push(version);
  }
  metrics.ranges.inc();
  return { request, revision, versions, count };
}

/** The answer's fields but for the header's identity. */
export async function answer(store: Store, located: Located): Promise<Init<RangeResponse>> {
  const { request, revision, count } = located;
  let kvs = await fetchVersions(store, located.versions);
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

async function fetchVersions({ database }: Store, versions: Version[]): Promise<StoredKv[]> {
  if (versions.every(isInMemory)) return versions;
  const records = await database.getMany(onDisk(versions).map(({ revision, sub }) => recordKey(revision, sub)));
  let next = 0;
  return versions.map((version) => {
    if (isInMemory(version)) return version;
    const record = records[next++];
    // Compaction went past the revision while it was being read.
    if (!record) throw etcdErrors.compacted();
    return parseRecord(record).kv!;
  });
}

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
