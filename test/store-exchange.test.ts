/** The store's side of `minik.Store/Exchange`, driven by raw messages: limits, errors, and clients that misbehave. */
import { readFileSync } from 'node:fs';
import { Client, type ClientDuplexStream, credentials, type StatusObject } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { methods, PutRequest, RangeRequest, RangeResponse } from '../api/etcd.ts';
import {
  type ExchangeAnswer,
  type ExchangeCall,
  exchangeMethod,
  maxBatchBytes,
  maxUnanswered,
} from '../api/store-exchange.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const metricsUrl = 'http://127.0.0.1:24920';

/** A stream that sends whatever bytes it is told to, and collects the answers. */
class RawStream {
  readonly answers: ExchangeAnswer[] = [];
  messages = 0;
  readonly status: Promise<StatusObject>;
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;

  constructor(client: Client) {
    const asIs = (bytes: Buffer): Buffer => bytes;
    this.#stream = client.makeBidiStreamRequest(exchangeMethod.path, asIs, asIs);
    this.status = new Promise((resolve) => this.#stream.on('status', resolve));
    this.#stream.on('error', () => undefined);
    // Until it is asked for the first message, grpc-js takes in everything that the server sends.
    this.#stream.read(0);
  }

  /** From now on answers are read. */
  read(onAnswer: (answer: ExchangeAnswer) => void = (answer) => this.answers.push(answer)): this {
    this.#stream.on('data', (bytes: Buffer) => {
      this.messages++;
      exchangeMethod.response.decode(bytes).answers.forEach(onAnswer);
    });
    return this;
  }

  send(calls: Partial<ExchangeCall>[]): boolean {
    return this.#stream.write(exchangeMethod.request.encode({ calls }));
  }

  sendBytes(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  cancel(): void {
    this.#stream.cancel();
  }

  async answered(count: number): Promise<ExchangeAnswer[]> {
    await eventually(`${count} answers`, () => this.answers.length >= count, { everyMs: 5 });
    return this.answers.toSorted((a, b) => a.id - b.id);
  }
}

const putCall = (id: number, key: string, value = ''): ExchangeCall => ({
  id,
  method: methods.put.path,
  request: PutRequest.encode({ key, value }),
});
const rangeCall = (id: number, key: string): ExchangeCall => ({
  id,
  method: methods.range.path,
  request: RangeRequest.encode({ key }),
});

describe('Exchange', () => {
  let store: EtcdServer;
  let client: Client;

  beforeAll(async () => {
    store = await startStore({ flags: ['--listen-metrics-urls', metricsUrl] });
    client = new Client(store.endpoint, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 });
  });
  afterAll(async () => {
    client.close();
    await store.remove();
  });
  const open = (): RawStream => new RawStream(client).read();

  test('calls of one message are answered together, each by its id', async () => {
    const stream = open();
    stream.send([putCall(9, 'a', '1'), putCall(3, 'b', '2'), putCall(7, '')]);
    const answers = await stream.answered(3);
    expect(answers.map(({ id, code, message }) => [id, code, message])).toEqual([
      [3, 0, ''],
      [7, 3, 'etcdserver: key is not provided'],
      [9, 0, ''],
    ]);
    // An id is free once it is answered.
    stream.send([rangeCall(3, 'a')]);
    const found = (await stream.answered(4)).filter(({ id }) => id === 3).map(({ response }) => response);
    expect(RangeResponse.decode(found[1]!).kvs[0]!.value.toString()).toBe('1');
    stream.end();
    expect((await stream.status).code).toBe(0);
  });

  test('a method that is not carried, and a request that is no message, fail alone', async () => {
    const stream = open();
    const broken = Buffer.from([0x0a, 0xff]);
    stream.send([
      { id: 1, method: '/etcdserverpb.Auth/UserList' },
      { id: 2, method: methods.watch.path },
      { id: 3, method: exchangeMethod.path },
      { id: 4, method: 'constructor' },
      { id: 5 },
      { id: 6, method: methods.put.path, request: broken },
      rangeCall(7, 'a'),
    ]);
    const answers = await stream.answered(7);
    expect(answers.map(({ code }) => code)).toEqual([12, 12, 12, 12, 12, 13, 0]);
    expect(answers[0]!.message).toBe('The server does not implement the method /etcdserverpb.Auth/UserList');
    expect(answers[5]!.message).toMatch(/^grpc: error unmarshalling request: /);
    stream.cancel();
  });

  test('a call has the size limit of its own, not the envelope', async () => {
    const stream = open();
    const large = 'x'.repeat(1_400_000);
    const tooLarge = 'x'.repeat(1_600_000);
    stream.send([putCall(1, 'large', large)]);
    stream.send([putCall(2, 'large', tooLarge)]);
    const answers = await stream.answered(2);
    expect(answers.map(({ code, message }) => [code, message])).toEqual([
      [0, ''],
      [3, 'etcdserver: request is too large'],
    ]);
    stream.cancel();
  });

  test.each<[string, Buffer, number, RegExp]>([
    ['an envelope that is cut off', Buffer.from([0x0a, 0x7f, 0x08]), 13, /failed to unmarshal the received message/],
    ['an envelope of another type', Buffer.from([0x09, 1, 2]), 13, /failed to unmarshal the received message/],
    [
      'an id twice in a message',
      exchangeMethod.request.encode({ calls: [rangeCall(5, 'a'), rangeCall(5, 'b')] }),
      3,
      /id 5 is that of a call which is not answered yet/,
    ],
    ['more than fits any message', Buffer.alloc(3_000_000), 8, /larger than max/i],
  ])('%s ends the stream with an error, and nothing else', async (_, bytes, code, details) => {
    const stream = open();
    const other = open();
    stream.sendBytes(bytes);
    expect(await stream.status).toMatchObject({ code, details: expect.stringMatching(details) });
    other.send([rangeCall(1, 'a')]);
    expect((await other.answered(1))[0]!.code).toBe(0);
    other.cancel();
  });

  test('an empty message is nothing; the end of the requests waits for the answers', async () => {
    const stream = open();
    stream.send([]);
    stream.sendBytes(Buffer.alloc(0));
    stream.send(Array.from({ length: 200 }, (_, id) => putCall(id, `end/${id}`)));
    stream.end();
    expect((await stream.status).code).toBe(0);
    expect(stream.answers).toHaveLength(200);
  });

  test('a client that goes away in the middle takes nothing with it', async () => {
    for (let round = 0; round < 20; round++) {
      const stream = open();
      stream.send(Array.from({ length: 100 }, (_, id) => putCall(id, `gone/${id}`, `${round}`)));
      if (round % 2) await stream.answered(1);
      stream.cancel();
      await stream.status;
    }
    const stream = open();
    stream.send([rangeCall(1, 'gone/0')]);
    expect((await stream.answered(1))[0]!.code).toBe(0);
    stream.cancel();
  });

  test('answers are cut into messages of bounded size', async () => {
    const stream = open();
    stream.send([putCall(0, 'big', 'x'.repeat(100_000))]);
    await stream.answered(1);
    stream.send(Array.from({ length: 40 }, (_, i) => rangeCall(i + 1, 'big')));
    await stream.answered(41);
    expect(stream.messages).toBeGreaterThanOrEqual(1 + Math.floor((40 * 100_000) / maxBatchBytes));
    stream.cancel();
  });

  test('a client that does not read is not served further, and gets everything when it does', async () => {
    const value = 250_000;
    const total = 10 * maxUnanswered;
    const writer = open();
    writer.send([putCall(0, 'flood', 'x'.repeat(value))]);
    await writer.answered(1);
    writer.cancel();

    const ranges = async (): Promise<number> => {
      const text = await (await fetch(`${metricsUrl}/metrics`)).text();
      return Number(/^grpc_server_started_total\{.*grpc_method="Range"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const residentMb = (): number =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${store.child.pid}/status`, 'utf8'))![1]) / 1024;
    const before = await ranges();
    const stream = new RawStream(client);
    stream.send(Array.from({ length: total / 2 }, (_, id) => rangeCall(id, 'flood')));
    for (let id = total / 2; id < total; id++) stream.send([rangeCall(id, 'flood')]);
    let last = -1;
    await eventually('it takes no more', async () => {
      const now = await ranges();
      const settled = now === last && now > before;
      last = now;
      return settled;
    });
    expect(last - before).toBeLessThanOrEqual(2 * maxUnanswered);
    expect(residentMb()).toBeLessThan(300);

    // Another stream of the same connection is served meanwhile.
    const other = open();
    other.send([putCall(1, 'other')]);
    expect((await other.answered(1))[0]!.code).toBe(0);
    other.cancel();

    let received = 0;
    stream.read(({ response }) => {
      expect(response.length).toBeGreaterThan(value);
      received++;
    });
    await eventually('everything arrives', () => received === total, { everyMs: 20 });
    stream.cancel();
  });
});
