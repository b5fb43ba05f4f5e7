/** HPACK against a peer that is not ours (Node's nghttp2), against the examples of the RFC, and against malformed blocks. */
import { connect } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FrameReader, frameType, preface } from './frame.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { encodeHeaders } from './hpack-encoder.ts';
import { limits } from './limits.ts';

const decode = (decoder: HpackDecoder, hex: string): string[] | undefined => {
  const bytes = Buffer.from(hex.replace(/\s/g, ''), 'hex');
  return decoder.decode(bytes, 0, bytes.length)?.map(({ name, value }) => `${name}: ${value}`);
};

test('the requests of RFC 7541, C.4: with Huffman code, each building on the table of the one before', () => {
  const decoder = new HpackDecoder();
  const common = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
  expect(decode(decoder, '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).toEqual(common);
  expect(decode(decoder, '8286 84be 5886 a8eb 1064 9cbf')).toEqual([...common, 'cache-control: no-cache']);
  expect(decode(decoder, '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')).toEqual([
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ]);
});

test('entries leave the table when it is full, and when it is made smaller', () => {
  const decoder = new HpackDecoder();
  // Two entries of 34 bytes fit into a table of 70.
  expect(decode(decoder, '3f27 4001 6101 31 4001 6201 32')).toEqual(['a: 1', 'b: 2']);
  expect(decode(decoder, 'be bf')).toEqual(['b: 2', 'a: 1']);
  expect(decode(decoder, '4001 6301 33 be bf')).toEqual(['c: 3', 'c: 3', 'b: 2']);
  expect(() => decode(decoder, 'c0')).toThrow('index 64, which stands for nothing');
  expect(decode(decoder, '3f03')).toEqual([]);
  expect(decode(decoder, 'be')).toEqual(['c: 3']);
  // An entry larger than the table empties it.
  expect(decode(decoder, '3f00 4001 6402 3434')).toEqual(['d: 44']);
  expect(() => decode(decoder, 'be')).toThrow('stands for nothing');
});

test('what is encoded is decoded, and the table is not used', () => {
  const fields = [
    [':status', '200'],
    ['content-type', 'application/grpc'],
    ['grpc-message', 'x'.repeat(300)],
    ['grpc-status', '0'],
  ] as const;
  const block = encodeHeaders(fields);
  const decoder = new HpackDecoder();
  expect(decode(decoder, block.toString('hex'))).toEqual(fields.map(([name, value]) => `${name}: ${value}`));
  expect(() => decode(decoder, 'be')).toThrow('stands for nothing');
});

describe('malformed blocks', () => {
  test.each([
    ['index 0', '80', 'index 0'],
    ['an index beyond the table', 'be', 'stands for nothing'],
    ['a number without an end', 'ffff ffff', 'ends within a number'],
    ['a number that is too large', `ff${'ff'.repeat(8)}7f`, 'too large a number'],
    ['a number of many zeros', `ff${'80'.repeat(20)}00`, 'too large a number'],
    ['a name beyond the block', '000a 61', 'beyond its block'],
    ['a value beyond the block', '0001 610a 61', 'beyond its block'],
    ['a value whose length does not end', '0001 617f', 'ends within a number'],
    ['a string without its length', '0001 61', 'ends within a field'],
    ['a table larger than allowed', '3fe2 1f', 'at most 4096'],
    ['a change of the table after a field', '82 20', 'after a field'],
    ['padding that is not all ones', '0001 6181 00', 'bad padding'],
    ['padding of more than seven bits', '0001 6182 1fff', 'bad padding'],
    ['the end-of-string symbol', '0001 6185 ffff ffff ff', 'end-of-string'],
  ])('%s', (_, hex, message) => {
    expect(() => decode(new HpackDecoder(), hex)).toThrow(message);
  });

  test('a small block that stands for a large list is decoded, and not kept', () => {
    const decoder = new HpackDecoder();
    const large = `40 01 61 7f a1 1e ${'62'.repeat(4000)}`;
    expect(decode(decoder, large)).toHaveLength(1);
    expect(decode(decoder, 'be'.repeat(limits.headerListBytes))).toBeUndefined();
    // The table is intact.
    expect(decode(decoder, 'be')).toHaveLength(1);
  });
});

test('every character, as nghttp2 writes it', async () => {
  const sockets: Socket[] = [];
  const decoder = new HpackDecoder();
  const { promise: block, resolve } = Promise.withResolvers<string[]>();
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    let skipped = 0;
    const reader = new FrameReader(limits.frameBytes, (type, _flags, _id, bytes, start, end) => {
      if (type !== frameType.headers) return;
      resolve(decoder.decode(bytes, start, end)!.map(({ name, value }) => `${name}: ${value}`));
    });
    socket.on('data', (chunk) => {
      const rest = chunk.subarray(Math.min(chunk.length, preface.length - skipped));
      skipped += chunk.length - rest.length;
      reader.push(rest);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  try {
    // Zeros have the shortest code: with many of them nghttp2 finds the Huffman code worth while for any character.
    const characters = Array.from({ length: 256 }, (_, code) => code).filter((code) => code >= 32 && code !== 127);
    const padded = characters.map((code) => `${'0'.repeat(16)}${String.fromCharCode(code)}0`);
    const values = Array.from({ length: 28 }, (_, i) => padded.slice(i * 8, i * 8 + 8).join(''));
    const headers = Object.fromEntries(values.map((value, i) => [`x-${i}`, value]));
    session.request({ ':path': '/a', ...headers }).on('error', () => undefined);
    const fields = await block;
    for (const [name, value] of Object.entries(headers)) expect(fields).toContain(`${name}: ${value}`);
  } finally {
    session.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
