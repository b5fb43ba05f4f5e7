/**
 * Decodes header blocks of one connection. A block is a sequence of fields; the first bits say how each is written:
 *
 *     1xxxxxxx   both name and value from the table         82                 :method GET
 *     01xxxxxx   written out, to be remembered              41 03 61 3a 31     :authority a:1
 *     0000xxxx   written out (0001: never to be remembered)
 *     001xxxxx   the client limits the table, before the first field only
 *
 * where xxx is the index of the name, 0 for a name that is written out too. Blocks must be decoded in the order of their
 * arrival, each to its end, because each may change the table.
 *
 * Upstream: RFC 7541
 */
import { compressionError } from './error.ts';
import { type HeaderField, HpackTable, headerField, sizeOf } from './hpack-table.ts';
import { decodeHuffman } from './huffman.ts';
import { limits } from './limits.ts';

/** Beyond any length or index that could be meant. */
const maxInteger = 2 ** 24;

export class HpackDecoder {
  readonly #table = new HpackTable(limits.headerTableBytes);
  #bytes: Buffer = Buffer.of();
  #at = 0;
  #end = 0;

  /** The fields of the block; undefined when they are more than the limit. Throws when the block is malformed. */
  decode(bytes: Buffer, start: number, end: number): HeaderField[] | undefined {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#readTableSizes();
    const fields: HeaderField[] = [];
    let size = 0;
    while (this.#at < this.#end) {
      const field = this.#readField();
      size += sizeOf(field);
      if (size <= limits.headerListBytes) fields.push(field);
    }
    this.#bytes = Buffer.of();
    return size <= limits.headerListBytes ? fields : undefined;
  }

  #readTableSizes(): void {
    while (this.#at < this.#end && this.#bytes[this.#at]! >>> 5 === 0b001) {
      const size = this.#readInteger(5);
      if (size > limits.headerTableBytes) {
        throw compressionError(`a header table of ${size} bytes: at most ${limits.headerTableBytes}`);
      }
      this.#table.resize(size);
    }
  }

  #readField(): HeaderField {
    const first = this.#bytes[this.#at]!;
    if (first & 0x80) return this.#table.at(this.#readInteger(7));
    if (first & 0x40) {
      const field = this.#readLiteral(6);
      this.#table.add(field);
      return field;
    }
    if (first & 0x20) throw compressionError('a change of the header table after a field');
    return this.#readLiteral(4);
  }

  #readLiteral(prefixBits: number): HeaderField {
    const index = this.#readInteger(prefixBits);
    const name = index > 0 ? this.#table.at(index).name : this.#readString();
    return headerField(name, this.#readString());
  }

  #readString(): string {
    const isHuffman = this.#at < this.#end && (this.#bytes[this.#at]! & 0x80) !== 0;
    const length = this.#readInteger(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw compressionError('a header that goes beyond its block');
    return isHuffman ? decodeHuffman(this.#bytes, start, this.#at) : this.#bytes.toString('latin1', start, this.#at);
  }

  /** The rest of the byte, and when that is all ones, seven bits a byte more, lowest first: 1f 9a 0a is 1337 of 5. */
  #readInteger(prefixBits: number): number {
    if (this.#at >= this.#end) throw compressionError('a header block that ends within a field');
    const mask = (1 << prefixBits) - 1;
    let value = this.#bytes[this.#at++]! & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= this.#end) throw compressionError('a header block that ends within a number');
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (value > maxInteger || shift > 28) throw compressionError('a header with too large a number');
      if (!(byte & 0x80)) return value;
    }
  }
}
