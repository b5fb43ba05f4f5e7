import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSnapshot, decodeSnapshot, type Entry, encodeSnapshot, readSnapshotFile } from './snapshot-format.ts';

async function* from<T>(items: T[]): AsyncGenerator<T, void, void> {
  yield* items;
}
const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
const entry = (key: string, value: Buffer): Entry => [Buffer.from(key), value];
/** The bytes cut into pieces of one size. */
const pieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

const tables: [what: string, entries: Entry[]][] = [
  ['nothing', []],
  ['an empty value', [entry('k', Buffer.alloc(0))]],
  ['small ones', Array.from({ length: 100 }, (_, i) => entry(`key ${i}`, Buffer.from(`value ${i}`)))],
  ['one larger than a chunk', [entry('a', Buffer.alloc(200_000, 7)), entry('b', Buffer.of(1))]],
  // The magic has 23 bytes, the lengths 8, the end 8.
  ['what fills a block exactly', [entry('k', Buffer.alloc(512 - 23 - 8 - 1 - 8))]],
  ['what fills a block but for a byte', [entry('k', Buffer.alloc(512 - 23 - 8 - 1 - 8 - 1))]],
  ['what needs one byte more than a block', [entry('k', Buffer.alloc(512 - 23 - 8 - 1 - 8 + 1))]],
];

test.each(tables)('%s, there and back', async (_what, entries) => {
  const chunks = await collect(encodeSnapshot(from(entries)));
  const bytes = Buffer.concat(chunks);
  // etcd's clients take 512 n + 32 bytes as a file that has its checksum.
  expect(bytes.length % 512).toBe(0);
  for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(64 * 1024);
  for (const size of [1, 7, 512, 100_000]) {
    if (bytes.length / size > 10_000) continue;
    expect(await collect(decodeSnapshot(from(pieces(bytes, size))))).toEqual(entries);
  }
});

test('a snapshot that ends early is cut short, wherever it ends', async () => {
  const bytes = Buffer.concat(await collect(encodeSnapshot(from([entry('key', Buffer.from('value'))]))));
  const atEnd = bytes.indexOf('value') + 'value'.length + 8;
  for (let length = 23; length < atEnd; length++) {
    await expect(collect(decodeSnapshot(from([bytes.subarray(0, length)])))).rejects.toThrow('cut short');
  }
});

describe('a file', () => {
  let directory: string;
  let path: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'minik-snapshot-'));
    path = join(directory, 'x.db');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('is what it was, or refused', async () => {
    const entries = [entry('key', Buffer.from('value'))];
    const bytes = Buffer.concat(await collect(encodeSnapshot(from(entries))));
    const whole = Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
    writeFileSync(path, whole);
    expect(await collect(readSnapshotFile(path))).toEqual(entries);
    // Any byte of it, of the checksum too.
    for (const at of [0, 25, 40, bytes.length - 1, bytes.length, whole.length - 1]) {
      const altered = Buffer.from(whole);
      altered[at]! ^= 0x40;
      writeFileSync(path, altered);
      await expect(checkSnapshot(path)).rejects.toThrow(/was altered: expected sha256/);
    }
    writeFileSync(path, whole);
    truncateSync(path, whole.length - 1);
    await expect(checkSnapshot(path)).rejects.toThrow(/cut short: its checksum is missing/);
    writeFileSync(path, '');
    await expect(checkSnapshot(path)).rejects.toThrow(/cut short/);
  });
});
