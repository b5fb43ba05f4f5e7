/**
 * Checks LevelDB's tables. LevelDB has a checksum for every block of a table, and our binding to it has no way to ask that they
 * be looked at: what it reads from a damaged block is wrong, or ends the process in the middle of a call. Our own checksums
 * find the first; the second is found here, when a store was not stopped properly.
 *
 * A table is blocks, each `<contents> <packed: 1> <crc32c, masked: 4>`, and at its end `<metaindex> <index> ... <magic: 8>`,
 * where those are the places of two blocks whose entries name all the others. A place is two varints, offset and size. An
 * entry is `<shared> <rest> <size> <rest of the key> <value>`; the places of the entries stand behind them, four bytes each,
 * and their number.
 *
 * Upstream: github.com/google/leveldb, doc/table_format.md
 */
import { readFileSync } from 'node:fs';
import { LevelDbBytes } from './leveldb-bytes.ts';
import { isMasked } from './leveldb-checksum.ts';
import { unpackSnappy } from './snappy.ts';

const footerSize = 48;
const magic = Buffer.from('57fb808b247547db', 'hex');

interface Place {
  offset: number;
  size: number;
}

/** What is wrong with a table, if anything. */
export function checkTable(path: string): string | undefined {
  const bytes = readFileSync(path);
  if (bytes.length < footerSize || !bytes.subarray(-magic.length).equals(magic)) return `${path} has no end`;
  const footer = new LevelDbBytes(bytes, bytes.length - footerSize);
  for (const list of [readPlace(footer), readPlace(footer)]) {
    if (!isIntact(bytes, list)) return damageAt(path, list);
    for (const place of listed(contentsOf(bytes, list))) if (!isIntact(bytes, place)) return damageAt(path, place);
  }
  return undefined;
}

const damageAt = (path: string, { offset }: Place): string =>
  `${path} at byte ${offset}: the checksum of a block is wrong`;

function readPlace(bytes: LevelDbBytes): Place {
  const offset = bytes.number();
  return { offset, size: bytes.number() };
}

function isIntact(bytes: Buffer, { offset, size }: Place): boolean {
  const end = offset + size + 1;
  return end + 4 <= bytes.length && isMasked(bytes.readUInt32LE(end), bytes.subarray(offset, end));
}

function contentsOf(bytes: Buffer, { offset, size }: Place): Buffer {
  const contents = bytes.subarray(offset, offset + size);
  return bytes[offset + size] === 0 ? contents : unpackSnappy(contents);
}

/** The places in an intact block of places. */
function* listed(block: Buffer): Generator<Place> {
  const restarts = block.readUInt32LE(block.length - 4);
  const entries = new LevelDbBytes(block.subarray(0, block.length - 4 * (restarts + 1)));
  while (!entries.atEnd) {
    entries.number();
    const rest = entries.number();
    const size = entries.number();
    entries.take(rest);
    yield readPlace(new LevelDbBytes(entries.take(size)));
  }
}
