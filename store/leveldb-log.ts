/**
 * Finds the end of a LevelDB log, and whether it is damaged: LevelDB silently leaves out what it cannot read and goes on.
 *
 * What a crash leaves is a torn end: a last write that is cut off, by the end of the file or by zeros up to there, which
 * `log-space.ts` puts behind a log, or that has zeros for some of its sectors. Nobody was told of what it held, LevelDB
 * drops it, and so may we. Anything else means that written data was lost: the store refuses to start, and says where the
 * damage is and what giving up the rest would cost.
 *
 * A log is a sequence of blocks of 32 KiB, each of records `<crc32c, masked: 4> <length: 2> <type: 1> <payload>`, little-endian.
 * A record that does not fit into its block is split: types first, middle, last; `full` is one that was not. Fewer than 7
 * bytes at a block's end are padding. The manifest has the same form.
 *
 * Upstream: github.com/google/leveldb, doc/log_format.md, doc/impl.md
 */
import { isMasked } from './leveldb-checksum.ts';

const blockSize = 32 * 1024;
const headerSize = 7;
const types = { full: 1, first: 2, middle: 3, last: 4 } as const;
/** More zeros than a write ends with (layout.ts). With fewer, a record that was cut off is taken for a damaged one. */
const tornZeros = 16;
const sectorSize = 512;
const zeroSector = Buffer.alloc(sectorSize);

export interface LogCheck {
  /** The first byte that is not part of a whole record: the length of the file when there is none. */
  end: number;
  /** Why the rest is not simply what a crash left; undefined when it is, or there is no rest. */
  damage: string | undefined;
}

/** Looks at what the records of a log hold, one after the other: what is wrong with this one, if anything. */
export interface ContentCheck {
  next(record: Buffer): string | undefined;
}

/** Reads a log from its start. */
export function checkLog(bytes: Buffer, contents?: ContentCheck): LogCheck {
  const written = writtenEnd(bytes);
  let end = 0;
  let at = 0;
  let fragments: Buffer[] = [];
  const damaged = (damage: string | undefined): LogCheck => ({ end, damage });

  for (;;) {
    const left = blockSize - (at % blockSize);
    if (left < headerSize) at += left;
    // A split record whose other parts are missing is unfinished as well.
    if (at >= bytes.length) return fragments.length > 0 ? damaged(undefined) : { end: bytes.length, damage: undefined };
    const isSplit = fragments.length > 0;
    const record = readRecord(bytes, at, written);
    if (record === 'torn') return damaged(undefined);
    if (typeof record === 'string') return damaged(record);
    if (isSplit !== (record.type === types.middle || record.type === types.last)) {
      return damaged('a part of a record is missing');
    }
    fragments.push(record.payload);
    at += headerSize + record.payload.length;
    if (record.type === types.full || record.type === types.last) {
      const wrong = contents?.next(Buffer.concat(fragments));
      if (wrong) return damaged(wrong);
      fragments = [];
      end = at;
    }
  }
}

/** The record at an offset; `torn` when a crash can have left it, otherwise what is wrong with it. */
function readRecord(bytes: Buffer, at: number, written: number): { type: number; payload: Buffer } | 'torn' | string {
  const blockEnd = at - (at % blockSize) + blockSize;
  const available = Math.min(bytes.length, blockEnd) - at;
  if (available < headerSize || written < at + headerSize) return 'torn';
  const length = bytes.readUInt16LE(at + 4);
  const type = bytes[at + 6]!;
  if (type === 0 && length === 0) {
    return beginsWrite(bytes, at, written) ? 'zeros where a record should be' : 'torn';
  }
  const end = at + headerSize + length;
  if (headerSize + length > available) {
    if (bytes.length > blockEnd) return 'the length of a record is wrong';
    return isCutOff(bytes, at, bytes.length) ? 'torn' : 'the length of a record is wrong, because others follow it';
  }
  if (!isIntact(bytes, at, end)) {
    const torn =
      (written + tornZeros <= end && isCutOff(bytes, at, written)) ||
      (hasZeroSector(bytes, at, Math.min(end, written)) && !isFollowed(bytes, type, end, written));
    return torn ? 'torn' : 'the checksum of a record is wrong';
  }
  if (type < types.full || type > types.last) return `a record of the unknown type ${type}`;
  return { type, payload: bytes.subarray(at + headerSize, end) };
}

/** Where the zeros begin that go up to the end. */
export function writtenEnd(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}

/**
 * Whether what was written is the start of one record only: not one that fits but for its length, nor others behind it.
 */
function isCutOff(bytes: Buffer, at: number, written: number): boolean {
  for (let end = written; end <= Math.min(written + tornZeros, bytes.length); end++) {
    if (isIntact(bytes, at, end)) return false;
  }
  return !holdsRecord(bytes, at + 1, written, [types.full, types.first, types.middle, types.last]);
}

/**
 * Whether another write comes behind a record: then its own was whole when it was written. Behind the last record of a write there
 * is nothing else; behind another there are records of the same write.
 */
const isFollowed = (bytes: Buffer, type: number, end: number, written: number): boolean =>
  type === types.full || type === types.last ? end < written : beginsWrite(bytes, end, written);

/** Whether another write begins behind. */
const beginsWrite = (bytes: Buffer, from: number, written: number): boolean =>
  holdsRecord(bytes, from, written, [types.full, types.first]);

/** Whether an intact record of one of these types is anywhere, at whatever offset. */
function holdsRecord(bytes: Buffer, from: number, written: number, wanted: number[]): boolean {
  for (let at = from; at + headerSize <= written; at++) {
    if (!wanted.includes(bytes[at + 6]!)) continue;
    const length = bytes.readUInt16LE(at + 4);
    const end = at + headerSize + length;
    if (length > 0 && end <= bytes.length && isIntact(bytes, at, end)) return true;
  }
  return false;
}

/** Disks write whole sectors. When power fails, one of them may be missing while later ones are there. */
function hasZeroSector(bytes: Buffer, from: number, to: number): boolean {
  for (let at = Math.ceil(from / sectorSize) * sectorSize; at + sectorSize <= to; at += sectorSize) {
    if (zeroSector.equals(bytes.subarray(at, at + sectorSize))) return true;
  }
  return false;
}

const isIntact = (bytes: Buffer, at: number, end: number): boolean =>
  isMasked(bytes.readUInt32LE(at), bytes.subarray(at + 6, end));
