import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SpdySession, type SpdyStream } from './session.ts';

const listener = createServer({ allowHalfOpen: true });

beforeAll(async () => {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
});

afterAll(() => void listener.close());

/** The two ends of one connection. */
async function sockets(): Promise<[Socket, Socket]> {
  const accepted = once(listener, 'connection') as Promise<[Socket]>;
  const near = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [far] = await accepted;
  return [near, far];
}

interface Pair {
  client: SpdySession;
  server: SpdySession;
  /** Streams that the client began, as the server has them. */
  received: SpdyStream[];
}

/** Two ends of one connection; `onStream` is what the server does with a stream. */
async function pair(onStream: (stream: SpdyStream) => void = (stream) => stream.reply()): Promise<Pair> {
  const [near, far] = await sockets();
  const received: SpdyStream[] = [];
  const client = new SpdySession(near, Buffer.alloc(0), { role: 'client' });
  const server = new SpdySession(far, Buffer.alloc(0), {
    role: 'server',
    onStream(stream) {
      received.push(stream);
      onStream(stream);
    },
  });
  return { client, server, received };
}

/** The value once it has not changed for a while. */
async function stable(read: () => number): Promise<number> {
  for (let last = -1; ; ) {
    const now = read();
    if (now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const echo = (stream: SpdyStream): void => {
  stream.reply();
  stream.pipe(stream);
};

describe('a session', () => {
  test('carries streams with their headers, and each half ends by itself', async () => {
    const { client, received } = await pair((stream) => stream.reply());
    const stream = client.createStream({ streamType: 'data', port: '80' });
    await stream.replied;
    expect({ ...received[0]!.headers }).toEqual({ streamtype: 'data', port: '80' });
    stream.end('question');
    expect(await text(received[0]!)).toBe('question');
    received[0]!.end('answer');
    expect(await text(stream)).toBe('answer');
  });

  test('carries megabytes on many streams at once', async () => {
    const { client } = await pair(echo);
    const sent = Array.from({ length: 8 }, (_, i) => Buffer.alloc(2_000_000, `stream ${i} `));
    const got = sent.map((bytes) => {
      const stream = client.createStream({});
      stream.end(bytes);
      return buffer(stream);
    });
    for (const [i, bytes] of (await Promise.all(got)).entries()) expect(bytes.equals(sent[i]!)).toBe(true);
  });

  test('holds the sender back while a stream is not read', async () => {
    const { client, received } = await pair();
    const stream = client.createStream({});
    await stream.replied;
    const megabytes = 64;
    let written = 0;
    const chunk = Buffer.alloc(1024 * 1024);
    const write = (): void => {
      written++;
      if (written < megabytes) stream.write(chunk, write);
      else stream.end();
    };
    stream.write(chunk, write);
    // What the system holds for a connection is some megabytes.
    await expect.poll(() => received[0]!.readableLength).toBeGreaterThan(0);
    expect((await stable(() => written)) < megabytes).toBe(true);
    expect(received[0]!.readableLength).toBeLessThan(1024 * 1024);
    received[0]!.resume();
    await once(received[0]!, 'end');
    expect(written).toBe(megabytes);
  });

  test('a stream that is reset ends at the other end, and the others go on', async () => {
    const { client, received } = await pair(echo);
    const [one, two] = [client.createStream({}), client.createStream({})];
    await two.replied;
    const closed = once(received[0]!, 'close');
    one.reset();
    await closed;
    two.end('still here');
    expect(await text(two)).toBe('still here');
  });

  test('a stream that is refused tells so', async () => {
    const { client } = await pair((stream) => stream.reset());
    await expect(client.createStream({}).replied).rejects.toThrow('the stream was reset');
  });

  test('the end of the connection is the end of its streams', async () => {
    const { client, server, received } = await pair();
    const stream = client.createStream({});
    await stream.replied;
    const closed = [once(stream, 'close'), once(received[0]!, 'close'), client.closed(), server.closed()];
    server.close();
    await Promise.all(closed);
    expect(client.createStream({}).destroyed).toBe(true);
  });

  test('pings are answered', async () => {
    const [near, far] = await sockets();
    new SpdySession(far, Buffer.alloc(0), { role: 'server' });
    near.write(Buffer.from('800300060000000400000005', 'hex'));
    const [answer] = (await once(near, 'data')) as [Buffer];
    expect(answer.toString('hex')).toBe('800300060000000400000005');
  });

  test('noise ends the connection and nothing else', async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % below;
    };
    const [near, far] = await sockets();
    const client = new SpdySession(near, Buffer.alloc(0), { role: 'client' });
    for (let i = 0; i < 4; i++) client.createStream({ streamType: 'data', requestID: String(i) }).end('some bytes');
    client.close();
    const good = await buffer(far);
    for (let round = 0; round < 1000; round++) {
      const bad = Buffer.from(good);
      for (let flips = 1 + random(4); flips > 0; flips--) bad[random(bad.length)] = random(256);
      const [sender, receiver] = await sockets();
      const server = new SpdySession(receiver, Buffer.alloc(0), { role: 'server', onStream: echo });
      sender.resume().on('error', () => undefined);
      sender.end(bad.subarray(0, 1 + random(bad.length)));
      await server.closed();
      sender.destroy();
    }
  });
});
