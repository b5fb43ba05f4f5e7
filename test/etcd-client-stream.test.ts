/**
 * How the etcd client finds its way: the shared stream where the server is our store, plain calls elsewhere, through swapped
 * servers and through servers that do not keep to the rules.
 */
import { type handleUnaryCall, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { methods, PutResponse } from '../api/etcd.ts';
import { type ExchangeCall, type ExchangeRequest, ExchangeResponse, exchangeMethod } from '../api/store-exchange.ts';
import { EtcdClient, type EtcdClientOptions } from '../client/etcd/client.ts';
import { ApiServer } from './harness/apiserver.ts';
import { startEtcd, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { isPresent } from './harness/run.ts';

const port = 24910;
const metricsPort = 24912;
const apiserverPort = 24914;
const endpoint = `http://127.0.0.1:${port}`;
const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent) console.log('skipped in part: etcd is not installed (Debian: etcd-server)');

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function connect(options: Partial<EtcdClientOptions> = {}): EtcdClient {
  const client = new EtcdClient({ endpoint, ...options });
  cleanUps.push(() => client.close());
  return client;
}

async function store() {
  const flags = ['--listen-metrics-urls', `http://127.0.0.1:${metricsPort}`];
  const server = await startStore({ url: endpoint, flags });
  cleanUps.push(() => server.remove());
  return server;
}

/** How often the store has been asked for a method: `{ Exchange: 1, Put: 20 }`. */
async function started(): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const lines = text.matchAll(/^grpc_server_started_total\{.*grpc_method="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, method, count]) => [method, Number(count)]));
}

const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'answered',
    (error: { code: number }) => error.code,
  );

describe('on our store', () => {
  test('all calls share one stream, and count as the public ones', async () => {
    await store();
    const before = await started();
    const client = connect();
    await Promise.all(Array.from({ length: 100 }, (_, i) => client.put({ key: `k${i}` })));
    await Promise.all(Array.from({ length: 50 }, (_, i) => client.range({ key: `k${i}` })));
    const { Exchange = 0, Put = 0, Range = 0 } = await started();
    expect(Exchange - (before.Exchange ?? 0)).toBe(1);
    expect([Put - (before.Put ?? 0), Range - (before.Range ?? 0)]).toEqual([100, 50]);
  });

  test('forced to plain calls, there is no stream', async () => {
    await store();
    const before = await started();
    const client = connect({ transport: 'plain' });
    await Promise.all(Array.from({ length: 10 }, (_, i) => client.put({ key: `k${i}` })));
    const { Exchange, Put } = await started();
    expect([Exchange, Put]).toEqual([before.Exchange, 10]);
  });

  test('the apiserver uses the stream', async () => {
    await store();
    const before = await started();
    const apiserver = await ApiServer.start(endpoint, apiserverPort);
    cleanUps.push(() => apiserver.remove());
    const create = (name: string) => {
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
      const headers = { 'content-type': 'application/json' };
      return apiserver.raw('/api/v1/namespaces/default/configmaps', { method: 'POST', headers, body });
    };
    const { Txn: txnsBefore = 0 } = await started();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => create(`c${i}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const { Exchange = 0, Txn = 0 } = await started();
    expect(Exchange - (before.Exchange ?? 0)).toBe(1);
    expect(Txn - txnsBefore).toBeGreaterThanOrEqual(20);
  });
});

describe.skipIf(!etcdPresent)('swapped servers', () => {
  test('our store, a real etcd and our store again, on one address', async () => {
    const first = await store();
    const client = connect();
    const write = () => eventually('a write is answered', () => client.put({ key: 'a' }), { everyMs: 20 });
    await write();
    expect((await started()).Exchange).toBeGreaterThanOrEqual(1);
    await first.remove();
    expect(await codeOf(client.put({ key: 'a' }))).toBe(14);

    const etcd = await startEtcd(port);
    cleanUps.push(() => etcd.remove());
    await write();
    expect((await client.status()).version).toMatch(/^3\.4/);
    await etcd.remove();

    await store();
    const { Exchange = 0, Put = 0 } = await started();
    await write();
    // Whatever came first after the change: now they share a stream again.
    await Promise.all(Array.from({ length: 50 }, (_, i) => client.put({ key: `k${i}` })));
    const after = await started();
    expect([after.Exchange, after.Put! - Put]).toEqual([Exchange + 1, 51]);
  });

  test('calls that wait while the client finds out are all made', async () => {
    const etcd = await startEtcd(port);
    cleanUps.push(() => etcd.remove());
    const client = connect();
    const first = Array.from({ length: 300 }, (_, i) => client.put({ key: `k${i}`, value: 'x'.repeat(i * 10) }));
    await new Promise(setImmediate);
    const later = Array.from({ length: 300 }, (_, i) => client.put({ key: `later${i}` }));
    const answers = await Promise.all([...first, ...later]);
    expect(new Set(answers.map(({ header }) => header!.revision)).size).toBe(600);
    expect((await client.range({ key: 'k', rangeEnd: 'm', countOnly: true })).count).toBe(600);
  });
});

describe('a server that does not keep to the rules', () => {
  type Stream = ServerDuplexStream<ExchangeRequest, Parameters<typeof ExchangeResponse.encode>[0]>;
  const response = PutResponse.encode({ header: { revision: 7 } });

  /** Serves the stream as told, and plain puts. Returns what ends the server. */
  async function serve(onStream: (stream: Stream) => void, onPut: () => void = () => undefined): Promise<() => void> {
    const server = new Server();
    const asIs = (bytes: Buffer): Buffer => bytes;
    server.register(exchangeMethod.path, onStream as never, ExchangeResponse.encode as never, asIs, 'bidi');
    const put: handleUnaryCall<Buffer, Buffer> = (_, callback) => {
      onPut();
      callback(null, response);
    };
    server.register(methods.put.path, put, asIs, asIs, 'unary');
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    const stop = (): void => server.forceShutdown();
    cleanUps.push(stop);
    return stop;
  }

  const onCalls = (stream: Stream, react: (calls: ExchangeCall[]) => void): void =>
    void stream.on('data', (bytes: Buffer) => react(exchangeMethod.request.decode(bytes).calls));
  const answerAll = (stream: Stream): void =>
    onCalls(stream, (calls) => stream.write({ answers: calls.map(({ id }) => ({ id, response })) }));

  test('accepts the stream and never answers', async () => {
    await serve((stream) => onCalls(stream, () => undefined));
    const client = connect({ timeoutMs: 200 });
    const calls = Array.from({ length: 20 }, () => codeOf(client.put({ key: 'a' })));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([4]));
  });

  test('accepts the stream and never reads', async () => {
    await serve((stream) => stream.pause());
    const client = connect({ timeoutMs: 500 });
    const calls = Array.from({ length: 100 }, () => codeOf(client.put({ key: 'a', value: Buffer.alloc(300_000) })));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([4]));
  });

  test('ends the stream: calls on it fail, the next opens another', async () => {
    let opened = 0;
    await serve((stream) => {
      const mine = ++opened;
      if (mine === 1) onCalls(stream, () => stream.end());
      else answerAll(stream);
    });
    const client = connect();
    const calls = Array.from({ length: 10 }, () => codeOf(client.put({ key: 'a' })));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([14]));
    expect((await client.put({ key: 'a' })).header!.revision).toBe(7);
    expect(opened).toBe(2);
  });

  test('ends it with an error, or with an answer that is no message', async () => {
    let opened = 0;
    await serve((stream) => {
      opened++;
      onCalls(stream, () => {
        if (opened % 2 === 1) stream.emit('error', { code: 13, details: 'something is broken' });
        else stream.write(Buffer.from([0x0a, 0xff]));
      });
    });
    const client = connect();
    await expect(client.put({ key: 'a' })).rejects.toMatchObject({ code: 14, message: 'something is broken' });
    expect(await codeOf(client.put({ key: 'a' }))).toBe(14);
    expect(await codeOf(client.put({ key: 'a' }))).toBe(14);
    expect(opened).toBe(3);
  });

  test('says that it does not know the method after it has answered: no call is made twice', async () => {
    let plainPuts = 0;
    const onStream = (stream: Stream): void =>
      onCalls(stream, ([first]) => {
        stream.write({ answers: [{ id: first!.id, response }] });
        stream.emit('error', { code: 12, details: 'forgotten' });
      });
    await serve(onStream, () => plainPuts++);
    const client = connect();
    const codes = await Promise.all(Array.from({ length: 3 }, () => codeOf(client.put({ key: 'a' }))));
    expect([codes, plainPuts]).toEqual([['answered', 14, 14], 0]);
  });

  test('answers what nobody asked, twice, and in any order', async () => {
    await serve((stream) => {
      onCalls(stream, (calls) => {
        for (const { id } of calls.toReversed()) {
          stream.write({ answers: [{ id: id + 1000 }, { id, response }, { id, code: 13, message: 'again' }] });
        }
      });
    });
    const client = connect();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.put({ key: 'a' })));
    expect(answers.every(({ header }) => header!.revision === 7)).toBe(true);
  });

  test('answers with a response that is no message: that call fails', async () => {
    await serve((stream) => {
      onCalls(stream, (calls) => {
        const answers = calls.map(({ id }, i) => ({ id, response: i === 0 ? Buffer.from([0x0a, 0xff]) : response }));
        stream.write({ answers });
      });
    });
    const client = connect();
    const [broken, whole] = await Promise.allSettled([client.put({ key: 'a' }), client.put({ key: 'b' })]);
    expect(broken).toMatchObject({ reason: { code: 13, message: /^Response message parsing error/ } });
    expect(whole.status).toBe('fulfilled');
  });

  test('does not know the method, and after a reconnect it does', async () => {
    let plainPuts = 0;
    const stop = await serve(
      (stream) => stream.emit('error', { code: 12, details: 'unknown service minik.Store' }),
      () => plainPuts++,
    );
    const client = connect();
    for (let i = 0; i < 5; i++) await client.put({ key: 'a' });
    expect(plainPuts).toBe(5);
    stop();
    await serve(answerAll, () => plainPuts++);
    await eventually('the client is connected again', () => client.put({ key: 'a' }), { everyMs: 20 });
    await client.put({ key: 'a' });
    expect(plainPuts).toBe(5);
  });
});
