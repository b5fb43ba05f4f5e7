/**
 * Watches as WebSockets, for clients such as browsers that cannot read an answer piece by piece: each event is a text message.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/watch.go HandleWS
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from '../cache/watch-cache.ts';
import type { WatchStream } from './stream.ts';

/** Accepts the upgrade. Loaded with the first one: most servers never see any. */
export async function acceptWatch(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<WatchStream> {
  const { WebSocketServer } = await import('ws');
  // What clients say is of no interest, beyond that they are there.
  const server = new WebSocketServer({ noServer: true, maxPayload: 4096 });
  return new Promise((resolve) => {
    server.handleUpgrade(request, connection, head, (socket) => resolve(new WebSocketWatchStream(socket)));
  });
}

class WebSocketWatchStream implements WatchStream {
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => socket.terminate());
  }

  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frames: readonly Frame[], sent?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    frames.forEach(({ line }, i) => {
      const last = i === frames.length - 1;
      this.#socket.send(line.subarray(0, -1), { binary: false }, last ? () => sent?.() : undefined);
    });
  }

  end(): void {
    this.#socket.close(1000);
  }

  destroy(): void {
    this.#socket.terminate();
  }
}
