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

const headerSize = 12;
const records = recordBounds(0, Number.MAX_SAFE_INTEGER - 1);

export class BatchCheck {
  /** The newest revision that the batches so far have written. */
  newestRevision: number | undefined;
  #nextSequence: number | undefined;
  #batch: Buffer = Buffer.alloc(0);
  #at = 0;

  /** What is wrong with the next batch, if anything. */
  next(batch: Buffer): string | undefined {
    if (batch.length < headerSize) return 'a write is incomplete';
    const sequence = batch.readUInt32LE(0) + batch.readUInt32LE(4) * 2 ** 32;
    const count = batch.readUInt32LE(8);
    if (this.#nextSequence !== undefined && sequence !== this.#nextSequence)
      return 'writes are missing before this one';
    this.#batch = batch;
    this.#at = headerSize;
    const newest = this.#operations(count);
    if (newest === undefined || this.#at !== batch.length) return 'a write is incomplete';
    this.#nextSequence = sequence + count;
    if (newest > 0) this.newestRevision = newest;
    return undefined;
  }

  /** The newest revision among so many operations, 0 when they write no record; undefined when there are fewer. */
  #operations(count: number): number | undefined {
    let newest = 0;
    for (let i = 0; i < count; i++) {
      const isPut = this.#batch[this.#at++] === 1;
      const key = this.#bytes();
      if (!key || (isPut && !this.#bytes())) return undefined;
      if (isPut && key.compare(records.gte) >= 0 && key.compare(records.lt) < 0) newest = parseRecordKey(key).revision;
    }
    return newest;
  }

  #bytes(): Buffer | undefined {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#batch[this.#at++];
      if (byte === undefined) return undefined;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    this.#at += length;
    return this.#at <= this.#batch.length ? this.#batch.subarray(this.#at - length, this.#at) : undefined;
  }
}
