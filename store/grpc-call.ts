/**
 * A gRPC call: turns what arrives on a stream into messages for its handler, and what the handler answers into frames.
 *
 * A call ends once: when it is answered, when it fails, when its deadline passes, or when the client gives up. What its
 * handler does after that goes nowhere; what it has begun to write is written all the same.
 *
 * Upstream: google.golang.org/grpc server.go
 */
import { EtcdError, grpcCode } from '../api/etcd-errors.ts';
import type { Deadlines, Expiring } from '../client/deadlines.ts';
import { MessageReader, messagePrefix } from './grpc-message.ts';
import { errorTrailers, okTrailers, responseHeaders } from './grpc-status.ts';
import type { Handler } from './handlers.ts';
import type { ConnectionReceiveWindow } from './http2/receive-window.ts';
import type { Receiver, Stream } from './http2/stream.ts';
import type { Incoming } from './stream.ts';

type UnaryHandler = Handler & { kind: 'unary' };
type BidiHandler = Handler & { kind: 'bidi' };

/** What a request takes besides its bytes. */
const requestOverhead = 512;

/** What a call needs of its connection and server. */
export interface CallContext {
  stream: Stream;
  window: ConnectionReceiveWindow;
  deadlines: Deadlines;
  /** On the clock of `performance.now()`; undefined: none. */
  deadline: number | undefined;
  maxMessageBytes: number;
}

abstract class Call implements Receiver, Expiring {
  readonly deadline: number;
  protected readonly stream: Stream;
  protected ended = false;
  readonly #window: ConnectionReceiveWindow;
  readonly #deadlines: Deadlines | undefined;
  readonly #reader: MessageReader;
  readonly #onMessage = (message: Buffer): void => {
    this.#isBetweenMessages = true;
    if (!this.ended) this.receive(message);
  };
  #hasHeaders = false;
  /** A message was completed since the window was looked after. */
  #isBetweenMessages = false;
  /** What of this call the connection counts as unfinished. */
  #held = 0;

  constructor({ stream, window, deadlines, deadline, maxMessageBytes }: CallContext) {
    this.stream = stream;
    this.#window = window;
    this.#reader = new MessageReader(maxMessageBytes);
    this.deadline = deadline ?? Number.POSITIVE_INFINITY;
    this.#deadlines = deadline === undefined ? undefined : deadlines;
    this.#deadlines?.add(this);
  }

  data(bytes: Buffer, end: boolean): void {
    if (this.ended) return;
    try {
      this.#reader.push(bytes, this.#onMessage);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!end) this.#expectMore();
    else if (this.#reader.missing > 0) this.fail(new EtcdError(grpcCode.internal, 'unexpected EOF'));
    else if (!this.ended) this.requestsEnded();
  }

  abstract drained(): void;

  aborted(): void {
    if (!this.ended) this.close();
  }

  expire(): void {
    this.fail(new EtcdError(grpcCode.deadlineExceeded, 'context deadline exceeded'));
  }

  /** A message is whole. */
  protected abstract receive(message: Buffer): void;
  /** The client has sent everything. */
  protected abstract requestsEnded(): void;
  /** Bytes of messages that wait for more to arrive before they can be handled. */
  protected waiting(): number {
    return 0;
  }

  protected send(message: Buffer): boolean {
    if (this.ended) return true;
    if (!this.#hasHeaders) {
      this.#hasHeaders = true;
      this.stream.sendHeaders(responseHeaders);
    }
    return this.stream.sendData(messagePrefix(message), message);
  }

  protected succeed(): void {
    if (this.ended) return;
    this.close();
    this.stream.end(this.#hasHeaders ? okTrailers : Buffer.concat([responseHeaders, okTrailers]));
  }

  protected fail(error: unknown): void {
    if (this.ended) return;
    this.close();
    const trailers = errorTrailers(error);
    this.stream.end(this.#hasHeaders ? trailers : Buffer.concat([responseHeaders, trailers]));
  }

  protected close(): void {
    this.ended = true;
    this.#deadlines?.delete(this);
    this.#hold(0);
  }

  /** Runs what answers a request of so many bytes; until it has, they count. */
  protected answering<T>(bytes: number, answer: Promise<T>, done: (value: T) => void): void {
    this.#window.unanswered(bytes + requestOverhead);
    answer.then(
      (value) => {
        this.#window.unanswered(-bytes - requestOverhead);
        done(value);
      },
      (error: unknown) => {
        this.#window.unanswered(-bytes - requestOverhead);
        this.fail(error);
      },
    );
  }

  #expectMore(): void {
    if (this.ended) return;
    const { missing } = this.#reader;
    // The window is refilled, even when a part of the next message is there.
    if (this.#isBetweenMessages) this.stream.window.expect(0);
    this.#isBetweenMessages = false;
    if (missing > 0) this.stream.window.expect(missing);
    this.#hold(this.#reader.held + this.waiting());
  }

  #hold(bytes: number): void {
    if (bytes === this.#held) return;
    const difference = bytes - this.#held;
    this.#held = bytes;
    this.#window.unfinished(difference);
  }
}

/** One request, one answer. */
export class UnaryCall extends Call {
  readonly #handler: UnaryHandler;
  #request: Buffer | undefined;

  constructor(handler: UnaryHandler, context: CallContext) {
    super(context);
    this.#handler = handler;
  }

  drained(): void {
    // There is no second answer to wait with.
  }

  protected receive(message: Buffer): void {
    if (this.#request) this.fail(cardinality('received multiple request messages'));
    else this.#request = message;
  }

  protected override waiting(): number {
    return this.#request?.length ?? 0;
  }

  protected requestsEnded(): void {
    const request = this.#request;
    if (!request) {
      this.fail(cardinality('received no request message'));
      return;
    }
    this.#request = undefined;
    this.answering(request.length, this.#handler.call(request), (response) => {
      this.send(response);
      this.succeed();
    });
  }
}

/** Any number of requests and answers. */
export class StreamingCall extends Call {
  readonly #incoming: Incoming<Buffer>;
  #onDrain: () => void = () => undefined;
  #unanswered = 0;
  #hasAllRequests = false;

  constructor(handler: BidiHandler, context: CallContext) {
    super(context);
    this.#incoming = handler.open({
      send: (message) => this.send(message),
      onDrain: (callback) => {
        this.#onDrain = callback;
      },
    });
  }

  drained(): void {
    this.#onDrain();
  }

  protected receive(message: Buffer): void {
    const answer = this.#incoming.receive(message);
    if (!answer) return;
    this.#unanswered++;
    this.answering(message.length, answer, () => {
      this.#unanswered--;
      this.#endWhenAnswered();
    });
  }

  protected requestsEnded(): void {
    this.#hasAllRequests = true;
    this.#endWhenAnswered();
  }

  protected override close(): void {
    super.close();
    this.#incoming.close();
  }

  /** The client has sent everything; it still gets what it asked for. */
  #endWhenAnswered(): void {
    if (this.#hasAllRequests && this.#unanswered === 0 && !this.#incoming.outlivesRequests) this.succeed();
  }
}

const cardinality = (what: string): EtcdError =>
  new EtcdError(grpcCode.internal, `cardinality violation: ${what} for non-client-streaming RPC`);
