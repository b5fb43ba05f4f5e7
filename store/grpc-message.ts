/**
 * Messages in the body of a gRPC call: five bytes before each say whether it is compressed and how long it is. Frames of
 * HTTP/2 do not matter: a message may take many, and many messages may share one.
 *
 *     00 00 00 00 03   0a 01 61     not compressed, 3 bytes
 *
 * Upstream: grpc/doc/PROTOCOL-HTTP2.md; texts of google.golang.org/grpc rpc_util.go. Left out: compression.
 */
import { EtcdError, grpcCode } from '../api/etcd-errors.ts';

const prefixBytes = 5;
/** What a buffer for a message begins with, however long the message claims to be. */
const smallestBuffer = 1024;
/** It has room for so many times what has arrived, so that few messages have to be copied as they grow. */
const room = 8;

/** The five bytes before a message. */
export function messagePrefix(message: Buffer): Buffer {
  const prefix = Buffer.allocUnsafe(prefixBytes);
  prefix[0] = 0;
  prefix.writeUInt32BE(message.length, 1);
  return prefix;
}

export class MessageReader {
  readonly #maxBytes: number;
  /** The message that is not whole yet, with its prefix. */
  #partial: Buffer | undefined;
  #filled = 0;
  /** What of it is known to come. */
  #size = prefixBytes;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many bytes are to come until the message under way is whole, as far as that is known. 0: there is none. */
  get missing(): number {
    return this.#partial ? this.#size - this.#filled : 0;
  }

  /** The memory it takes. */
  get held(): number {
    return this.#partial?.length ?? 0;
  }

  /** Takes what arrived, and passes each whole message on. Throws EtcdError for one that is not accepted. */
  push(bytes: Buffer, onMessage: (message: Buffer) => void): void {
    let at = 0;
    while (at < bytes.length) {
      if (!this.#partial) {
        const left = bytes.length - at;
        this.#size = prefixBytes + (left < prefixBytes ? 0 : this.#lengthAt(bytes, at));
        if (left >= this.#size) {
          onMessage(bytes.subarray(at + prefixBytes, at + this.#size));
          at += this.#size;
          continue;
        }
        this.#partial = Buffer.allocUnsafe(Math.min(this.#size, Math.max(smallestBuffer, room * left)));
        this.#filled = 0;
      }
      at = this.#collect(this.#partial, bytes, at, onMessage);
    }
  }

  #collect(partial: Buffer, bytes: Buffer, at: number, onMessage: (message: Buffer) => void): number {
    const end = Math.min(bytes.length, at + this.#size - this.#filled);
    const whole = this.#grown(partial, this.#filled + end - at);
    this.#partial = whole;
    this.#filled += bytes.copy(whole, this.#filled, at, end);
    if (this.#filled === prefixBytes && this.#size === prefixBytes) this.#size += this.#lengthAt(whole, 0);
    if (this.#filled === this.#size) {
      this.#partial = undefined;
      onMessage(whole.subarray(prefixBytes, this.#size));
    }
    return end;
  }

  /** Grows with what arrives, so that a length costs nothing as long as it is only announced. */
  #grown(partial: Buffer, size: number): Buffer {
    if (size <= partial.length) return partial;
    const larger = Buffer.allocUnsafe(Math.min(this.#size, Math.max(size, room * this.#filled)));
    partial.copy(larger, 0, 0, this.#filled);
    return larger;
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const flag = bytes[at]!;
    if (flag === 1) {
      throw new EtcdError(grpcCode.internal, 'grpc: compressed flag set with identity or empty encoding');
    }
    if (flag !== 0) throw new EtcdError(grpcCode.internal, `grpc: received unexpected payload format ${flag}`);
    const length = bytes.readUInt32BE(at + 1);
    if (length <= this.#maxBytes) return length;
    const text = `grpc: received message larger than max (${length} vs. ${this.#maxBytes})`;
    throw new EtcdError(grpcCode.resourceExhausted, text);
  }
}
