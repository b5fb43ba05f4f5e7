/**
 * Header blocks of SPDY/3: a list of names and values, compressed with one zlib stream a direction that lasts as long as
 * the connection.
 *
 * Every block ends at a byte (a sync flush), so a block is read by itself, with what came before it as the dictionary. What
 * we write is not compressed, only wrapped: our blocks are small, and a stored block needs no state.
 *
 * Specification: SPDY Protocol, draft 3.1, section 2.6.10
 */
import { constants, inflateRawSync } from 'node:zlib';
import { dictionary } from './dictionary.ts';

export type Headers = Record<string, string>;

/** How far back a compressed block may refer. */
const windowBytes = 32 * 1024;
const maxHeaderBytes = 64 * 1024;
const maxStoredBytes = 0xffff;

/** Compression method, no level, preset dictionary: the sum of it is a multiple of 31. */
const zlibHeader = 0x7820;
const presetDictionary = 0x20;
const zlibHeaderBytes = 6;

/** A stored block of no bytes, at which readers hand on what they have. */
const syncFlush = Buffer.from([0, 0, 0, 0xff, 0xff]);

const dictionaryId = adler32(dictionary);

function adler32(bytes: Buffer): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** Reads the blocks of one direction, in the order in which they came. */
export class HeaderReader {
  #window = dictionary;
  #begun = false;

  /** Throws on what is not a header block. */
  read(block: Buffer): Headers {
    const plain = inflateRawSync(this.#begun ? block : withoutZlibHeader(block), {
      dictionary: this.#window,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxHeaderBytes,
    });
    this.#begun = true;
    this.#window = Buffer.concat([this.#window, plain]).subarray(-windowBytes);
    return parse(plain);
  }
}

function withoutZlibHeader(block: Buffer): Buffer {
  if (block.length < zlibHeaderBytes || block.readUInt16BE(0) % 31 !== 0 || (block[1]! & presetDictionary) === 0)
    throw new Error('the header block does not begin a zlib stream with a dictionary');
  if (block.readUInt32BE(2) !== dictionaryId) throw new Error('the header block needs another dictionary');
  return block.subarray(zlibHeaderBytes);
}

/** Names and values of one block. A name may have several values, which are joined as HTTP does. */
function parse(plain: Buffer): Headers {
  let at = 0;
  const number = (): number => {
    if (at + 4 > plain.length) throw new Error('the header block ends too early');
    at += 4;
    return plain.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > plain.length) throw new Error('the header block ends too early');
    at += length;
    return plain.toString('latin1', at - length, at);
  };
  const headers: Headers = Object.create(null) as Headers;
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    headers[name] = text().replaceAll('\0', ', ');
  }
  return headers;
}

/** Writes the blocks of one direction, in the order in which they are sent. */
export class HeaderWriter {
  #begun = false;

  /** The block of those headers. Names are sent in lower case, as the protocol demands. */
  write(headers: Headers): Buffer {
    const parts: Buffer[] = [uint32(Object.keys(headers).length)];
    for (const [name, value] of Object.entries(headers))
      for (const text of [name.toLowerCase(), value]) parts.push(uint32(Buffer.byteLength(text)), Buffer.from(text));
    const plain = Buffer.concat(parts);
    if (plain.length > maxStoredBytes) throw new Error('the headers are too long');
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(plain.length, 1);
    stored.writeUInt16LE(~plain.length & 0xffff, 3);
    const first = Buffer.alloc(zlibHeaderBytes);
    first.writeUInt16BE(zlibHeader, 0);
    first.writeUInt32BE(dictionaryId, 2);
    const block = Buffer.concat([...(this.#begun ? [] : [first]), stored, plain, syncFlush]);
    this.#begun = true;
    return block;
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
