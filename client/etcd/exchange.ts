/**
 * Unary calls over one `minik.Store/Exchange` stream; `api/store-exchange.ts` has the rules of the wire.
 *
 * - Calls of one event-loop turn share a message. While the server does not read, calls wait here.
 * - The first call opens the stream. On a server without the method (`Unimplemented`: a real etcd) every call is made
 *   through `plain` instead, until the connection breaks: there may be another server behind the next one.
 * - When the stream ends for any other reason, the calls it carried fail with code 14 and the next call opens a new one.
 *   Nothing is sent twice: the server may have acted on a call whose answer is lost.
 * - Every call settles: by its answer, by the end of the stream, or by its deadline.
 */
import { type Client, type ClientDuplexStream, connectivityState, type StatusObject, status } from '@grpc/grpc-js';
import { EtcdError, grpcCode } from '../../api/etcd-errors.ts';
import type { Init } from '../../api/protobuf.ts';
import {
  batchEnd,
  type ExchangeRequest,
  type ExchangeResponse,
  exchangeMethod,
  maxBatchBytes,
} from '../../api/store-exchange.ts';
import { Deadlines } from './deadlines.ts';
import type { Transport } from './transport.ts';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly request: Buffer;
  readonly startedMs: number;
  readonly deadline: number;
  readonly resolve: (response: Buffer) => void;
  readonly reject: (error: EtcdError) => void;
  /** On the stream that is open. */
  sent: boolean;
}

type Stream = ClientDuplexStream<Init<ExchangeRequest>, ExchangeResponse>;

/** What a call takes in a message beside its path and request. */
const callOverheadBytes = 24;

const bytesOf = ({ method, request }: Call): number => callOverheadBytes + method.length + request.length;

export class ExchangeTransport implements Transport {
  readonly #channel: Client;
  readonly #plain: Transport;
  /** False: the server of this connection does not have the method. */
  #served = true;
  #stream: Stream | undefined;
  /** The stream has carried an answer: its server does have the method. */
  #answered = false;
  /** The server reads more slowly than we write. */
  #blocked = false;
  #flushing = false;
  #lastId = 0;
  /** Calls without an answer, by id; those that are not sent yet are in the queue as well. */
  readonly #calls = new Map<number, Call>();
  #queue: Call[] = [];
  readonly #deadlines = new Deadlines(() => this.#expire());

  constructor(channel: Client, plain: Transport) {
    this.#channel = channel;
    this.#plain = plain;
  }

  unary(method: string, request: Buffer, deadline: number): Promise<Buffer> {
    if (!this.#served || request.length + method.length + callOverheadBytes > maxBatchBytes) {
      return this.#plain.unary(method, request, deadline);
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const call = { id, method, request, startedMs: Date.now(), deadline, resolve, reject, sent: false };
      this.#calls.set(id, call);
      this.#queue.push(call);
      this.#deadlines.add(deadline);
      this.#scheduleFlush();
    });
  }

  /** Ends the stream. There must be no calls under way, and no further ones. */
  close(): void {
    this.#stream?.cancel();
  }

  #scheduleFlush(): void {
    if (this.#flushing || this.#blocked) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const queue = this.#queue;
    let start = 0;
    while (start < queue.length && !this.#blocked) {
      const end = batchEnd(queue, start, bytesOf);
      const calls = queue.slice(start, end);
      start = end;
      for (const call of calls) call.sent = true;
      this.#stream ??= this.#open();
      this.#blocked = !this.#stream.write({ calls });
    }
    if (start > 0) this.#queue = queue.slice(start);
  }

  #open(): Stream {
    this.#answered = false;
    const { path, request, response } = exchangeMethod;
    const stream: Stream = this.#channel.makeBidiStreamRequest(path, request.encode, response.decode);
    stream.on('data', (message) => this.#receive(message));
    stream.on('drain', () => {
      if (stream !== this.#stream) return;
      this.#blocked = false;
      this.#flush();
    });
    // The status says the same.
    stream.on('error', () => undefined);
    stream.on('status', (ended) => {
      if (stream === this.#stream) this.#ended(ended);
    });
    return stream;
  }

  #receive({ answers }: ExchangeResponse): void {
    this.#answered = true;
    for (const { id, code, message, response } of answers) {
      const call = this.#calls.get(id);
      // Its deadline has passed.
      if (!call) continue;
      this.#calls.delete(id);
      if (code === 0) call.resolve(response);
      else call.reject(new EtcdError(code, message));
    }
  }

  #ended({ code, details }: StatusObject): void {
    this.#stream = undefined;
    this.#blocked = false;
    if (code === status.UNIMPLEMENTED && !this.#answered) {
      this.#goPlain();
      return;
    }
    const text = code === status.OK ? 'the server ended the stream' : details;
    for (const call of this.#calls.values()) {
      if (!call.sent) continue;
      this.#calls.delete(call.id);
      call.reject(new EtcdError(grpcCode.unavailable, text));
    }
    if (this.#queue.length > 0) this.#scheduleFlush();
  }

  /** The server has looked at none of the calls. */
  #goPlain(): void {
    this.#served = false;
    this.#retryAfterReconnect();
    for (const { method, request, deadline, resolve, reject } of this.#calls.values()) {
      this.#plain.unary(method, request, deadline).then(resolve, reject);
    }
    this.#calls.clear();
    this.#queue = [];
  }

  #retryAfterReconnect(): void {
    const channel = this.#channel.getChannel();
    const { READY, SHUTDOWN } = connectivityState;
    const state = channel.getConnectivityState(false);
    if (state === READY) channel.watchConnectivityState(READY, Number.POSITIVE_INFINITY, () => this.#mayBeServed());
    else if (state !== SHUTDOWN) this.#mayBeServed();
  }

  #mayBeServed(): void {
    this.#served = true;
  }

  #expire(): void {
    const now = Date.now();
    for (const call of this.#calls.values()) {
      if (call.deadline > now) {
        this.#deadlines.add(call.deadline);
        continue;
      }
      this.#calls.delete(call.id);
      const seconds = (call.deadline - call.startedMs) / 1000;
      call.reject(new EtcdError(grpcCode.deadlineExceeded, `Deadline exceeded after ${seconds.toFixed(3)}s`));
    }
    this.#queue = this.#queue.filter(({ id }) => this.#calls.has(id));
  }
}
