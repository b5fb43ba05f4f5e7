/**
 * Sends what streams have queued, as far as the client's windows and the socket allow. Streams take turns, a frame each,
 * so that a large answer does not hold up small ones.
 *
 *     window of the connection 20 KiB; stream 1 has 40 KiB queued, stream 3 has 2 KiB
 *     DATA 1 (16 KiB)  DATA 3 (2 KiB)  DATA 1 (2 KiB)      then all wait for WINDOW_UPDATE of the connection
 *
 * Upstream: RFC 9113, section 5.2
 */

import { ConnectionError, errorCode } from './error.ts';
import { limits } from './limits.ts';
import type { Output } from './output.ts';
import { defaultWindow, maxWindow, minMaxFrameSize } from './settings.ts';

/** A stream with something to send. */
export interface Sending {
  /** Whether there is something, and a window for it. */
  isSendable(): boolean;
  /** Sends one frame of up to so many bytes. */
  sendQueued(maxBytes: number): void;
}

export class Sender {
  readonly output: Output;
  /** What the client's SETTINGS said. */
  maxFrameSize = minMaxFrameSize;
  initialStreamWindow = defaultWindow;
  /** What streams hold because it may not be sent yet. */
  queuedBytes = 0;
  #window = defaultWindow;
  /** Streams that have something to send and a window for it. */
  readonly #ready = new Set<Sending>();

  constructor(output: Output) {
    this.output = output;
  }

  /** Whether so many bytes may leave now, in one frame. */
  allows(bytes: number): boolean {
    return bytes <= this.#window && bytes <= this.maxFrameSize && this.#hasRoom();
  }

  /** Bytes were sent in a DATA frame. */
  sent(bytes: number): void {
    this.#window -= bytes;
  }

  widen(bytes: number): void {
    this.#window += bytes;
    if (this.#window > maxWindow) {
      throw new ConnectionError(errorCode.flowControlError, 'the window of the connection is larger than 2^31-1');
    }
    this.pump();
  }

  add(stream: Sending): void {
    this.#ready.add(stream);
  }

  remove(stream: Sending): void {
    this.#ready.delete(stream);
  }

  /** Sends what may be sent. */
  pump(): void {
    for (const stream of this.#ready) {
      if (this.#window === 0 || !this.#hasRoom()) return;
      this.#ready.delete(stream);
      stream.sendQueued(Math.min(this.#window, this.maxFrameSize));
      // To the end of the line.
      if (stream.isSendable()) this.#ready.add(stream);
    }
  }

  #hasRoom(): boolean {
    return this.output.size < limits.socketBytes;
  }
}
