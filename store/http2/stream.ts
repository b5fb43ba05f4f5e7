/**
 * One stream: a request of the client and our answer to it.
 *
 *     client: HEADERS  DATA ...  (END_STREAM)          we: HEADERS  DATA ...  HEADERS with END_STREAM, the trailers
 *
 * The application gets what arrives through its `Receiver` and answers with `sendHeaders`, `sendData`, `end`. What may
 * not be sent yet is queued here. After `Receiver.aborted`, what is sent goes nowhere.
 *
 * Upstream: RFC 9113, section 5.1
 */
import { errorCode, StreamError } from './error.ts';
import { frameFlag, frameType } from './frame.ts';
import { limits } from './limits.ts';
import type { StreamReceiveWindow } from './receive-window.ts';
import type { Sender, Sending } from './sender.ts';
import { maxWindow } from './settings.ts';

/** The application's side of a stream. */
export interface Receiver {
  /** A part of the body, which stays what it is; `end`: the last one, perhaps empty. */
  data(bytes: Buffer, end: boolean): void;
  /** `sendData` answered false, and now it may go on. */
  drained(): void;
  /** The client gave up, or the connection broke. Not called once `end` was. */
  aborted(): void;
}

/** Takes what arrives, for a stream whose answer is there already. */
export const nobody: Receiver = { data: () => undefined, drained: () => undefined, aborted: () => undefined };

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly sender: Sender;
  /** Both sides are done. */
  finished(stream: Stream): void;
  /** Tells the client that the rest of its request is not wanted. */
  reset(stream: Stream, code: number): void;
  /** Written before the connection's first header block. */
  takeHeaderPrefix(): Buffer | undefined;
}

export class Stream implements Sending {
  readonly id: number;
  readonly window: StreamReceiveWindow;
  receiver: Receiver = nobody;
  /** The client has sent everything. */
  remoteClosed = false;
  /** What the request's content-length has left; undefined: it has none. */
  expectedBytes: number | undefined;
  readonly #owner: StreamOwner;
  readonly #sender: Sender;
  #sendWindow: number;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #congested = false;
  #trailers: Buffer | undefined;
  /** The answer is complete, or nobody wants it any more. */
  #closed = false;

  constructor(id: number, owner: StreamOwner, window: StreamReceiveWindow) {
    this.id = id;
    this.window = window;
    this.#owner = owner;
    this.#sender = owner.sender;
    this.#sendWindow = owner.sender.initialStreamWindow;
  }

  /** What all streams of the connection have queued. */
  get queuedOnConnection(): number {
    return this.#sender.queuedBytes;
  }

  /** Counts a part of the request's body, and says whether it is the last. */
  arrived(bytes: number, end: boolean): void {
    if (end) this.remoteClosed = true;
    if (this.expectedBytes === undefined) return;
    this.expectedBytes -= bytes;
    if (this.expectedBytes < 0 || (end && this.expectedBytes > 0)) {
      throw new StreamError(errorCode.protocolError, 'a body that is not as long as content-length says');
    }
  }

  /** Sends the answer's headers. */
  sendHeaders(block: Buffer): void {
    if (!this.#closed) this.#writeHeaders(block, frameFlag.endHeaders);
  }

  /** Sends bytes, given in two parts. False when the client is slow: send no more until `Receiver.drained`. */
  sendData(first: Buffer, second: Buffer): boolean {
    if (this.#closed) return true;
    const size = first.length + second.length;
    if (this.#queuedBytes === 0 && size <= this.#sendWindow && this.#sender.allows(size)) {
      this.#spend(size);
      this.#sender.output.frame(frameType.data, 0, this.id, first, second);
      return true;
    }
    this.#queue.push(first, second);
    this.#queued(size);
    if (this.isSendable()) {
      this.#sender.add(this);
      this.#sender.pump();
    }
    this.#congested = this.#queuedBytes > limits.streamQueueBytes;
    return !this.#congested;
  }

  /** Ends the answer once everything is sent. Without headers before, the block is headers and trailers in one. */
  end(trailers: Buffer): void {
    if (this.#closed) return;
    this.#trailers = trailers;
    if (this.#queuedBytes === 0) this.#finish(trailers);
  }

  /** The stream is over: the client's doing, the connection's, or an error's. */
  abort(): void {
    const isAnswered = this.#trailers !== undefined;
    if (this.#closed) return;
    this.#close();
    if (!isAnswered) this.receiver.aborted();
  }

  /** The client's window for this stream changed; a new initial window may make it smaller. False: it is too large. */
  widen(bytes: number): boolean {
    this.#sendWindow += bytes;
    if (this.isSendable()) this.#sender.add(this);
    else this.#sender.remove(this);
    return this.#sendWindow <= maxWindow;
  }

  isSendable(): boolean {
    return this.#queuedBytes > 0 && this.#sendWindow > 0;
  }

  /** Sends one frame of what is queued: up to so many bytes, and what the stream's window allows. */
  sendQueued(maxBytes: number): void {
    const size = Math.min(maxBytes, this.#sendWindow, this.#queuedBytes);
    this.#sender.output.header(size, frameType.data, 0, this.id);
    for (let left = size; left > 0; ) {
      const first = this.#queue[0]!;
      if (first.length > left) {
        this.#sender.output.bytes(first.subarray(0, left));
        this.#queue[0] = first.subarray(left);
        break;
      }
      this.#sender.output.bytes(first);
      this.#queue.shift();
      left -= first.length;
    }
    this.#spend(size);
    this.#queued(-size);
    if (this.#queuedBytes === 0 && this.#trailers) this.#finish(this.#trailers);
    else if (this.#congested && this.#queuedBytes <= limits.streamQueueLowBytes) {
      this.#congested = false;
      this.receiver.drained();
    }
  }

  #spend(bytes: number): void {
    this.#sendWindow -= bytes;
    this.#sender.sent(bytes);
  }

  #queued(bytes: number): void {
    this.#queuedBytes += bytes;
    this.#sender.queuedBytes += bytes;
  }

  #finish(trailers: Buffer): void {
    this.#writeHeaders(trailers, frameFlag.endHeaders | frameFlag.endStream);
    this.#close();
    if (this.remoteClosed) this.#owner.finished(this);
    else this.#owner.reset(this, errorCode.noError);
  }

  #writeHeaders(block: Buffer, flags: number): void {
    const prefix = this.#owner.takeHeaderPrefix();
    if (prefix) this.#sender.output.frame(frameType.headers, flags, this.id, prefix, block);
    else this.#sender.output.frame(frameType.headers, flags, this.id, block);
  }

  #close(): void {
    this.#closed = true;
    this.#sender.remove(this);
    this.#queue = [];
    this.#queued(-this.#queuedBytes);
    this.window.close();
  }
}
