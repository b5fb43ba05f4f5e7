/**
 * HTTP/2 frames. Everything on a connection is one: nine bytes of header, then the payload.
 *
 *     00 00 08   06     00      00 00 00 00   01 02 03 04 05 06 07 08
 *     length 8   PING   flags   stream 0      payload
 *
 * The reader hands out payloads as a range of the bytes that arrived, without copying; only a frame that is split over
 * two reads of the socket is put together in a buffer of its own.
 *
 * Upstream: RFC 9113, sections 4 and 6
 */
import { frameSizeError, protocolError } from './error.ts';

export const frameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const frameFlag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const frameHeaderBytes = 9;

/** What a client sends before its first frame. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Writes a frame's header at an offset. The offset after it. */
export function writeFrameHeader(
  bytes: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  bytes[at] = length >>> 16;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  return bytes.writeUInt32BE(streamId, at + 5);
}

/** One frame as bytes. */
export function encodeFrame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.of()): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + payload.length);
  bytes.set(payload, writeFrameHeader(bytes, 0, payload.length, type, flags, streamId));
  return bytes;
}

/** Where the payload of a padded frame ends. Its first byte says how much padding there is; the payload is after it. */
export function endOfPadded(bytes: Buffer, start: number, end: number): number {
  if (start === end) throw frameSizeError('a padded frame without the length of its padding');
  const padding = bytes[start]!;
  if (padding > end - start - 1) throw protocolError(`padding of ${padding} bytes in a payload of ${end - start}`);
  return end - padding;
}

/** Called with each frame: its payload is `bytes` from `start` to `end`, and stays what it is. */
export type FrameHandler = (
  type: number,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

export class FrameReader {
  readonly #maxLength: number;
  readonly #onFrame: FrameHandler;
  /** The frame that is split over reads, as far as it is there. */
  #partial = Buffer.allocUnsafe(frameHeaderBytes);
  #filled = 0;
  #isStopped = false;

  constructor(maxLength: number, onFrame: FrameHandler) {
    this.#maxLength = maxLength;
    this.#onFrame = onFrame;
  }

  /** To be called by the handler: `push` returns after this frame. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Takes what arrived; how much of it, which is all unless the handler stopped it. Throws what the handler throws, and
   * a ConnectionError for a frame that is too long.
   */
  push(chunk: Buffer): number {
    this.#isStopped = false;
    let at = 0;
    while (at < chunk.length && !this.#isStopped) {
      if (this.#filled > 0) at = this.#complete(chunk, at);
      else {
        const end = this.#endOfFrame(chunk, at);
        if (end <= chunk.length) this.#emit(chunk, at, end);
        else this.#keep(chunk, at);
        at = Math.min(end, chunk.length);
      }
    }
    return at;
  }

  /** Beyond the end of the chunk, also when not even the header is all there. */
  #endOfFrame(chunk: Buffer, at: number): number {
    if (chunk.length - at < frameHeaderBytes) return Number.POSITIVE_INFINITY;
    return at + this.#sizeAt(chunk, at);
  }

  #sizeAt(bytes: Buffer, at: number): number {
    const length = bytes.readUIntBE(at, 3);
    if (length > this.#maxLength) throw frameSizeError(`a frame of ${length} bytes: at most ${this.#maxLength}`);
    return frameHeaderBytes + length;
  }

  #keep(chunk: Buffer, at: number): void {
    const isHeaderThere = chunk.length - at >= frameHeaderBytes;
    this.#partial = Buffer.allocUnsafe(isHeaderThere ? this.#sizeAt(chunk, at) : frameHeaderBytes);
    this.#filled = chunk.copy(this.#partial, 0, at);
  }

  #complete(chunk: Buffer, from: number): number {
    let at = from + this.#fill(chunk, from);
    if (this.#filled === frameHeaderBytes && this.#partial.length === frameHeaderBytes) {
      const whole = Buffer.allocUnsafe(this.#sizeAt(this.#partial, 0));
      this.#partial.copy(whole);
      this.#partial = whole;
      at += this.#fill(chunk, at);
    }
    if (this.#filled === this.#partial.length) {
      this.#filled = 0;
      this.#emit(this.#partial, 0, this.#partial.length);
    }
    return at;
  }

  #fill(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#partial, this.#filled, at);
    this.#filled += copied;
    return copied;
  }

  #emit(bytes: Buffer, at: number, end: number): void {
    // The highest bit of a stream's number is reserved.
    const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    this.#onFrame(bytes[at + 3]!, bytes[at + 4]!, streamId, bytes, at + frameHeaderBytes, end);
  }
}

/** The payload of many a frame. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
