/** gRPC over the store's own HTTP/2: what a call may look like, and what its client is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grpcCode } from '../api/etcd-errors.ts';
import { errorCode } from './http2/error.ts';
import { frameFlag, frameType, uint32 } from './http2/frame.ts';
import { limits } from './http2/limits.ts';
import { callHeaders, grpcMessage, settingBytes, TestClient } from './http2/test-client.ts';
import { maxRequestBytes, startTestServer, type TestServer } from './http2/test-server.ts';

const { data, rstStream, settings, windowUpdate } = frameType;
const { endStream, endHeaders } = frameFlag;
const maxMessageBytes = maxRequestBytes + 512 * 1024;

let server: TestServer;
const clients: TestClient[] = [];
const connect = (initialSettings?: Buffer): TestClient => {
  const client = new TestClient(server.address).begin(initialSettings);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  for (const client of clients) client.close();
  await server.close();
});

/** Waits for something that the server does by itself. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1);
}

describe('unary calls', () => {
  test('succeed: headers, a message, trailers', async () => {
    const client = connect().call(1, '/test.Echo/Call', 'hello');
    expect(await client.answer(1)).toEqual({
      fields: { ':status': '200', 'content-type': 'application/grpc', 'grpc-status': '0' },
      messages: ['hello'],
      reset: undefined,
    });
  });

  test('fail: one block of headers, the text percent-encoded', async () => {
    const client = connect().call(1, '/test.Echo/Fail', ' 100 % größer\n');
    expect(await client.answer(1)).toEqual({
      fields: {
        ':status': '200',
        'content-type': 'application/grpc',
        'grpc-status': '5',
        'grpc-message': '%20100 %25 gr%C3%B6%C3%9Fer%0A',
      },
      messages: [],
      reset: undefined,
    });
  });

  test('a long text is cut', async () => {
    const client = connect().call(1, '/test.Echo/Fail', 'x'.repeat(10_000));
    expect((await client.answer(1)).fields['grpc-message']).toHaveLength(4096);
  });

  test('a message in many frames, some of them empty', async () => {
    const client = connect().headers(1, callHeaders('/test.Echo/Call'));
    for (const byte of grpcMessage('in pieces')) client.send(data, 0, 1, Buffer.of(byte)).send(data, 0, 1);
    client.send(data, endStream, 1);
    expect((await client.answer(1)).messages).toEqual(['in pieces']);
  });

  test('a message of zero bytes', async () => {
    expect((await connect().call(1, '/test.Echo/Call', '').answer(1)).messages).toEqual(['']);
  });

  const call = callHeaders('/test.Echo/Call');
  const replaced = (name: string, value: string) => call.map(([n, v]): [string, string] => [n, n === name ? value : v]);
  const message = grpcMessage('a');
  const compressed = Buffer.concat([Buffer.of(1), message.subarray(1)]);
  const table: [what: string, fields: [string, string][], body: Buffer, expected: [string, number, string]][] = [
    ['no message', call, Buffer.of(), ['200', 13, 'cardinality violation: received no request message']],
    ['two messages', call, Buffer.concat([message, message]), ['200', 13, 'cardinality violation: received multiple']],
    ['half a message', call, message.subarray(0, 5), ['200', 13, 'unexpected EOF']],
    ['half a prefix', call, message.subarray(0, 2), ['200', 13, 'unexpected EOF']],
    ['a compressed message', call, compressed, ['200', 13, 'compressed flag set with identity or empty encoding']],
    ['an unknown flag', call, Buffer.alloc(5, 7), ['200', 13, 'unexpected payload format 7']],
    ['a compressed call', [...call, ['grpc-encoding', 'gzip']], message, ['200', 12, 'grpc-encoding "gzip"']],
    [
      'no such method',
      callHeaders('/test.Echo/None'),
      message,
      ['200', 12, 'unknown method None for service test.Echo'],
    ],
    ['no such service', callHeaders('/none.None/X'), message, ['200', 12, 'unknown method X for service none.None']],
    ['no path of a method', callHeaders('/nothing'), message, ['200', 12, 'malformed method name: "/nothing"']],
    ['GET', replaced(':method', 'GET'), Buffer.of(), ['405', 13, ':method "GET" which should be POST']],
    ['JSON', replaced('content-type', 'application/json'), message, ['415', 3, 'content-type "application/json"']],
    ['grpc-web', replaced('content-type', 'application/grpc-web'), message, ['415', 3, '"application/grpc-web"']],
    ['no content-type', call.filter(([name]) => name !== 'content-type'), message, ['415', 3, 'content-type ""']],
    ['a timeout of nothing', [...call, ['grpc-timeout', 'soon']], message, ['400', 13, 'grpc-timeout: "soon"']],
  ];

  test.each(table)('%s', async (_, fields, body, [status, code, text]) => {
    const client = connect().headers(1, fields).send(data, endStream, 1, body);
    const answer = await client.answer(1);
    expect(answer.fields).toMatchObject({
      ':status': status,
      'grpc-status': String(code),
      'grpc-message': expect.stringContaining(text),
    });
    expect((await client.call(3, '/test.Echo/Call', 'next').answer(3)).messages).toEqual(['next']);
  });

  test('a refused encoding comes with those that are accepted', async () => {
    const client = connect().call(1, '/test.Echo/Call', 'a', [['grpc-encoding', 'gzip']]);
    expect((await client.answer(1)).fields['grpc-accept-encoding']).toBe('identity');
  });

  test.each(['identity', undefined])('grpc-encoding %s, and subtypes of the content type', async (encoding) => {
    const fields = callHeaders('/test.Echo/Call', encoding ? [['grpc-encoding', encoding]] : []);
    for (const [i, type] of ['application/grpc+proto', 'application/grpc;charset=utf-8'].entries()) {
      const typed = fields.map(([name, value]): [string, string] => [name, name === 'content-type' ? type : value]);
      const client = connect()
        .headers(1, typed)
        .send(data, endStream, 1, grpcMessage(`${i}`));
      expect((await client.answer(1)).messages).toEqual([`${i}`]);
    }
  });

  test('a message that is too large is refused when its length is known', async () => {
    const client = connect().headers(1, callHeaders('/test.Echo/Call'));
    client.send(data, 0, 1, grpcMessage(Buffer.alloc(maxMessageBytes + 1)).subarray(0, 5));
    expect(await client.answer(1)).toMatchObject({
      fields: {
        'grpc-status': '8',
        'grpc-message': `grpc: received message larger than max (${maxMessageBytes + 1} vs. ${maxMessageBytes})`,
      },
      // The rest of the request is not wanted.
      reset: errorCode.noError,
    });
  });
});

describe('deadlines', () => {
  test('a call that is not answered in time fails with code 4', async () => {
    const client = connect();
    client.call(1, '/test.Echo/Hang', 'a', [['grpc-timeout', '20000u']]);
    client.call(3, '/test.Echo/Hang', 'b', [['grpc-timeout', '1H']]);
    client.call(5, '/test.Echo/Hang', 'c', [['grpc-timeout', '5m']]);
    for (const id of [5, 1]) {
      expect((await client.answer(id)).fields).toMatchObject({
        'grpc-status': '4',
        'grpc-message': 'context deadline exceeded',
      });
    }
    expect(client.frames.some(({ streamId }) => streamId === 3)).toBe(false);
  });

  test('and a stream that is open then is closed', async () => {
    const client = connect().headers(1, callHeaders('/test.Echo/Stream', [['grpc-timeout', '30m']]));
    client.send(data, 0, 1, grpcMessage('first'));
    expect(await client.answer(1)).toMatchObject({ fields: { 'grpc-status': '4' }, messages: ['first'], reset: 0 });
    expect(server.streams.at(-1)!.closed).toBe(true);
  });
});

describe('streams', () => {
  test('echo until the client has sent everything', async () => {
    const client = connect().headers(1, callHeaders('/test.Echo/Stream'));
    client.send(data, 0, 1, Buffer.concat([grpcMessage('a'), grpcMessage('b'), grpcMessage('c').subarray(0, 3)]));
    client.send(data, endStream, 1, grpcMessage('c').subarray(3));
    expect(await client.answer(1)).toMatchObject({ fields: { 'grpc-status': '0' }, messages: ['a', 'b', 'c'] });
    expect(server.streams.at(-1)!.closed).toBe(true);
  });

  test('an error ends the stream after what was answered', async () => {
    const client = connect().headers(1, callHeaders('/test.Echo/Stream'));
    client.send(data, 0, 1, Buffer.concat([grpcMessage('a'), grpcMessage('fail')]));
    expect(await client.answer(1)).toMatchObject({
      fields: { 'grpc-status': '11', 'grpc-message': 'as asked' },
      messages: ['a'],
    });
  });

  test.each(['is reset', 'loses its connection'])('a stream that %s is closed', async (how) => {
    const client = connect().headers(1, callHeaders('/test.Echo/Stream'));
    await client.seen();
    const stream = server.streams.at(-1)!;
    expect(stream.closed).toBe(false);
    if (how === 'is reset') client.send(rstStream, 0, 1, uint32(errorCode.cancel));
    else client.close();
    await until(() => stream.closed);
    expect(stream.out.send(Buffer.from('to nobody'))).toBe(true);
  });
});

describe('flow control', () => {
  test('a request larger than the window gets more window', async () => {
    const client = connect().headers(1, callHeaders('/test.Echo/Call'));
    const bytes = grpcMessage(Buffer.alloc(maxMessageBytes, 'x'));
    let window: number = limits.streamWindow;
    let seen = 0;
    const grants = () => client.frames.filter(({ type, streamId }) => type === windowUpdate && streamId === 1);
    for (let at = 0; at < bytes.length; ) {
      const size = Math.min(window, 16_384, bytes.length - at);
      if (size > 0) client.send(data, at + size === bytes.length ? endStream : 0, 1, bytes.subarray(at, at + size));
      at += size;
      window -= size;
      if (window === 0 && at < bytes.length) await client.until('a window', () => grants().length > seen || undefined);
      for (const { payload } of grants().slice(seen)) window += payload.readUInt32BE(0);
      seen = grants().length;
    }
    // Ours is closed, and the answer waits.
    client.send(windowUpdate, 0, 0, uint32(10_000_000)).send(windowUpdate, 0, 1, uint32(10_000_000));
    expect((await client.answer(1)).messages[0]).toHaveLength(maxMessageBytes);
    expect(window).toBe(0);
  });

  test('an answer is as fast as its client lets it be, in frames of the size it allows', async () => {
    const client = connect(Buffer.concat([settingBytes(4, 100), settingBytes(5, 20_000)]));
    client.call(1, '/test.Echo/Size', '50000');
    await client.seen();
    const sizes = () => client.frames.filter(({ type }) => type === data).map(({ payload }) => payload.length);
    expect(sizes()).toEqual([100]);
    // A smaller window for all streams, which this one's becomes negative by.
    client.send(settings, 0, 0, settingBytes(4, 40)).send(windowUpdate, 0, 1, uint32(60));
    await client.seen();
    expect(sizes()).toEqual([100]);
    client.send(windowUpdate, 0, 1, uint32(1));
    await client.seen();
    expect(sizes()).toEqual([100, 1]);
    client.send(windowUpdate, 0, 1, uint32(100_000));
    expect((await client.answer(1)).messages[0]).toHaveLength(50_000);
    expect(sizes()).toEqual([100, 1, 20_000, 20_000, 50_005 - 40_101]);
  });

  test('a large answer lets small ones pass, also when the window of the connection is small', async () => {
    const client = connect(settingBytes(4, 10_000_000));
    client.call(1, '/test.Echo/Size', '200000').call(3, '/test.Echo/Size', '20000');
    await client.seen();
    client.send(windowUpdate, 0, 0, uint32(60_000));
    expect((await client.answer(3)).messages[0]).toHaveLength(20_000);
    expect(client.frames.some(({ streamId, flags }) => streamId === 1 && flags & endStream)).toBe(false);
    client.send(windowUpdate, 0, 0, uint32(1_000_000));
    expect((await client.answer(1)).messages[0]).toHaveLength(200_000);
  });

  test('a handler is told when its client is slow, and when it may go on', async () => {
    const client = connect().headers(1, callHeaders('/test.Echo/Stream'));
    await client.seen();
    const stream = server.streams.at(-1)!;
    const message = Buffer.alloc(10_000, 'm');
    let sent = 1;
    while (stream.out.send(message)) sent++;
    // The client's window and what we queue.
    expect(sent * message.length).toBeLessThan(65_535 + limits.streamQueueBytes + 2 * message.length);
    expect(stream.drained).toBe(0);
    client.send(windowUpdate, 0, 0, uint32(1_000_000)).send(windowUpdate, 0, 1, uint32(1_000_000));
    await until(() => stream.drained === 1);
    client.send(data, endStream, 1, grpcMessage('last'));
    const { messages } = await client.answer(1);
    expect(messages.map(({ length }) => length)).toEqual([...Array(sent).fill(10_000), 4]);
  });

  test('a client that does not read its socket makes nobody wait, and little is kept for it', async () => {
    const slow = connect(settingBytes(4, 2 ** 31 - 1)).send(windowUpdate, 0, 0, uint32(2 ** 31 - 1 - 65_535));
    slow.headers(1, callHeaders('/test.Echo/Stream'));
    await slow.seen();
    slow.socket.pause();
    const stream = server.streams.at(-1)!;
    const message = Buffer.alloc(100_000, 'm');
    let sent = 1;
    // What the system buffers is taken in turns of the event loop.
    for (let full = 0; full < 20; ) {
      if (stream.out.send(message)) sent++;
      else full++;
      await sleep(1);
    }
    expect(sent).toBeLessThan(300);
    expect((await connect().call(1, '/test.Echo/Call', 'other').answer(1)).messages).toEqual(['other']);
    // More calls of the slow one wait in the system, not here: with the answers nobody reads, nothing is read.
    for (let i = 0; i < 1500; i++) slow.call(2 * i + 3, '/test.Echo/Size', '10000');
    slow.socket.resume();
    expect((await slow.answer(2 * 1499 + 3)).messages[0]).toHaveLength(10_000);
  });

  test('calls of a client that reads no answers are refused at last', async () => {
    const client = connect(settingBytes(4, 0));
    const large = 16 * 1024 * 1024;
    for (let i = 0; i <= limits.queuedBytes / large; i++) client.call(2 * i + 1, '/test.Echo/Size', String(large));
    await client.seen();
    client.call(1001, '/test.Echo/Call', 'one more');
    expect((await client.answer(1001)).fields).toMatchObject({
      'grpc-status': '8',
      'grpc-message': expect.stringContaining('does not read its answers'),
    });
    client.send(rstStream, 0, 1, uint32(errorCode.cancel)).send(rstStream, 0, 3, uint32(errorCode.cancel));
    client.call(1003, '/test.Echo/None', 'and on again');
    expect((await client.answer(1003)).fields['grpc-status']).toBe('12');
  });
});

test('headers in another order of frames: two calls, the second one answered first', async () => {
  const client = connect().headers(1, callHeaders('/test.Echo/Call')).call(3, '/test.Echo/Call', 'second');
  expect((await client.answer(3)).messages).toEqual(['second']);
  client.send(data, endStream, 1, grpcMessage('first'));
  expect((await client.answer(1)).messages).toEqual(['first']);
});

test('closing ends calls and connections with GOAWAY', async () => {
  const own = await startTestServer();
  const client = new TestClient(own.address).begin().headers(1, callHeaders('/test.Echo/Stream'));
  client.send(frameType.headers, endHeaders, 3, Buffer.of(0x82));
  await client.seen();
  const before = performance.now();
  await own.close();
  expect(await client.goAway()).toEqual({ code: errorCode.noError, message: '' });
  await client.until('the end', () => client.isClosed || undefined);
  expect(own.streams[0]!.closed).toBe(true);
  expect(performance.now() - before).toBeLessThan(2 * limits.lingerMs);
});

describe('@grpc/grpc-js', () => {
  const asIs = (bytes: Buffer): Buffer => bytes;

  test('calls, errors, streams, cancels', async () => {
    const client = new Client(`127.0.0.1:${server.address.port}`, credentials.createInsecure());
    const unary = (path: string, message: string, deadline = Date.now() + 5000): Promise<string> =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, asIs, asIs, Buffer.from(message), { deadline }, (error, response) =>
          error ? reject(error) : resolve(response!.toString()),
        );
      });
    try {
      const sizes = [0, 1, 100_000, maxMessageBytes];
      const answers = await Promise.all(sizes.map((size) => unary('/test.Echo/Call', 'x'.repeat(size))));
      expect(answers.map(({ length }) => length)).toEqual(sizes);
      expect(await unary('/test.Echo/Size', '3000000')).toHaveLength(3_000_000);
      const error = await unary('/test.Echo/Fail', 'größer als 100 %').catch((thrown: ServiceError) => thrown);
      expect(error).toMatchObject({ code: grpcCode.notFound, details: 'größer als 100 %' });
      const late = await unary('/test.Echo/Hang', 'x', Date.now() + 30).catch((thrown: ServiceError) => thrown);
      expect(late).toMatchObject({ code: grpcCode.deadlineExceeded });

      const stream = client.makeBidiStreamRequest('/test.Echo/Stream', asIs, asIs);
      const echoed: string[] = [];
      stream.on('data', (bytes: Buffer) => echoed.push(bytes.toString()));
      for (let i = 0; i < 100; i++) stream.write(Buffer.from(`message ${i}`));
      await until(() => echoed.length === 100);
      expect(echoed.at(-1)).toBe('message 99');
      stream.on('error', () => undefined);
      stream.cancel();
      await until(() => server.streams.at(-1)!.closed);
    } finally {
      client.close();
    }
  });
});
