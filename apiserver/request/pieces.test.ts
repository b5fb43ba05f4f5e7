import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Pieces } from './pieces.ts';

/** What a client gets of a body, and whether all of it came. */
async function sent(write: (response: ServerResponse) => void, cutAfter = Number.POSITIVE_INFINITY) {
  const server = createServer((_request, response) => write(response)).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise<{ body: Buffer; complete: boolean }>((resolve, reject) => {
      get({ port, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > cutAfter) answer.destroy();
        });
        answer.on('error', () => undefined);
        answer.on('close', () => resolve({ body: Buffer.concat(chunks), complete: answer.complete }));
      }).on('error', reject);
    });
  } finally {
    server.close();
  }
}

const parts = [1, 0, 65_535, 1, 65_536, 70_000, 1, 300_000, 3].map((size, i) => Buffer.alloc(size, 97 + i));

test('all parts arrive, in order, whatever their sizes; twice, because blocks are used again', async () => {
  const pieces = new Pieces(parts);
  expect(pieces.length).toBe(parts.reduce((sum, { length }) => sum + length, 0));
  for (let round = 0; round < 2; round++) {
    const { body } = await sent((response) => {
      response.setHeader('content-length', pieces.length);
      void pieces.endWith(response);
    });
    expect(body.equals(Buffer.concat(parts))).toBe(true);
  }
  expect(pieces.join().equals(Buffer.concat(parts))).toBe(true);
});

test('nothing is an answer as well', async () => {
  expect((await sent((response) => void new Pieces([]).endWith(response))).body.length).toBe(0);
});

test('a client that goes away ends it', async () => {
  const many = Array.from({ length: 2000 }, () => Buffer.alloc(60_000));
  let ended: Promise<void> | undefined;
  const { complete } = await sent((response) => {
    ended = new Pieces(many).endWith(response);
  }, 1_000_000);
  expect(complete).toBe(false);
  await ended;
});
