/**
 * The wire level of protobuf: varints, tags and length-delimited bytes. Used by `protobuf.ts` and
 * `parse-protobuf.ts` only.
 *
 * The writer fills its buffer from the end towards the start, so the length of a nested message is known when its
 * prefix is written and no second pass is needed:
 *
 *     { a: 1, b: { c: 2 } }   writes   10 02 | 02 (length) 12 (tag b) | 01 08 (a)   right to left
 */
import { isUtf8 } from 'node:buffer';

/** The input is not a message of the expected form. */
export class ProtobufError extends Error {
  readonly code = 'PROTOBUF_MALFORMED';
  override readonly name = 'ProtobufError';
}

export const wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** Nesting beyond this is refused, so that no input can exhaust the stack. etcd's 128 txns in one another are 256 messages. */
const maxDepth = 300;

const two32 = 4294967296;

/** Where a bigint is put together from its halves, and taken apart. */
const scratch = new DataView(new ArrayBuffer(8));

export class Reader {
  readonly #buffer: Buffer;
  #position = 0;
  #end: number;
  #depth = 0;
  // The halves of the varint read last.
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  get done(): boolean {
    return this.#position >= this.#end;
  }

  error(reason: string): ProtobufError {
    return new ProtobufError(`malformed protobuf at byte ${this.#position}: ${reason}`);
  }

  fail(reason: string): never {
    throw this.error(reason);
  }

  tag(): number {
    const byte = this.#buffer[this.#position];
    if (byte !== undefined && byte < 0x80 && byte >= 8 && this.#position < this.#end) {
      this.#position++;
      return byte;
    }
    const tag = this.unsignedVarint();
    if (tag < 8 || tag >= two32) throw this.error(`tag ${tag} is out of range`);
    return tag;
  }

  /** A signed 64-bit number. */
  varint(): number {
    const byte = this.#buffer[this.#position];
    if (byte !== undefined && byte < 0x80 && this.#position < this.#end) {
      this.#position++;
      return byte;
    }
    this.#readVarint();
    return (this.#high | 0) * two32 + this.#low;
  }

  unsignedVarint(): number {
    const byte = this.#buffer[this.#position];
    if (byte !== undefined && byte < 0x80 && this.#position < this.#end) {
      this.#position++;
      return byte;
    }
    this.#readVarint();
    return this.#high * two32 + this.#low;
  }

  bigVarint(signed: boolean): bigint {
    this.#readVarint();
    if (this.#high === 0) return BigInt(this.#low);
    scratch.setUint32(0, this.#high);
    scratch.setUint32(4, this.#low);
    return signed ? scratch.getBigInt64(0) : scratch.getBigUint64(0);
  }

  #readVarint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.#end) throw this.error('a number is cut off');
      const byte = this.#buffer[this.#position++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw this.error('a number is longer than 10 bytes');
  }

  /** Length-delimited bytes, as a view. */
  bytes(): Buffer {
    const start = this.#delimited();
    return this.#buffer.subarray(start, this.#position);
  }

  /** Length-delimited bytes as text. */
  text(): string {
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw this.error('text is not UTF-8');
    return bytes.toString('utf8');
  }

  /** Goes into the length-delimited value that starts here: it is what there is to read until `leave`. */
  enter(): number {
    const start = this.#delimited();
    const outer = this.#end;
    if (++this.#depth > maxDepth) throw this.error('nested too deeply');
    this.#end = this.#position;
    this.#position = start;
    return outer;
  }

  /** Goes on after the value; takes what `enter` returned. */
  leave(outer: number): void {
    this.#position = this.#end;
    this.#depth--;
    this.#end = outer;
  }

  /** Runs `read` inside the length-delimited value that starts here. */
  nested<T>(read: () => T): T {
    const outer = this.enter();
    const value = read();
    this.leave(outer);
    return value;
  }

  /** Steps over the length and its bytes; the start of the bytes. */
  #delimited(): number {
    const length = this.unsignedVarint();
    if (length > this.#end - this.#position) throw this.error(`${length} bytes are announced and fewer follow`);
    const start = this.#position;
    this.#position += length;
    return start;
  }

  /** A number of eight bytes. */
  double(): number {
    const start = this.#position;
    this.#advance(8);
    return new DataView(this.#buffer.buffer, this.#buffer.byteOffset + start, 8).getFloat64(0, true);
  }

  skip(wireType: number): void {
    if (wireType === wire.varint) this.#readVarint();
    else if (wireType === wire.bytes) this.#delimited();
    else if (wireType === wire.fixed64) this.#advance(8);
    else if (wireType === wire.fixed32) this.#advance(4);
    else if (wireType === wire.groupStart) this.#skipGroup();
    else throw this.error(`wire type ${wireType} is not supported`);
  }

  #skipGroup(): void {
    if (++this.#depth > maxDepth) throw this.error('nested too deeply');
    for (let wireType = this.tag() & 7; wireType !== wire.groupEnd; wireType = this.tag() & 7) this.skip(wireType);
    this.#depth--;
  }

  #advance(count: number): void {
    if (count > this.#end - this.#position) throw this.error('a number is cut off');
    this.#position += count;
  }
}

/** The buffer that encoding fills, kept between messages. */
const initialSize = 64 * 1024;
/** A buffer that grew beyond this for one message is given back. */
const keptSize = 4 * 1024 * 1024;
/** Messages from this size on have memory of their own: Node takes smaller buffers out of 64 KB, all of which stay as long as one of them. */
const ownSize = 2 * 1024;

export class Writer {
  static readonly #shared = new Writer();
  #buffer = Buffer.allocUnsafeSlow(initialSize);
  #position = initialSize;

  /** The bytes that `write` writes. Encoding is synchronous, so one buffer serves all of it. */
  static run(write: (writer: Writer) => void): Buffer {
    const writer = Writer.#shared;
    writer.#position = writer.#buffer.length;
    write(writer);
    const { size } = writer;
    const result = size < ownSize ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
    writer.#buffer.copy(result, 0, writer.#position);
    if (writer.#buffer.length > keptSize) writer.#buffer = Buffer.allocUnsafeSlow(initialSize);
    return result;
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  varint(value: number): void {
    if (value >= 0 && value < 0x80) {
      this.#reserve(1);
      this.#buffer[--this.#position] = value;
      return;
    }
    this.#writeVarint(value >>> 0, Math.floor(value / two32) >>> 0);
  }

  bigVarint(value: bigint): void {
    scratch.setBigInt64(0, value);
    this.#writeVarint(scratch.getUint32(4), scratch.getUint32(0));
  }

  #writeVarint(low: number, high: number): void {
    this.#reserve(10);
    const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
    const size = Math.max(1, Math.ceil(bits / 7));
    this.#position -= size;
    for (let i = 0; i < size; i++) {
      this.#buffer[this.#position + i] = (low & 0x7f) | (i < size - 1 ? 0x80 : 0);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
  }

  /** Length and bytes. */
  bytes(value: Uint8Array | string): void {
    if (typeof value !== 'string') {
      this.raw(value);
      this.varint(value.length);
      return;
    }
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#position -= length;
    this.#buffer.write(value, this.#position, length);
    this.varint(length);
  }

  /** Bytes without a length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#position -= value.length;
    this.#buffer.set(value, this.#position);
  }

  /** How many bytes are written. */
  get size(): number {
    return this.#buffer.length - this.#position;
  }

  /** Writes how many bytes were written since `size` was `before`. */
  length(before: number): void {
    this.varint(this.size - before);
  }

  #reserve(count: number): void {
    if (this.#position >= count) return;
    const used = this.#buffer.length - this.#position;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, used + count + initialSize));
    this.#buffer.copy(grown, grown.length - used, this.#position);
    this.#position = grown.length - used;
    this.#buffer = grown;
  }
}
