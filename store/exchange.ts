/**
 * One `minik.Store/Exchange` stream: dispatches its calls to the same functions that serve them as calls of their own, and
 * sends the answers of one event-loop turn together. `api/store-exchange.ts` is the contract.
 *
 * `receive` resolves when every call of the message is answered. Until then the message is held here, so a transport that takes
 * in only so many bytes of unresolved messages bounds what a client can make the store hold.
 */
import { EtcdError, grpcCode } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import {
  batchEnd,
  type ExchangeAnswer,
  type ExchangeCall,
  type ExchangeRequest,
  type ExchangeResponse,
  maxUnanswered,
} from '../api/store-exchange.ts';
import type { Incoming, Outgoing } from './stream.ts';

/** A unary handler's function: rejects with an `EtcdError`. */
export type UnaryCall = (request: Buffer) => Promise<Buffer>;

/** A message whose calls are not all answered. */
interface Batch {
  unanswered: number;
  resolve: () => void;
}

type Answer = Pick<ExchangeAnswer, 'id'> & Partial<ExchangeAnswer>;

/**
 * So many calls of a message are begun in one turn of the event loop, so that the first writes of a long one are being
 * synced, and answered, while those behind them are begun.
 */
const callsOfTurn = 16;

/** What an answer takes beside its response and text. */
const answerOverheadBytes = 24;

export class ExchangeStream implements Incoming<ExchangeRequest> {
  readonly outlivesRequests = false;
  readonly #calls: ReadonlyMap<string, UnaryCall>;
  readonly #out: Outgoing<Init<ExchangeResponse>>;
  /** Not dispatched yet. */
  #waiting: { call: ExchangeCall; batch: Batch }[] = [];
  /** Of every call that is not answered yet, dispatched or not. */
  readonly #ids = new Set<number>();
  #dispatched = 0;
  #dispatching = false;
  #answers: { answer: Answer; batch: Batch }[] = [];
  #flushing = false;
  /** The client reads too slowly. */
  #blocked = false;
  #closed = false;

  constructor(calls: ReadonlyMap<string, UnaryCall>, out: Outgoing<Init<ExchangeResponse>>) {
    this.#calls = calls;
    this.#out = out;
    out.onDrain(() => {
      this.#blocked = false;
      this.#flush();
      this.#dispatch();
    });
  }

  receive({ calls }: ExchangeRequest): Promise<void> {
    for (const { id } of calls) {
      if (this.#ids.has(id)) {
        throw new EtcdError(grpcCode.invalidArgument, `minik: id ${id} is that of a call which is not answered yet`);
      }
      this.#ids.add(id);
    }
    if (calls.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const batch = { unanswered: calls.length, resolve };
      for (const call of calls) this.#waiting.push({ call, batch });
      this.#dispatch();
    });
  }

  close(): void {
    this.#closed = true;
    for (const { batch } of this.#waiting) batch.resolve();
    for (const { batch } of this.#answers) batch.resolve();
    this.#waiting = [];
    this.#answers = [];
  }

  #dispatch(): void {
    if (this.#dispatching) return;
    let next = 0;
    while (next < this.#waiting.length && next < callsOfTurn && this.#mayDispatch()) {
      const { call, batch } = this.#waiting[next++]!;
      this.#dispatched++;
      this.#run(call).then((answer) => this.#answer(answer, batch));
    }
    if (next > 0) this.#waiting = this.#waiting.slice(next);
    if (this.#waiting.length === 0 || !this.#mayDispatch()) return;
    this.#dispatching = true;
    setImmediate(() => {
      this.#dispatching = false;
      this.#dispatch();
    });
  }

  #mayDispatch(): boolean {
    return this.#dispatched < maxUnanswered && !this.#blocked;
  }

  /** Never rejects. */
  async #run({ id, method, request }: ExchangeCall): Promise<Answer> {
    const call = this.#calls.get(method);
    if (!call) {
      return { id, code: grpcCode.unimplemented, message: `The server does not implement the method ${method}` };
    }
    try {
      return { id, response: await call(request) };
    } catch (thrown) {
      const { code, message } = thrown as EtcdError;
      return { id, code, message };
    }
  }

  #answer(answer: Answer, batch: Batch): void {
    this.#dispatched--;
    if (this.#closed) {
      batch.resolve();
      return;
    }
    this.#answers.push({ answer, batch });
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
      this.#dispatch();
    });
  }

  #flush(): void {
    const answers = this.#answers;
    let sent = 0;
    while (sent < answers.length && !this.#blocked) {
      const end = batchEnd(answers, sent, ({ answer }) => bytesOf(answer));
      const batch = answers.slice(sent, end);
      for (const { answer } of batch) this.#ids.delete(answer.id);
      this.#blocked = !this.#out.send({ answers: batch.map(({ answer }) => answer) });
      for (const { batch: of } of batch) if (--of.unanswered === 0) of.resolve();
      sent = end;
    }
    if (sent > 0) this.#answers = answers.slice(sent);
  }
}

const bytesOf = ({ response, message }: Answer): number =>
  answerOverheadBytes + (response?.length ?? 0) + (message ? Buffer.byteLength(message) : 0);
