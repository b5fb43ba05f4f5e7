/**
 * Random input: bytes, frames, and real traffic with mistakes in it. Whatever arrives, the server stays, only the connection
 * that sent it may end, and what ends has a reason. `SEED=n` repeats a run, `FUZZ=n` makes it n times as long.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeFrame, FrameReader, frameFlag, frameType, preface, uint32 } from '../../store/http2/frame.ts';
import { encodeHeaders } from '../../store/http2/hpack-encoder.ts';
import { limits } from '../../store/http2/limits.ts';
import { callHeaders, grpcMessage, settingBytes, TestClient } from '../../store/http2/test-client.ts';
import { startTestServer, type TestServer } from '../../store/http2/test-server.ts';
import { newSeed, type Random, randomFrom } from '../harness/random.ts';

const seed = newSeed();
const rounds = 150 * Number(process.env['FUZZ'] ?? 1);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const randomBytes = (random: Random, size: number): Buffer =>
  Buffer.from(Array.from({ length: size }, () => random(256)));

/** Any frame: its type, flags, stream and length without regard to one another. */
function randomFrame(random: Random): Buffer {
  const type = random(12);
  const flags = random(4) === 0 ? random(256) : [0, 1, 4, 5][random(4)]!;
  const streamId = [0, 1, 1, 3, 5, 2, 7, 9, 2 ** 31 - 1][random(9)]!;
  const size = [0, 1, 4, 5, 6, 8, 9, 17, 100, 2000][random(10)]!;
  const payload =
    type === frameType.headers && random(3) > 0
      ? encodeHeaders(callHeaders(['/test.Echo/Call', '/test.Echo/Stream', '/test.Echo/None'][random(3)]!))
      : type === frameType.data && random(2) > 0
        ? grpcMessage(randomBytes(random, size))
        : randomBytes(random, size);
  return encodeFrame(type, flags, streamId, payload);
}

/** A well-formed session of everything, as one list of frames. */
function realTraffic(random: Random): Buffer[] {
  const { data, headers, continuation, ping, settings, windowUpdate, rstStream, priority } = frameType;
  const frames = [encodeFrame(settings, 0, 0, settingBytes(4, random(100_000)))];
  for (let streamId = 1; streamId < 41; streamId += 2) {
    const path = ['/test.Echo/Call', '/test.Echo/Stream', '/test.Echo/Fail', '/test.Echo/Hang'][random(4)]!;
    const block = encodeHeaders(callHeaders(path, [['grpc-timeout', `${random(1000)}m`]]));
    frames.push(encodeFrame(headers, 0, streamId, block.subarray(0, 20)));
    frames.push(encodeFrame(continuation, frameFlag.endHeaders, streamId, block.subarray(20)));
    for (let i = random(3); i >= 0; i--) {
      frames.push(encodeFrame(data, i === 0 ? 1 : 0, streamId, grpcMessage(randomBytes(random, random(3000)))));
    }
    frames.push(encodeFrame(windowUpdate, 0, random(2) * streamId, uint32(1 + random(100_000))));
    if (random(4) === 0) frames.push(encodeFrame(rstStream, 0, streamId, uint32(8)));
    if (random(4) === 0) frames.push(encodeFrame(ping, 0, 0, Buffer.alloc(8)));
    if (random(4) === 0) frames.push(encodeFrame(priority, 0, streamId, Buffer.alloc(5)));
  }
  return frames;
}

/** Changes a few bytes, drops, doubles, swaps or cuts frames. */
function spoiled(random: Random, traffic: Buffer[]): Buffer[] {
  const frames = traffic.map((frame) => Buffer.from(frame));
  for (let i = 1 + random(4); i > 0; i--) {
    const at = random(frames.length);
    const frame = frames[at]!;
    const kind = random(6);
    if (kind <= 1 && frame.length > 0) frame[random(frame.length)] = random(256);
    else if (kind === 2) frames.splice(at, 1);
    else if (kind === 3) frames.splice(at, 0, frame);
    else if (kind === 4) frames[at] = frame.subarray(0, random(frame.length + 1));
    else frames.push(...frames.splice(at, 1));
    if (frames.length === 0) return frames;
  }
  return frames;
}

/** Sends in pieces of random size, and ends the connection. What the server said: complete frames, GOAWAY last. */
async function play(random: Random, bytes: Buffer): Promise<void> {
  const client = new TestClient(server.address);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random(random(2) === 0 ? 20 : 20_000);
    client.socket.write(bytes.subarray(at, at + size));
    at += size;
    if (random(8) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (random(5) === 0) client.close();
  else client.socket.end();
  while (!client.isClosed) await new Promise((resolve) => client.socket.once('close', resolve));
  const goAways = client.frames.filter(({ type }) => type === frameType.goaway);
  expect(goAways.length).toBeLessThanOrEqual(1);
  for (const { payload } of goAways) {
    // A mistake of the client's, and one that is named.
    expect([1, 3, 5, 6, 9, 11]).toContain(payload.readUInt32BE(4));
    expect(payload.length).toBeGreaterThan(8);
    expect(client.frames.at(-1)!.type).toBe(frameType.goaway);
  }
}

async function expectServing(): Promise<void> {
  const client = new TestClient(server.address).begin();
  expect((await client.call(1, '/test.Echo/Call', 'still here').answer(1)).messages).toEqual(['still here']);
  client.close();
}

describe(`from seed ${seed}: SEED=${seed} repeats it`, () => {
  const table: [what: string, bytes: (random: Random) => Buffer][] = [
    ['bytes', (random) => randomBytes(random, random(3000))],
    ['bytes after the preface', (random) => Buffer.concat([preface, randomBytes(random, random(3000))])],
    [
      'frames',
      (random) => Buffer.concat([preface, ...Array.from({ length: 1 + random(40) }, () => randomFrame(random))]),
    ],
    [
      'frames after good ones',
      (random) =>
        Buffer.concat([
          preface,
          ...realTraffic(random),
          ...Array.from({ length: 1 + random(10) }, () => randomFrame(random)),
        ]),
    ],
    ['spoiled traffic', (random) => Buffer.concat([preface, ...spoiled(random, realTraffic(random))])],
  ];

  test.each(table)('%s', async (what, bytes) => {
    for (let round = 0; round < rounds; round++) {
      const random = randomFrom(seed + round);
      try {
        await play(random, bytes(random));
      } catch (error) {
        throw new Error(`${what}, round ${round} of seed ${seed}`, { cause: error });
      }
    }
    await expectServing();
    // What was open is closed.
    expect(server.streams.filter(({ closed }) => !closed)).toEqual([]);
  });

  test('good traffic is understood however it is cut', async () => {
    const random = randomFrom(seed);
    for (let round = 0; round < rounds; round++) {
      const frames = realTraffic(random);
      const seen: Buffer[] = [];
      const reader = new FrameReader(limits.frameBytes, (type, flags, id, bytes, start, end) => {
        seen.push(encodeFrame(type, flags, id, bytes.subarray(start, end)));
      });
      const all = Buffer.concat(frames);
      for (let at = 0; at < all.length; ) {
        const end = at + 1 + random(random(2) === 0 ? 12 : 4000);
        reader.push(all.subarray(at, end));
        at = end;
      }
      expect(Buffer.concat(seen).equals(all)).toBe(true);
    }
  });
});
