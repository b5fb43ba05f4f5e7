/** A server's duties on a connection: what is malformed, and what is allowed though odd. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorCode } from './error.ts';
import { frameFlag, frameType, preface, uint32 } from './frame.ts';
import { encodeHeaders } from './hpack-encoder.ts';
import { limits } from './limits.ts';
import { callHeaders, grpcMessage, settingBytes, TestClient } from './test-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const { data, headers, priority, rstStream, settings, pushPromise, ping, goaway, windowUpdate, continuation } =
  frameType;
const { endStream, endHeaders, ack, padded } = frameFlag;
const call = encodeHeaders(callHeaders('/test.Echo/Call'));
const hang = encodeHeaders(callHeaders('/test.Echo/Hang'));

let server: TestServer;
const clients: TestClient[] = [];
const connect = (): TestClient => {
  const client = new TestClient(server.address);
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

type Send = (client: TestClient) => unknown;
const e = errorCode;

describe('ends the connection', () => {
  const many = (count: number, send: (i: number) => void): void => {
    for (let i = 0; i < count; i++) send(i);
  };
  const table: [what: string, code: number, message: string, send: Send][] = [
    ['no preface', e.protocolError, 'preface', (c) => c.socket.write('hello, is this HTTP/2?')],
    ['half a preface', e.protocolError, 'preface', (c) => c.socket.write('PRI * HTTP/2.0\r\n\r\nXX')],
    [
      'PING before SETTINGS',
      e.protocolError,
      'not SETTINGS',
      (c) => {
        c.socket.write(preface);
        c.send(ping, 0, 0, Buffer.alloc(8));
      },
    ],
    [
      'a frame that is too long',
      e.frameSizeError,
      'at most 16384',
      (c) => c.begin().send(data, 0, 1, Buffer.alloc(16_385)),
    ],
    ['DATA on stream 0', e.protocolError, 'never opened', (c) => c.begin().send(data, 0, 0)],
    ['DATA on an idle stream', e.protocolError, 'never opened', (c) => c.begin().send(data, 0, 5)],
    [
      'DATA with too much padding',
      e.protocolError,
      'padding',
      (c) => c.begin().send(headers, endHeaders, 1, call).send(data, padded, 1, Buffer.of(2, 0)),
    ],
    [
      'padded DATA without a length',
      e.frameSizeError,
      'padding',
      (c) => c.begin().send(headers, endHeaders, 1, call).send(data, padded, 1),
    ],
    [
      'DATA on a closed stream',
      e.streamClosed,
      'closed',
      async (c) => {
        await c.begin().call(1, '/test.Echo/Call', 'a').answer(1);
        c.send(data, 0, 1, Buffer.alloc(1));
      },
    ],
    ['HEADERS on stream 0', e.protocolError, 'stream 0', (c) => c.begin().send(headers, endHeaders, 0, call)],
    ['HEADERS on an even stream', e.protocolError, 'stream 2', (c) => c.begin().send(headers, endHeaders, 2, call)],
    [
      'HEADERS on a stream that was passed over',
      e.streamClosed,
      'closed',
      (c) => c.begin().send(headers, endHeaders, 3, call).send(headers, endHeaders, 1, call),
    ],
    [
      'HEADERS with too much padding',
      e.protocolError,
      'padding',
      (c) => c.begin().send(headers, padded | endHeaders, 1, Buffer.of(9, 0x82)),
    ],
    [
      'HEADERS without their priority',
      e.frameSizeError,
      'priority',
      (c) => c.begin().send(headers, frameFlag.priority | endHeaders, 1, Buffer.of(1)),
    ],
    [
      'a malformed header block',
      e.compressionError,
      'stands for nothing',
      (c) => c.begin().send(headers, endHeaders, 1, Buffer.of(0xff, 0x01)),
    ],
    ['CONTINUATION of nothing', e.protocolError, 'no header block', (c) => c.begin().send(continuation, endHeaders, 1)],
    [
      'CONTINUATION of another stream',
      e.protocolError,
      'no header block',
      (c) => c.begin().send(headers, 0, 1, call).send(continuation, endHeaders, 3),
    ],
    [
      'PING in the middle of a header block',
      e.protocolError,
      'middle',
      (c) => c.begin().send(headers, 0, 1, call).send(ping, 0, 0, Buffer.alloc(8)),
    ],
    [
      'empty CONTINUATION without end',
      e.enhanceYourCalm,
      'header block',
      (c) => {
        c.begin().send(headers, 0, 1, call);
        many(1000, () => c.send(continuation, 0, 1));
      },
    ],
    [
      'CONTINUATION of megabytes',
      e.enhanceYourCalm,
      'header block',
      (c) => {
        c.begin().send(headers, 0, 1, call);
        many(100, () => c.send(continuation, 0, 1, Buffer.alloc(16_000)));
      },
    ],
    ['PRIORITY on stream 0', e.protocolError, 'stream 0', (c) => c.begin().send(priority, 0, 0, Buffer.alloc(5))],
    ['RST_STREAM of 3 bytes', e.frameSizeError, '3 bytes', (c) => c.begin().send(rstStream, 0, 1, Buffer.alloc(3))],
    [
      'RST_STREAM on an idle stream',
      e.protocolError,
      'never opened',
      (c) => c.begin().send(rstStream, 0, 1, uint32(8)),
    ],
    ['RST_STREAM on stream 0', e.protocolError, 'never opened', (c) => c.begin().send(rstStream, 0, 0, uint32(8))],
    ['SETTINGS of 5 bytes', e.frameSizeError, '5 bytes', (c) => c.begin(Buffer.alloc(5))],
    ['SETTINGS on a stream', e.protocolError, 'on a stream', (c) => c.begin().send(settings, 0, 1)],
    [
      'an acknowledgement with a payload',
      e.frameSizeError,
      'payload',
      (c) => c.begin().send(settings, ack, 0, Buffer.alloc(6)),
    ],
    ['ENABLE_PUSH of 2', e.protocolError, 'ENABLE_PUSH', (c) => c.begin(settingBytes(2, 2))],
    ['INITIAL_WINDOW_SIZE of 2^31', e.flowControlError, 'INITIAL_WINDOW', (c) => c.begin(settingBytes(4, 2 ** 31))],
    ['MAX_FRAME_SIZE of 1', e.protocolError, 'MAX_FRAME_SIZE', (c) => c.begin(settingBytes(5, 1))],
    [
      'a window that SETTINGS make too large',
      e.flowControlError,
      '2^31-1',
      (c) =>
        c
          .begin()
          .send(headers, endHeaders, 1, hang)
          .send(windowUpdate, 0, 1, uint32(2 ** 31 - 1 - 65_535))
          .send(settings, 0, 0, settingBytes(4, 65_536)),
    ],
    [
      'PUSH_PROMISE',
      e.protocolError,
      'PUSH_PROMISE',
      (c) => c.begin().send(pushPromise, endHeaders, 1, Buffer.alloc(4)),
    ],
    ['PING of 7 bytes', e.frameSizeError, '7 bytes', (c) => c.begin().send(ping, 0, 0, Buffer.alloc(7))],
    ['PING on a stream', e.protocolError, 'on a stream', (c) => c.begin().send(ping, 0, 1, Buffer.alloc(8))],
    ['GOAWAY on a stream', e.protocolError, 'on a stream', (c) => c.begin().send(goaway, 0, 1, Buffer.alloc(8))],
    ['GOAWAY of 7 bytes', e.frameSizeError, '7 bytes', (c) => c.begin().send(goaway, 0, 0, Buffer.alloc(7))],
    [
      'WINDOW_UPDATE of 3 bytes',
      e.frameSizeError,
      '3 bytes',
      (c) => c.begin().send(windowUpdate, 0, 0, Buffer.alloc(3)),
    ],
    ['WINDOW_UPDATE of 0', e.protocolError, 'of 0', (c) => c.begin().send(windowUpdate, 0, 0, uint32(0))],
    [
      'WINDOW_UPDATE on an idle stream',
      e.protocolError,
      'never opened',
      (c) => c.begin().send(windowUpdate, 0, 1, uint32(1)),
    ],
    ['a window of 2^31', e.flowControlError, '2^31-1', (c) => c.begin().send(windowUpdate, 0, 0, uint32(2 ** 31 - 1))],
    [
      'streams that are reset at once',
      e.enhanceYourCalm,
      'reset',
      (c) => {
        c.begin();
        many(limits.resetBurst * 3, (i) =>
          c.send(headers, endHeaders, 2 * i + 1, hang).send(rstStream, 0, 2 * i + 1, uint32(8)),
        );
      },
    ],
    [
      'streams that we have to reset',
      e.enhanceYourCalm,
      'reset',
      (c) => {
        c.begin();
        many(limits.resetBurst * 3, (i) => c.send(headers, endHeaders, 2 * i + 1, Buffer.of(0x82)));
      },
    ],
    [
      'more DATA than the window of the connection',
      e.flowControlError,
      'connection',
      (c) => {
        c.begin();
        // As long as they wait for answers, no more window is given.
        const request = grpcMessage(Buffer.alloc(16_379));
        const count = (limits.unansweredBytes + 2 * limits.connectionWindow) / request.length;
        many(count, (i) => c.send(headers, endHeaders, 2 * i + 1, hang).send(data, endStream, 2 * i + 1, request));
      },
    ],
    [
      'messages that it does not finish',
      e.enhanceYourCalm,
      'unfinished',
      (c) => {
        c.begin();
        const begun = grpcMessage(Buffer.alloc(1024 * 1024)).subarray(0, 16_384);
        for (let i = 0; i < limits.unfinishedBytes / limits.streamWindow + 1; i++) {
          c.send(headers, endHeaders, 2 * i + 1, call);
          many(limits.streamWindow / 16_384, () => c.send(data, 0, 2 * i + 1, begun));
        }
      },
    ],
  ];

  test.each(table)('%s', async (_, code, message, send) => {
    const client = connect();
    await send(client);
    const answer = await client.goAway();
    expect(answer).toEqual({ code, message: expect.stringContaining(message) });
    await client.until('the end', () => client.isClosed || undefined);
  });

  test('HTTP/1, and says where to go', async () => {
    const client = connect();
    client.socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.until('the end', () => client.isClosed || undefined);
    expect(client.text).toMatch(/^HTTP\/1\.1 505 [\s\S]*--listen-metrics-urls/);
  });
});

describe('ends the stream', () => {
  const without = (name: string) => callHeaders('/test.Echo/Call').filter(([field]) => field !== name);
  const table: [what: string, code: number, send: Send][] = [
    ['no :method', e.protocolError, (c) => c.headers(1, without(':method'))],
    ['no :path', e.protocolError, (c) => c.headers(1, without(':path'))],
    ['no :scheme', e.protocolError, (c) => c.headers(1, without(':scheme'))],
    ['an empty :path', e.protocolError, (c) => c.headers(1, callHeaders(''))],
    ['two :path', e.protocolError, (c) => c.headers(1, [[':path', '/'], ...callHeaders('/')])],
    ['a pseudo-header after others', e.protocolError, (c) => c.headers(1, [...without(':path'), [':path', '/']])],
    ['an unknown pseudo-header', e.protocolError, (c) => c.headers(1, [[':what', 'x'], ...callHeaders('/')])],
    ['a :status', e.protocolError, (c) => c.headers(1, [[':status', '200'], ...callHeaders('/')])],
    ['a name in upper case', e.protocolError, (c) => c.headers(1, callHeaders('/', [['Name', 'x']]))],
    ['an empty name', e.protocolError, (c) => c.headers(1, callHeaders('/', [['', 'x']]))],
    ['a value with a line break', e.protocolError, (c) => c.headers(1, callHeaders('/', [['name', 'a\r\nb: c']]))],
    ['a value that begins with a space', e.protocolError, (c) => c.headers(1, callHeaders('/', [['name', ' x']]))],
    ['connection', e.protocolError, (c) => c.headers(1, callHeaders('/', [['connection', 'close']]))],
    ['transfer-encoding', e.protocolError, (c) => c.headers(1, callHeaders('/', [['transfer-encoding', 'chunked']]))],
    ['te: gzip', e.protocolError, (c) => c.headers(1, [...without('te'), ['te', 'gzip']])],
    ['a content-length of nothing', e.protocolError, (c) => c.headers(1, callHeaders('/', [['content-length', 'x']]))],
    [
      'less than content-length',
      e.protocolError,
      (c) =>
        c
          .headers(1, callHeaders('/test.Echo/Call', [['content-length', '9']]))
          .send(data, endStream, 1, grpcMessage('a')),
    ],
    [
      'more than content-length',
      e.protocolError,
      (c) => c.headers(1, callHeaders('/test.Echo/Call', [['content-length', '2']])).send(data, 0, 1, grpcMessage('a')),
    ],
    [
      'trailers without the end',
      e.protocolError,
      (c) => c.headers(1, callHeaders('/test.Echo/Call')).headers(1, [['a', 'b']]),
    ],
    [
      'a pseudo-header in trailers',
      e.protocolError,
      (c) => c.headers(1, callHeaders('/test.Echo/Call')).headers(1, [[':path', '/']], endHeaders | endStream),
    ],
    ['DATA after the end', e.streamClosed, (c) => c.call(1, '/test.Echo/Hang', 'a').send(data, 0, 1, grpcMessage('b'))],
    [
      'HEADERS after the end',
      e.streamClosed,
      (c) => c.call(1, '/test.Echo/Hang', 'a').headers(1, [['a', 'b']], endHeaders | endStream),
    ],
    [
      'WINDOW_UPDATE of 0',
      e.protocolError,
      (c) => c.call(1, '/test.Echo/Hang', 'a').send(windowUpdate, 0, 1, uint32(0)),
    ],
    [
      'a window of 2^31',
      e.flowControlError,
      (c) => c.call(1, '/test.Echo/Hang', 'a').send(windowUpdate, 0, 1, uint32(2 ** 31 - 1)),
    ],
    [
      'PRIORITY of 4 bytes',
      e.frameSizeError,
      (c) => c.call(1, '/test.Echo/Hang', 'a').send(priority, 0, 1, Buffer.alloc(4)),
    ],
    [
      'more DATA than its window',
      e.flowControlError,
      (c) => {
        // The window for the rest of a message is just that.
        const bytes = grpcMessage(Buffer.alloc(limits.streamWindow + 5));
        c.headers(1, callHeaders('/test.Echo/Call'));
        for (let at = 0; at < limits.streamWindow; at += 16_384) c.send(data, 0, 1, bytes.subarray(at, at + 16_384));
        c.send(data, 0, 1, Buffer.alloc(16_384));
      },
    ],
    [
      'one stream too many',
      e.refusedStream,
      (c) => {
        for (let i = 0; i < limits.concurrentStreams; i++) c.send(headers, endHeaders, 2 * i + 3, hang);
        // Streams are numbered upwards.
        c.send(headers, endHeaders, 2 * limits.concurrentStreams + 3, hang);
      },
    ],
  ];

  test.each(table)('%s, and nothing else', async (what, code, send) => {
    const client = connect().begin();
    send(client);
    const streamId = what === 'one stream too many' ? 2 * limits.concurrentStreams + 3 : 1;
    expect((await client.answer(streamId)).reset).toBe(code);
    if (what === 'one stream too many') client.send(rstStream, 0, 3, uint32(8));
    const next = streamId + 2;
    expect((await client.call(next, '/test.Echo/Call', 'still here').answer(next)).messages).toEqual(['still here']);
  });

  test('with 431 when the headers are too many', async () => {
    const client = connect().begin();
    const large = encodeHeaders(Array.from({ length: 12 }, (_, i) => [`x-${i}`, 'v'.repeat(1500)]));
    client.send(headers, endStream, 1, call).send(continuation, 0, 1, large.subarray(0, 9000));
    client.send(continuation, endHeaders, 1, large.subarray(9000));
    expect(await client.answer(1)).toMatchObject({ fields: { ':status': '431' }, reset: undefined });
    expect((await client.call(3, '/test.Echo/Call', 'a').answer(3)).messages).toEqual(['a']);
  });
});

describe('allows', () => {
  const table: [what: string, send: Send][] = [
    ['frames of unknown types', (c) => c.send(0xfa, 0xff, 7, Buffer.alloc(100))],
    ['PRIORITY of any stream', (c) => c.send(priority, 0, 99, Buffer.alloc(5))],
    ['settings that it does not know', (c) => c.send(settings, 0, 0, settingBytes(0x99, 1))],
    [
      'SETTINGS again and again',
      (c) => c.send(settings, 0, 0, settingBytes(1, 0)).send(settings, 0, 0, settingBytes(1, 65_536)),
    ],
    ['GOAWAY of a client that finishes what it began', (c) => c.send(goaway, 0, 0, Buffer.alloc(8))],
    ['answers to PINGs that it did not send', (c) => c.send(ping, ack, 0, Buffer.alloc(8))],
    [
      'WINDOW_UPDATE and RST_STREAM of a stream that has ended',
      async (c) => {
        await c.call(1, '/test.Echo/Call', 'a').answer(1);
        c.send(windowUpdate, 0, 1, uint32(5)).send(rstStream, 0, 1, uint32(8));
      },
    ],
    [
      'DATA and trailers that were under way when it reset the stream',
      async (c) => {
        await c.headers(1, callHeaders('/test.Echo/None')).answer(1);
        c.send(data, 0, 1, grpcMessage('a')).headers(1, [['a', 'b']], endHeaders | endStream);
      },
    ],
    [
      'padding and priority',
      (c) => {
        const block = Buffer.concat([Buffer.of(3), Buffer.alloc(5), call, Buffer.alloc(3)]);
        c.send(headers, endHeaders | padded | frameFlag.priority, 1, block);
        c.send(data, endStream | padded, 1, Buffer.concat([Buffer.of(2), grpcMessage('a'), Buffer.alloc(2)]));
      },
    ],
    [
      'headers in pieces',
      (c) => {
        c.send(headers, 0, 1, call.subarray(0, 3)).send(continuation, 0, 1, call.subarray(3, 9));
        c.send(continuation, endHeaders, 1, call.subarray(9)).send(data, endStream, 1, grpcMessage('a'));
      },
    ],
    [
      'trailers after a request',
      (c) =>
        c
          .headers(1, callHeaders('/test.Echo/Call'))
          .send(data, 0, 1, grpcMessage('a'))
          .headers(1, [['a', 'b']], endHeaders | endStream),
    ],
  ];

  test.each(table)('%s', async (_, send) => {
    const client = connect().begin();
    await send(client);
    expect((await client.call(101, '/test.Echo/Call', 'b').answer(101)).messages).toEqual(['b']);
    if (client.find(headers, 1)) expect((await client.answer(1)).fields).toHaveProperty('grpc-status');
  });

  test('bytes that arrive one by one', async () => {
    const client = connect();
    client.socket.setNoDelay(true);
    const bytes: Buffer[] = [];
    const { write } = client.socket;
    client.socket.write = (chunk: unknown) => bytes.push(chunk as Buffer) > 0;
    client.begin().call(1, '/test.Echo/Call', 'slow');
    client.socket.write = write;
    for (const byte of Buffer.concat(bytes)) {
      client.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.answer(1)).messages).toEqual(['slow']);
  });
});

describe('the first frames', () => {
  test('are SETTINGS and a window, as soon as the preface is there', async () => {
    const client = connect();
    client.socket.write(preface);
    const { payload } = await client.until('SETTINGS', () => client.find(settings, 0));
    expect(payload.toString('hex')).toBe('000300001000' + '000400040000' + '000600004000');
    const update = await client.until('WINDOW_UPDATE', () => client.find(windowUpdate, 0));
    expect(update.payload.readUInt32BE(0)).toBe(limits.connectionWindow - 65_535);
  });

  test('SETTINGS and PING are acknowledged', async () => {
    const client = connect().begin().send(ping, 0, 0, Buffer.from('12345678'));
    const answer = await client.until('PING', () => client.find(ping, 0));
    expect(answer).toMatchObject({ flags: ack, payload: Buffer.from('12345678') });
    expect(client.frames.filter(({ type, flags }) => type === settings && flags === ack)).toHaveLength(1);
  });
});
