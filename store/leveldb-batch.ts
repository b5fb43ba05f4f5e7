/**
 * Checks the batches that a LevelDB log holds: that each is complete, and that none is missing between two.
 *
 * A batch is `<sequence number: 8> <count: 4>` and so many operations: `<1> <key> <value>` for a put, `<0> <key>` for a
 * deletion. Numbers are little-endian; keys and values have their length before them, as a varint. Each operation takes one
 * sequence number.
 *
 * Upstream: github.com/google/leveldb, db/write_batch.cc
 */
import { parseRecordKey, recordBounds } from './layout.ts';
import { LevelDbBytes } from './leveldb-bytes.ts';

const headerSize = 12;
const records = recordBounds(0, Number.MAX_SAFE_INTEGER - 1);

export class BatchCheck {
  /** The newest revision that the batches so far have written. */
  newestRevision: number | undefined;
  #nextSequence: number | undefined;

  /** What is wrong with the next batch, if anything. */
  next(batch: Buffer): string | undefined {
    if (batch.length < headerSize) return 'a write is incomplete';
    const sequence = batch.readUInt32LE(0) + batch.readUInt32LE(4) * 2 ** 32;
    const count = batch.readUInt32LE(8);
    if (this.#nextSequence !== undefined && sequence !== this.#nextSequence)
      return 'writes are missing before this one';
    const bytes = new LevelDbBytes(batch, headerSize);
    const newest = newestOf(bytes, count);
    if (bytes.overran || !bytes.atEnd) return 'a write is incomplete';
    this.#nextSequence = sequence + count;
    if (newest > 0) this.newestRevision = newest;
    return undefined;
  }
}

/** The newest revision among so many operations, 0 when they write no record. */
function newestOf(bytes: LevelDbBytes, count: number): number {
  let newest = 0;
  for (let i = 0; i < count && !bytes.overran; i++) {
    const isPut = bytes.byte() === 1;
    const key = bytes.bytes();
    if (!isPut) continue;
    bytes.bytes();
    if (!bytes.overran && key.compare(records.gte) >= 0 && key.compare(records.lt) < 0)
      newest = parseRecordKey(key).revision;
  }
  return newest;
}
