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
import { Deadlines, type Expiring } from '../deadlines.ts';
import type { Transport } from './transport.ts';

interface Call extends Expiring {
  readonly id: number;
  readonly method: string;
  readonly request: Buffer;
  /** Milliseconds since 1970, as gRPC counts; `deadline` is the same on the clock that never goes back. */
  readonly deadlineMs: number;
  readonly resolve: (response: Buffer) => void;
  readonly reject: (error: EtcdError) => void;
  /** On the stream that is open. */
  sent: boolean;
}

type Stream = ClientDuplexStream<Init<ExchangeRequest>, ExchangeResponse>;

/** So many calls may be without an answer at a time. A call's id is its slot, and a multiple of this that is another each time. */
const slots = 2 ** 20;
/** After so many calls multiples come again; what they made until then stays exact as a number. */
const multiples = 2 ** 32;

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
  #made = 0;
  /** Calls without an answer, by slot; those that are not sent yet are in the queue as well. An array for the reason that `Deadlines` has. */
  readonly #calls: (Call | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #queue: Call[] = [];
  readonly #deadlines = new Deadlines();

  constructor(channel: Client, plain: Transport) {
    this.#channel = channel;
    this.#plain = plain;
  }

  unary(method: string, request: Buffer, deadlineMs: number): Promise<Buffer> {
    if (!this.#served || request.length + method.length + callOverheadBytes > maxBatchBytes) {
      return this.#plain.unary(method, request, deadlineMs);
    }
    return new Promise((resolve, reject) => {
      const slot = this.#freeSlots.pop() ?? this.#calls.length;
      if (slot === slots) throw new EtcdError(grpcCode.resourceExhausted, `minik: more than ${slots} calls at once`);
      this.#made = (this.#made % multiples) + 1;
      const id = this.#made * slots + slot;
      const timeoutMs = deadlineMs - Date.now();
      const deadline = performance.now() + timeoutMs;
      const expire = (): void => this.#expired(call, timeoutMs);
      const call: Call = { id, method, request, deadlineMs, deadline, expire, resolve, reject, sent: false };
      this.#calls[slot] = call;
      this.#queue.push(call);
      this.#deadlines.add(call);
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
      const call = this.#calls[id % slots];
      // Its deadline has passed, and another may have its slot.
      if (call?.id !== id) continue;
      this.#forget(call);
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
    for (const call of this.#calls) {
      if (!call?.sent) continue;
      this.#forget(call);
      call.reject(new EtcdError(grpcCode.unavailable, text));
    }
    if (this.#queue.length > 0) this.#scheduleFlush();
  }

  /** The server has looked at none of the calls. */
  #goPlain(): void {
    this.#served = false;
    this.#retryAfterReconnect();
    for (const call of this.#calls) {
      if (!call) continue;
      this.#forget(call);
      this.#plain.unary(call.method, call.request, call.deadlineMs).then(call.resolve, call.reject);
    }
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

  #expired(call: Call, timeoutMs: number): void {
    this.#forget(call);
    this.#queue = this.#queue.filter((waiting) => waiting !== call);
    call.reject(new EtcdError(grpcCode.deadlineExceeded, `Deadline exceeded after ${(timeoutMs / 1000).toFixed(3)}s`));
  }

  #forget(call: Call): void {
    const slot = call.id % slots;
    this.#calls[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#deadlines.delete(call);
  }
}
