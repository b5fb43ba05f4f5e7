/**
 * What the LevelDB database holds.
 *
 *     r <revision: 8 bytes> <sub: 4 bytes>          one change of one key, as an encoded KeyValue; without a version: deleted
 *     k <key>                                       where the newest change of a key is, and the revision of its first
 *     p <key, escaped> 00 01 <revision> <sub>       an older change of a key: until which revision it was the newest
 *     l <lease ID: 8 bytes>                         a lease: its granted TTL
 *     m <name>                                      single values: layout, identity, term, keys, alarms, compactRevision
 *
 * Numbers are big-endian, so LevelDB's byte order is revision order, and `r` is the history. It is the only place of
 * values. A start reads `k` and what it points to; reading the past looks into `p`. Example: put a=1, put a=2, then a txn
 * that puts b and deletes a:
 *
 *     r 2 0   { key: a, createRevision: 2, modRevision: 2, version: 1, value: 1 }
 *     r 3 0   { key: a, createRevision: 2, modRevision: 3, version: 2, value: 2 }
 *     r 4 0   { key: b, createRevision: 4, modRevision: 4, version: 1, value: ... }
 *     r 4 1   { key: a, modRevision: 4 }, the last of its revision, as are those of 2 and 3
 *     k a     4 1, first 2
 *     k b     4 0, first 4
 *     p a 2 0   until 3
 *     p a 3 0   until 4
 *
 * In `p` a zero byte of the key is followed by ff, so that the keys still sort as they do without what follows them.
 * Every value begins with a checksum over key and value: `seal` and `unseal`. What fails it is never served.
 *
 * Upstream: server/storage/mvcc/revision.go, server/storage/schema
 */
import { crc32 } from 'node:zlib';
import { type KeyValue as DecodedKeyValue, KeyValue } from '../api/etcd.ts';
import { bytesOf, textOf } from './key-range.ts';

/** Raised whenever an older store could not read what this one writes, or the other way round. */
export const layoutVersion = '3';

/** One version of a key. `bytes` is its encoded KeyValue, made once and sent wherever the version is answered. */
export interface StoredKv {
  createRevision: number;
  modRevision: number;
  version: number;
  lease: bigint;
  bytes: Buffer;
}

/** Where a record is: its revision, and its place among the changes of that revision. */
export interface RecordPosition {
  revision: number;
  sub: number;
}

/** The database holds what the store never wrote, or lacks what it did write. */
export class DamagedError extends Error {
  readonly code = 'STORE_DAMAGED';
  override readonly name = 'DamagedError';

  constructor(what: string) {
    super(`the database is damaged: ${what}; restore a snapshot`);
  }
}

const tagOf = (letter: string): number => letter.charCodeAt(0);
const tag = { record: tagOf('r'), current: tagOf('k'), past: tagOf('p'), lease: tagOf('l') };
const positionSize = 12;
const checksumSize = 4;

// Numbers.

function writeRevision(bytes: Buffer, revision: number, offset: number): void {
  bytes.writeUInt32BE(Math.floor(revision / 2 ** 32), offset);
  bytes.writeUInt32BE(revision >>> 0, offset + 4);
}

const readRevision = (bytes: Buffer, offset: number): number =>
  bytes.readUInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4);

function writePosition(bytes: Buffer, { revision, sub }: RecordPosition, offset: number): void {
  writeRevision(bytes, revision, offset);
  bytes.writeUInt32BE(sub, offset + 8);
}

const readPosition = (bytes: Buffer, offset: number): RecordPosition => ({
  revision: readRevision(bytes, offset),
  sub: bytes.readUInt32BE(offset + 8),
});

const boundsOf = (letter: number): { gte: Buffer; lt: Buffer } => ({
  gte: Buffer.of(letter),
  lt: Buffer.of(letter + 1),
});

// Checksums.

/** A payload, in parts, as it goes to disk under `key`. */
export const seal = (key: Buffer, ...payload: readonly Uint8Array[]): Buffer => Buffer.from(sealForBatch(key, payload));

/** What a batch is given, which copies it at once. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** The same in memory that the next call uses again. */
export function sealForBatch(key: Buffer, payload: readonly Uint8Array[]): Buffer {
  const size = payload.reduce((sum, part) => sum + part.length, checksumSize);
  if (scratch.length < size) scratch = Buffer.allocUnsafeSlow(size);
  let checksum = crc32(key);
  let at = checksumSize;
  for (const part of payload) {
    scratch.set(part, at);
    at += part.length;
    checksum = crc32(part, checksum);
  }
  scratch.writeUInt32BE(checksum, 0);
  return scratch.subarray(0, size);
}

/** The payload that stands under `key`. Throws a `DamagedError` naming the entry when it is not what was written. */
export function unseal(key: Buffer, value: Buffer): Buffer {
  const payload = value.subarray(checksumSize);
  if (value.length < checksumSize || value.readUInt32BE(0) !== crc32(payload, crc32(key))) {
    throw new DamagedError(`the checksum of ${describe(key)} is wrong`);
  }
  return payload;
}

function describe(key: Buffer): string {
  if (key[0] === tag.record && key.length === 1 + positionSize) return describeRecord(parseRecordKey(key));
  if (key[0] === tag.current) return `the newest revision of key ${JSON.stringify(textOf(key.subarray(1)))}`;
  if (key[0] === tag.past && key.length > 3 + positionSize) {
    const { revision } = parsePastKey(key);
    return `revision ${revision} in the history of key ${JSON.stringify(textOf(unescaped(key)))}`;
  }
  return `the entry ${JSON.stringify(textOf(key))}`;
}

/** A record in words, for messages. */
export const describeRecord = ({ revision, sub }: RecordPosition): string =>
  `the record of revision ${revision} (change ${sub})`;

// Records.

export function recordKey(revision: number, sub: number): Buffer {
  const key = Buffer.allocUnsafe(1 + positionSize);
  key[0] = tag.record;
  writePosition(key, { revision, sub }, 1);
  return key;
}

export const parseRecordKey = (key: Buffer): RecordPosition => readPosition(key, 1);

/** All records of the revisions `first` to `last`, as LevelDB bounds. */
export const recordBounds = (first: number, last: number): { gte: Buffer; lt: Buffer } => ({
  gte: recordKey(first, 0),
  lt: recordKey(last + 1, 0),
});

/** A new version of a key. */
export function storedKv(kv: Omit<DecodedKeyValue, 'key' | 'value'> & { key: Buffer; value: Buffer }): StoredKv {
  const { createRevision, modRevision, version, lease } = kv;
  return { createRevision, modRevision, version, lease, bytes: own(KeyValue.encode(kv)) };
}

/** The buffer is on its own: a small value that stays must not keep a whole pool of short-lived ones in memory. */
function own(bytes: Buffer): Buffer {
  if (bytes.length === bytes.buffer.byteLength) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

const [notLast, isLast] = [Buffer.of(0), Buffer.of(1)];

/** A record's payload, in parts. `last`: there is no other change at its revision, which is how a lost one is noticed. */
export const record = (bytes: Buffer, last: boolean): Buffer[] => [last ? isLast : notLast, bytes];

export const tombstone = (key: Buffer, modRevision: number): Buffer => KeyValue.encode({ key, modRevision });

/** A change read back from disk. `bytes` is what watchers are sent; `kv` is undefined for a deletion. */
export interface StoredRecord extends RecordPosition {
  key: Buffer;
  kv: StoredKv | undefined;
  bytes: Buffer;
  /** The last change of its revision. */
  last: boolean;
}

/** Reads an entry of `r`. Throws a `DamagedError` when it is not what was written. */
export function parseRecord(recordKey: Buffer, value: Buffer): StoredRecord {
  const payload = unseal(recordKey, value);
  const bytes = payload.subarray(1);
  const { key, createRevision, modRevision, version, lease } = KeyValue.decode(bytes);
  const kv = version === 0 ? undefined : { createRevision, modRevision, version, lease, bytes };
  return { ...parseRecordKey(recordKey), key, kv, bytes, last: payload[0] === 1 };
}

export const decodeValue = (kv: StoredKv): Buffer => KeyValue.decode(kv.bytes).value;

// The newest change of a key.

export const currentBounds = boundsOf(tag.current);

export function currentKey(key: string): Buffer {
  const bytes = Buffer.allocUnsafe(1 + key.length);
  bytes[0] = tag.current;
  bytes.write(key, 1, 'latin1');
  return bytes;
}

export const parseCurrentKey = (key: Buffer): string => key.toString('latin1', 1);

/** `first` is the revision of the key's first change: before it there is nothing to look for. */
export function current(position: RecordPosition, first: number): Buffer {
  const payload = Buffer.allocUnsafe(positionSize + 8);
  writePosition(payload, position, 0);
  writeRevision(payload, first, positionSize);
  return payload;
}

export const parseCurrent = (payload: Buffer): RecordPosition & { first: number } => ({
  ...readPosition(payload, 0),
  first: readRevision(payload, positionSize),
});

// Older changes of a key.

export const pastBounds = boundsOf(tag.past);

export function pastKey(key: string, position: RecordPosition): Buffer {
  const escaped = key.includes('\0') ? key.replaceAll('\0', '\0\xff') : key;
  const bytes = Buffer.allocUnsafe(3 + escaped.length + positionSize);
  bytes[0] = tag.past;
  bytes.write(escaped, 1, 'latin1');
  bytes[1 + escaped.length] = 0;
  bytes[2 + escaped.length] = 1;
  writePosition(bytes, position, 3 + escaped.length);
  return bytes;
}

export const parsePastKey = (key: Buffer): RecordPosition => readPosition(key, key.length - positionSize);

/** Whether two entries of `p` are about the same key. */
export const isSamePastKey = (a: Buffer, b: Buffer): boolean =>
  a.length === b.length && a.compare(b, 0, b.length - positionSize, 0, a.length - positionSize) === 0;

const unescaped = (key: Buffer): Buffer =>
  bytesOf(textOf(key.subarray(1, key.length - positionSize - 2)).replaceAll('\0\xff', '\0'));

/** The change was the newest of its key up to but not at the revision `until`. */
export interface PastChange {
  until: number;
  deletion: boolean;
}

export function past({ until, deletion }: PastChange): Buffer {
  const payload = Buffer.allocUnsafe(9);
  writeRevision(payload, until, 0);
  payload[8] = deletion ? 1 : 0;
  return payload;
}

export const parsePast = (payload: Buffer): PastChange => ({
  until: readRevision(payload, 0),
  deletion: payload[8] === 1,
});

// Leases and single values.

export function leaseKey(id: bigint): Buffer {
  const key = Buffer.alloc(9);
  key[0] = tag.lease;
  key.writeBigInt64BE(id, 1);
  return key;
}

export const parseLeaseKey = (key: Buffer): bigint => key.readBigInt64BE(1);

export const leaseBounds = boundsOf(tag.lease);

/**
 * `keys` is how many entries `k` has; `compactRevision` is what counts as compacted, `compactedRevision` up to where the
 * records are deleted.
 */
export type MetaName = 'layout' | 'identity' | 'term' | 'keys' | 'alarms' | 'compactRevision' | 'compactedRevision';

export const encodeNumber = (number: number): Buffer => Buffer.from(String(number));

export const metaKey = (name: MetaName): Buffer => Buffer.from(`m${name}`);
