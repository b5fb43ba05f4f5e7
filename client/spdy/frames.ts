/**
 * Frames of SPDY/3.1: bytes to frames and back. Header blocks stay compressed here; `session.ts` reads them.
 *
 *     data     0, stream (31 bits) | flags (8), length (24) | bytes
 *     control  1, version 3 (15), type (16) | flags (8), length (24) | what the type has
 *
 * Specification: SPDY Protocol, draft 3.1, section 2.6
 */
export type Frame =
  /** A long data frame arrives in pieces, of which only the last may be `fin`. */
  | { type: 'data'; stream: number; fin: boolean; data: Buffer }
  | { type: 'synStream'; stream: number; fin: boolean; block: Buffer }
  | { type: 'synReply'; stream: number; fin: boolean; block: Buffer }
  | { type: 'headers'; stream: number; fin: boolean; block: Buffer }
  | { type: 'reset'; stream: number; status: number }
  | { type: 'ping'; id: number }
  | { type: 'goAway'; lastStream: number; status: number }
  /** Settings, window updates and what later drafts have: known, and of no consequence here. */
  | { type: 'other' };

export const resetStatus = { protocolError: 1, refusedStream: 3, cancel: 5, internalError: 6 } as const;
export const goAwayStatus = { ok: 0, protocolError: 1 } as const;

const version = 3;
const types = { synStream: 1, synReply: 2, reset: 3, ping: 6, goAway: 7, headers: 8 } as const;
const flagFin = 1;
const controlBit = 0x8000;
const streamMask = 0x7fffffff;
const headerBytes = 8;
/** A control frame is held until it is whole, so it may not be as long as it likes. */
const maxControlBytes = 64 * 1024;

const empty = Buffer.alloc(0);

/** Cuts what arrives into frames. */
export class FrameReader {
  #held = empty;
  /** The data frame whose bytes are arriving. */
  #data: { stream: number; fin: boolean; left: number } | undefined;

  /** The frames that those bytes complete. Throws on what is not SPDY/3. */
  *push(chunk: Buffer): Generator<Frame> {
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = empty;
    for (;;) {
      if (this.#data) {
        const { stream, fin, left } = this.#data;
        if (left > 0 && bytes.length === 0) return;
        const data = bytes.subarray(0, left);
        bytes = bytes.subarray(data.length);
        const whole = data.length === left;
        this.#data = whole ? undefined : { stream, fin, left: left - data.length };
        yield { type: 'data', stream, fin: fin && whole, data };
        continue;
      }
      if (bytes.length < headerBytes) break;
      const word = bytes.readUInt32BE(0);
      const flags = bytes[4]!;
      const length = bytes.readUIntBE(5, 3);
      if (bytes.readUInt16BE(0) < controlBit) {
        this.#data = { stream: word & streamMask, fin: (flags & flagFin) !== 0, left: length };
        bytes = bytes.subarray(headerBytes);
        continue;
      }
      if ((bytes.readUInt16BE(0) & ~controlBit) !== version) throw new Error('the frame is not one of SPDY/3');
      if (length > maxControlBytes) throw new Error(`the frame is too long: ${length} bytes`);
      if (bytes.length < headerBytes + length) break;
      yield control(word & 0xffff, (flags & flagFin) !== 0, bytes.subarray(headerBytes, headerBytes + length));
      bytes = bytes.subarray(headerBytes + length);
    }
    // A copy, so that a few bytes do not keep a large chunk.
    this.#held = Buffer.from(bytes);
  }
}

/** The place of the header block, behind stream, associated stream, priority and slot. */
const synStreamBlock = 10;

function control(type: number, fin: boolean, body: Buffer): Frame {
  const number = (at: number): number => {
    if (at + 4 > body.length) throw new Error(`the frame of type ${type} ends too early`);
    return body.readUInt32BE(at) & streamMask;
  };
  switch (type) {
    case types.synStream:
      number(4);
      return { type: 'synStream', stream: number(0), fin, block: body.subarray(synStreamBlock) };
    case types.synReply:
      return { type: 'synReply', stream: number(0), fin, block: body.subarray(4) };
    case types.headers:
      return { type: 'headers', stream: number(0), fin, block: body.subarray(4) };
    case types.reset:
      return { type: 'reset', stream: number(0), status: number(4) };
    case types.ping:
      return { type: 'ping', id: number(0) };
    case types.goAway:
      return { type: 'goAway', lastStream: number(0), status: number(4) };
    default:
      return { type: 'other' };
  }
}

/** The head of a data frame; its bytes follow. */
export function dataHead(stream: number, length: number, fin: boolean): Buffer {
  const head = Buffer.alloc(headerBytes);
  head.writeUInt32BE(stream, 0);
  head[4] = fin ? flagFin : 0;
  head.writeUIntBE(length, 5, 3);
  return head;
}

/** The most that one data frame carries. */
export const maxDataBytes = 0xffffff;

function controlFrame(type: number, flags: number, ...body: (number | Buffer)[]): Buffer {
  const parts = body.map((part) => {
    if (typeof part !== 'number') return part;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(part);
    return bytes;
  });
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(headerBytes);
  head.writeUInt16BE(controlBit | version, 0);
  head.writeUInt16BE(type, 2);
  head[4] = flags;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

const noPriority = Buffer.alloc(2);

/** Frames as bytes. */
export const encode = {
  synStream: (stream: number, block: Buffer): Buffer => controlFrame(types.synStream, 0, stream, 0, noPriority, block),
  synReply: (stream: number, block: Buffer): Buffer => controlFrame(types.synReply, 0, stream, block),
  reset: (stream: number, status: number): Buffer => controlFrame(types.reset, 0, stream, status),
  ping: (id: number): Buffer => controlFrame(types.ping, 0, id),
  goAway: (lastStream: number, status: number): Buffer => controlFrame(types.goAway, 0, lastStream, status),
};
