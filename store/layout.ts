/**
 * What the LevelDB database holds.
 *
 *     r <revision: 8 bytes> <sub: 4 bytes>   one change of one key, as an encoded KeyValue; without a version: deleted
 *     l <lease ID: 8 bytes>                  a lease: its granted TTL
 *     m <name>                               single values: identity, term, compactRevision, alarms
 *
 * Numbers are big-endian, so LevelDB's byte order is revision order and the records are the history. Example: put
 * a=1, put a=2, then a txn that puts b and deletes a:
 *
 *     r 2 0   { key: a, createRevision: 2, modRevision: 2, version: 1, value: 1 }
 *     r 3 0   { key: a, createRevision: 2, modRevision: 3, version: 2, value: 2 }
 *     r 4 0   { key: b, createRevision: 4, modRevision: 4, version: 1, value: ... }
 *     r 4 1   { key: a, modRevision: 4 }
 *
 * Upstream: server/storage/mvcc/revision.go, server/storage/schema
 */
import { type KeyValue as DecodedKeyValue, KeyValue } from '../api/etcd.ts';

/** One version of a key. `bytes` is its encoded KeyValue, made once and sent wherever the version is answered. */
export interface StoredKv {
  createRevision: number;
  modRevision: number;
  version: number;
  lease: bigint;
  bytes: Buffer;
}

const tag = { record: 'r'.charCodeAt(0), lease: 'l'.charCodeAt(0) };
const recordKeySize = 13;

export function recordKey(revision: number, sub: number): Buffer {
  const key = Buffer.allocUnsafe(recordKeySize);
  key[0] = tag.record;
  key.writeUInt32BE(Math.floor(revision / 2 ** 32), 1);
  key.writeUInt32BE(revision >>> 0, 5);
  key.writeUInt32BE(sub, 9);
  return key;
}

export const parseRecordKey = (key: Buffer): { revision: number; sub: number } => ({
  revision: key.readUInt32BE(1) * 2 ** 32 + key.readUInt32BE(5),
  sub: key.readUInt32BE(9),
});

/** All records of the revisions `first` to `last`, as LevelDB bounds. */
export const recordBounds = (first: number, last: number): { gte: Buffer; lt: Buffer } => ({
  gte: recordKey(first, 0),
  lt: recordKey(last + 1, 0),
});

export function leaseKey(id: bigint): Buffer {
  const key = Buffer.alloc(9);
  key[0] = tag.lease;
  key.writeBigInt64BE(id, 1);
  return key;
}

export const parseLeaseKey = (key: Buffer): bigint => key.readBigInt64BE(1);

export const leaseBounds = { gte: Buffer.of(tag.lease), lt: Buffer.of(tag.lease + 1) };

export const metaKey = (name: 'identity' | 'term' | 'compactRevision' | 'alarms'): Buffer => Buffer.from(`m${name}`);

/** The buffer is on its own: a small value that stays must not keep a whole pool of short-lived ones in memory. */
function own(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A new version of a key. */
export function storedKv(kv: Omit<DecodedKeyValue, 'key' | 'value'> & { key: Buffer; value: Buffer }): StoredKv {
  const { createRevision, modRevision, version, lease } = kv;
  return { createRevision, modRevision, version, lease, bytes: own(KeyValue.encode(kv)) };
}

export const tombstone = (key: Buffer, modRevision: number): Buffer => KeyValue.encode({ key, modRevision });

/** A record read back: the key, and its version or `undefined` for a deletion. */
export function parseRecord(bytes: Buffer): { key: Buffer; kv: StoredKv | undefined } {
  const { key, createRevision, modRevision, version, lease } = KeyValue.decode(bytes);
  return { key, kv: version === 0 ? undefined : { createRevision, modRevision, version, lease, bytes } };
}

export const decodeValue = (kv: StoredKv): Buffer => KeyValue.decode(kv.bytes).value;
