/** Reading a key or a range, now or in the past. */
import { etcdErrors } from '../../../api/etcd-errors.ts';
import { kvsIn, type Snapshot, snapshotAt } from './state.ts';
import type { KeyValue, RangeRequest, RangeResponse } from './types.ts';

/** What is wrong with the request by itself. */
export function checkRange({ key = '' }: RangeRequest): void {
  if (key === '') throw etcdErrors.emptyKey();
}

/** Reads as of `newest`, or as of an older revision when the request names one. */
export function range(newest: Snapshot, request: RangeRequest): RangeResponse {
  const { limit = 0, revision = 0, keysOnly, countOnly } = request;
  const found = kvsIn(revision > 0 ? snapshotAt(newest, revision) : newest, request);
  const kvs = countOnly ? [] : sorted(filtered(limited(found, request), request), request);
  const cut = limit > 0 ? kvs.slice(0, limit) : kvs;
  return {
    header: { revision: newest.revision },
    kvs: keysOnly ? cut.map((kv) => ({ ...kv, value: '' })) : cut,
    more: cut.length < kvs.length,
    // Of the range, whatever limit and filters there are.
    count: found.length,
  };
}

/** Without an order and filters, one more than the limit is fetched in key order, and only then sorted. */
function limited(kvs: KeyValue[], request: RangeRequest): KeyValue[] {
  const { limit = 0, sortOrder = 'NONE' } = request;
  return limit > 0 && sortOrder === 'NONE' && !hasFilters(request) ? kvs.slice(0, limit + 1) : kvs;
}

const hasFilters = (r: RangeRequest): boolean =>
  Boolean(r.minModRevision || r.maxModRevision || r.minCreateRevision || r.maxCreateRevision);

const filtered = (kvs: KeyValue[], r: RangeRequest): KeyValue[] =>
  kvs.filter(
    (kv) =>
      (!r.minModRevision || kv.modRevision >= r.minModRevision) &&
      (!r.maxModRevision || kv.modRevision <= r.maxModRevision) &&
      (!r.minCreateRevision || kv.createRevision >= r.minCreateRevision) &&
      (!r.maxCreateRevision || kv.createRevision <= r.maxCreateRevision),
  );

const sortField = {
  KEY: 'key',
  VERSION: 'version',
  CREATE: 'createRevision',
  MOD: 'modRevision',
  VALUE: 'value',
} as const;

/** Equal ones stay in key order, also when descending. Another target than the key without an order: ascending. */
function sorted(kvs: KeyValue[], { sortTarget = 'KEY', sortOrder }: RangeRequest): KeyValue[] {
  const field = sortField[sortTarget];
  const direction = sortOrder === 'DESCEND' ? -1 : 1;
  return kvs.toSorted((a, b) => (a[field] === b[field] ? 0 : a[field] < b[field] ? -direction : direction));
}
