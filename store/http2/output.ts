/**
 * What goes to the socket. Everything that is written in one turn of the event loop leaves in one system call: a write to
 * a socket costs more than all else that is done for a small answer.
 *
 *     turn 1:  HEADERS 1, DATA 1, HEADERS 1, HEADERS 3, DATA 3, HEADERS 3   ->  one write
 *
 * Small things are copied side by side into a chunk; large ones are passed on as they are.
 */
import type { Socket } from 'node:net';
import { frameHeaderBytes, writeFrameHeader } from './frame.ts';

const chunkBytes = 64 * 1024;
/** Copying fewer bytes costs less than handing one more buffer to the system. */
const copiedBytes = 2 * 1024;

export class Output {
  readonly #socket: Socket;
  readonly #onFlushed: () => void;
  /** Bytes from `#start` to `#end` wait to be written; those before `#start` belong to the socket. */
  #chunk = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** What is to be written before those. */
  #sealed: Buffer[] = [];
  #sealedBytes = 0;
  #scheduled = false;

  /** `onFlushed` is called when the socket takes more. */
  constructor(socket: Socket, onFlushed: () => void) {
    this.#socket = socket;
    this.#onFlushed = onFlushed;
    socket.on('drain', onFlushed);
  }

  /** Bytes that the system has not taken yet. */
  get size(): number {
    return this.#socket.writableLength + this.#sealedBytes + this.#end - this.#start;
  }

  /** Writes a frame with a payload in up to two parts. */
  frame(type: number, flags: number, streamId: number, payload?: Buffer, rest?: Buffer): void {
    const length = (payload?.length ?? 0) + (rest?.length ?? 0);
    this.header(length, type, flags, streamId);
    if (payload) this.bytes(payload);
    if (rest) this.bytes(rest);
  }

  /** Writes a frame's header; its payload is to follow. */
  header(length: number, type: number, flags: number, streamId: number): void {
    const at = this.#claim(frameHeaderBytes);
    writeFrameHeader(this.#chunk, at, length, type, flags, streamId);
  }

  /** Writes bytes that stay what they are. */
  bytes(bytes: Buffer): void {
    if (bytes.length <= copiedBytes) {
      const at = this.#claim(bytes.length);
      bytes.copy(this.#chunk, at);
    } else {
      this.#seal();
      this.#push(bytes);
      this.#schedule();
    }
  }

  flush(): void {
    this.#scheduled = false;
    this.#seal();
    const parts = this.#sealed;
    this.#sealed = [];
    this.#sealedBytes = 0;
    if (!this.#socket.writable) return;
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    if (parts.length > 1) this.#socket.uncork();
    if (!this.#socket.writableNeedDrain) this.#onFlushed();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Room for so many bytes at the returned offset of the chunk. */
  #claim(size: number): number {
    if (this.#end + size > this.#chunk.length) {
      this.#seal();
      this.#chunk = Buffer.allocUnsafeSlow(chunkBytes);
      this.#start = 0;
      this.#end = 0;
    }
    this.#schedule();
    const at = this.#end;
    this.#end += size;
    return at;
  }

  #seal(): void {
    if (this.#end === this.#start) return;
    this.#push(this.#chunk.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #push(bytes: Buffer): void {
    this.#sealed.push(bytes);
    this.#sealedBytes += bytes.length;
  }
}
