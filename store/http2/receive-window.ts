/**
 * How much the client may send: flow control of what comes in, and so the bound of the memory that requests take.
 *
 * A stream begins with a window of 256 KiB. It is refilled between messages, and a message that is larger than what is
 * left gets a window for its rest, so no message waits for a window that never comes. Such grants are given in turn and
 * up to a sum, and only when their bytes have arrived come others. The connection's window is refilled as bytes arrive,
 * unless too many requests wait for their answer; answering does not need more to arrive, so that ends by itself.
 *
 *     a request of 1 MiB:  256 KiB arrive -> WINDOW_UPDATE stream 768 KiB -> the rest arrives -> WINDOW_UPDATE 256 KiB
 *
 * Upstream: RFC 9113, section 5.2
 */
import { ConnectionError, enhanceYourCalm, errorCode, StreamError } from './error.ts';
import { limits } from './limits.ts';
import { defaultWindow } from './settings.ts';

/** Sends WINDOW_UPDATE; stream 0 is the connection. */
type SendUpdate = (streamId: number, increment: number) => void;

export class ConnectionReceiveWindow {
  readonly sendUpdate: SendUpdate;
  #window: number = limits.connectionWindow;
  /** Arrived, and not given back to the client yet. */
  #owed = 0;
  #unfinished = 0;
  #unanswered = 0;
  #granted = 0;
  readonly #waiting = new Set<StreamReceiveWindow>();

  constructor(sendUpdate: SendUpdate) {
    this.sendUpdate = sendUpdate;
  }

  /** Widens it from what HTTP/2 begins with. */
  begin(): void {
    this.sendUpdate(0, limits.connectionWindow - defaultWindow);
  }

  /** Bytes arrived in a DATA frame. */
  arrived(bytes: number): void {
    this.#window -= bytes;
    if (this.#window < 0) {
      throw new ConnectionError(errorCode.flowControlError, 'more DATA than the window of the connection');
    }
    this.#owed += bytes;
    this.#refill();
  }

  /** A request is whole, and waits for its answer from now on; a negative number: it was answered. */
  unanswered(bytes: number): void {
    this.#unanswered += bytes;
    this.#refill();
  }

  /** Parts of messages are held; a negative number: no longer. */
  unfinished(bytes: number): void {
    this.#unfinished += bytes;
    if (this.#unfinished > limits.unfinishedBytes) throw enhanceYourCalm('too many unfinished messages');
  }

  /** Gives a stream `bytes` more of window, now or when it is its turn. */
  request(stream: StreamReceiveWindow): void {
    this.#waiting.add(stream);
    this.#grant();
  }

  /** The stream does not need what it was granted any more. */
  release(stream: StreamReceiveWindow): void {
    this.#waiting.delete(stream);
    this.#granted -= stream.granted;
    stream.granted = 0;
    this.#grant();
  }

  #grant(): void {
    for (const stream of this.#waiting) {
      if (this.#granted > 0 && this.#granted + stream.wanted > limits.grantedBytes) return;
      this.#waiting.delete(stream);
      this.#granted += stream.wanted;
      stream.grant();
    }
  }

  #refill(): void {
    if (this.#owed < limits.connectionWindow / 2 || this.#unanswered > limits.unansweredBytes) return;
    this.sendUpdate(0, this.#owed);
    this.#window += this.#owed;
    this.#owed = 0;
  }
}

export class StreamReceiveWindow {
  /** What is to be granted, and what has been. */
  wanted = 0;
  granted = 0;
  readonly #connection: ConnectionReceiveWindow;
  readonly #streamId: number;
  #window: number = limits.streamWindow;

  constructor(connection: ConnectionReceiveWindow, streamId: number) {
    this.#connection = connection;
    this.#streamId = streamId;
  }

  arrived(bytes: number): void {
    this.#window -= bytes;
    if (this.#window < 0) throw new StreamError(errorCode.flowControlError, 'more DATA than the window of the stream');
  }

  /** So many more bytes are needed until a message is whole; 0: none is under way. */
  expect(bytes: number): void {
    if (bytes === 0) {
      this.close();
      if (this.#window < limits.streamWindow / 2) this.#add(limits.streamWindow - this.#window);
    } else if (bytes > this.#window && this.wanted === 0) {
      this.wanted = bytes - this.#window;
      this.#connection.request(this);
    }
  }

  /** Its turn has come. */
  grant(): void {
    const bytes = this.wanted;
    this.wanted = 0;
    this.granted += bytes;
    this.#add(bytes);
  }

  /** Nothing more is needed. */
  close(): void {
    if (this.wanted === 0 && this.granted === 0) return;
    this.wanted = 0;
    this.#connection.release(this);
  }

  #add(bytes: number): void {
    this.#window += bytes;
    this.#connection.sendUpdate(this.#streamId, bytes);
  }
}
