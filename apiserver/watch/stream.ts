/** What a watch is written to: the body of an HTTP answer, or a WebSocket (`websocket.ts`). */
import type { ServerResponse } from 'node:http';
import type { Frame } from '../cache/watch-cache.ts';

export interface WatchStream {
  /** Bytes that have not been taken by the connection yet. */
  readonly pendingBytes: number;
  /** Sends events; `sent` is called when the connection has taken them. After the end it does nothing. */
  send(frames: readonly Frame[], sent?: () => void): void;
  /** Ends after what has been sent. */
  end(): void;
  /** Breaks off. */
  destroy(): void;
  /** Resolves when the connection is over or may serve another request. */
  readonly closed: Promise<void>;
}

/** An HTTP answer whose head has been sent. */
export class HttpWatchStream implements WatchStream {
  readonly closed: Promise<void>;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.closed = response.closed
      ? Promise.resolve()
      : new Promise((resolve) => response.once('close', () => resolve()));
  }

  get pendingBytes(): number {
    return this.#response.writableLength;
  }

  send(frames: readonly Frame[], sent?: () => void): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    // The chunks are made once for all watchers, and go past what would make them again for each.
    const socket = response.chunkedEncoding ? response.socket : undefined;
    if (socket) socket.write(join(frames.map(({ chunk }) => chunk)), sent);
    else response.write(join(frames.map(({ line }) => line)), sent);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

/** One buffer, so that it is one write. */
const join = (parts: Buffer[]): Buffer => (parts.length === 1 ? parts[0]! : Buffer.concat(parts));
