/**
 * A snapshot as bytes: what `Maintenance.Snapshot` sends and what `snapshot save`, or `etcdctl snapshot save`, writes.
 *
 *     "minik store snapshot 1\n"
 *     <key length: 4 bytes> <value length: 4 bytes> <key> <value>     every entry of the database (layout.ts), in order
 *     ...
 *     zeros, at least 8, up to a multiple of 512 bytes                a key length of 0: the end
 *     <sha256 of everything before: 32 bytes>
 *
 * Numbers are big-endian. The padding is for etcd's clients, which take a file of 512 n + 32 bytes as one that has its
 * checksum. An etcd snapshot is another format (a bbolt database): neither can restore the other's.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

export type Entry = [key: Buffer, value: Buffer];

const magic = Buffer.from('minik store snapshot 1\n');
const lengthsSize = 8;
const padTo = 512;
/** Pieces that the bytes are sent in. */
const chunkSize = 64 * 1024;
const checksumSize = 32;

/** What is wrong with a file that should be a snapshot. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/** The bytes without the checksum, in chunks of 64 KiB at most, whose last ends at a multiple of 512. */
export async function* encodeSnapshot(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer, void, void> {
  let pending: Buffer[] = [magic];
  let size = magic.length;
  let total = size;
  const add = (...pieces: Buffer[]): void => {
    for (const piece of pieces) {
      pending.push(piece);
      size += piece.length;
      total += piece.length;
    }
  };
  function* full(least: number): Generator<Buffer, void, void> {
    if (size < least) return;
    const bytes = Buffer.concat(pending);
    let at = 0;
    for (; bytes.length - at >= least; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
    pending = [bytes.subarray(at)];
    size = bytes.length - at;
  }
  for await (const [key, value] of entries) {
    const lengths = Buffer.allocUnsafe(lengthsSize);
    lengths.writeUInt32BE(key.length, 0);
    lengths.writeUInt32BE(value.length, 4);
    add(lengths, key, value);
    yield* full(chunkSize);
  }
  const unpadded = total + lengthsSize;
  add(Buffer.alloc(lengthsSize + ((padTo - (unpadded % padTo)) % padTo)));
  yield* full(1);
}

/**
 * The entries of a snapshot, from its bytes in pieces of any size. Whether the checksum fits is another question
 * (`checkSnapshot`), which should have been asked before.
 */
export async function* decodeSnapshot(chunks: AsyncIterable<Buffer>): AsyncGenerator<Entry, void, void> {
  const reader = new ChunkReader(chunks);
  const start = await reader.read(magic.length);
  if (!start?.equals(magic))
    throw new SnapshotError('not a snapshot of this store (those of etcd itself are for etcdutl)');
  const read = async (size: number): Promise<Buffer> => {
    const bytes = await reader.read(size);
    if (!bytes) throw new SnapshotError('the snapshot is cut short');
    return bytes;
  };
  for (;;) {
    const lengths = await read(lengthsSize);
    const keyLength = lengths.readUInt32BE(0);
    if (keyLength === 0) return;
    const key = await read(keyLength);
    yield [key, await read(lengths.readUInt32BE(4))];
  }
}

/** The entries of a snapshot file, whose checksum is compared first. */
export async function* readSnapshotFile(path: string, { verify = true } = {}): AsyncGenerator<Entry, void, void> {
  if (verify) await checkSnapshot(path);
  yield* decodeSnapshot(createReadStream(path) as AsyncIterable<Buffer>);
}

/** Reads a file once and throws `SnapshotError` when its checksum is missing or is not that of the rest. */
export async function checkSnapshot(path: string): Promise<void> {
  const { size } = await stat(path);
  if (size % padTo !== checksumSize) throw new SnapshotError('the snapshot is cut short: its checksum is missing');
  const sha256 = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: size - checksumSize - 1 })) sha256.update(chunk as Buffer);
  const actual = sha256.digest();
  let expected = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start: size - checksumSize })) {
    expected = Buffer.concat([expected, chunk as Buffer]);
  }
  if (!actual.equals(expected)) {
    const [want, got] = [expected, actual].map((digest) => digest.toString('hex'));
    throw new SnapshotError(`the snapshot is cut short or was altered: expected sha256 ${want}, got ${got}`);
  }
}

/** Reads counted bytes from pieces of any size. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Undefined when there are not so many. */
  async read(size: number): Promise<Buffer | undefined> {
    while (this.#bytes.length - this.#at < size) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), value]);
      this.#at = 0;
    }
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}
