/** Logs as LevelDB writes them, cut and altered. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from './commit.ts';
import { BatchCheck } from './leveldb-batch.ts';
import { checkLog } from './leveldb-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'minik-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A log whose batches hold values of these sizes, and where each batch ends. */
async function writeLog(name: string, sizes: number[]): Promise<{ log: Buffer; ends: number[] }> {
  const path = join(directory, name);
  const database: Database = new ClassicLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  const read = (): Buffer => readFileSync(join(path, readdirSync(path).find((file) => file.endsWith('.log'))!));
  await database.open();
  const ends: number[] = [];
  for (const [i, size] of sizes.entries()) {
    await database.put(Buffer.from(`key ${i}`), Buffer.alloc(size, 100 + i), { sync: true });
    ends.push(read().length);
  }
  const log = read();
  await database.close();
  return { log, ends };
}

/** Small ones, one over several blocks, one that ends close to a block's end. */
const sizes = [10, 200, 70_000, 27_000, 50, 1_000];
const blockSize = 32 * 1024;
let log: Buffer;
let ends: number[];
beforeAll(async () => {
  ({ log, ends } = await writeLog('log', sizes));
});

const lastEnd = (size: number): number => Math.max(0, ...ends.filter((end) => end <= size));

const flipped = (bytes: Buffer, at: number, mask = 0x10): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= mask;
  return copy;
};

test('a whole log is whole', () => {
  expect(log.length).toBeGreaterThan(3 * blockSize);
  expect(checkLog(log)).toMatchObject({ end: log.length, damage: undefined });
  expect(checkLog(Buffer.alloc(0))).toEqual({ end: 0, damage: undefined, last: undefined });
});

describe('a torn end is what a crash leaves', () => {
  test('wherever the file is cut', () => {
    for (let size = 0; size <= log.length; size += size > 300 && size < log.length - 300 ? 397 : 1) {
      const { end, damage } = checkLog(log.subarray(0, size));
      expect([size, damage]).toEqual([size, undefined]);
      // Padding at a block's end belongs to nothing.
      expect(size - end < 7 || end === lastEnd(size), `cut at ${size}, ends at ${end}`).toBe(true);
    }
  });

  test('wherever zeros begin', () => {
    for (let size = 0; size < log.length; size += size > 300 && size < log.length - 300 ? 397 : 1) {
      const { end, damage } = checkLog(Buffer.concat([log.subarray(0, size), Buffer.alloc(100_000)]));
      const next = ends.find((one) => one > size)!;
      const partEnd = Math.min(next, size - (size % blockSize) + blockSize);
      // Nearer to the end of a record, or of its part in a block, it is not told from damage.
      if (size < partEnd - 16) expect([size, damage]).toEqual([size, undefined]);
      expect(size - end < 7 || end === lastEnd(size), `zeros from ${size}, ends at ${end}`).toBe(true);
    }
  });

  test.each([1, 6, 7, 100, 4096, 100_000])('and %i zeros behind it', (zeros) => {
    const bytes = Buffer.concat([log, Buffer.alloc(zeros)]);
    expect(checkLog(bytes)).toMatchObject({ end: log.length, damage: undefined });
  });
});

describe('sectors that a power failure left out', () => {
  const sector = 512;

  test.each([[[10, 200, 70_000]], [[10, 3_000]], [[10, 600]]])('of the last of writes of %j bytes', async (these) => {
    const last = await writeLog(`sectors ${these}`, these);
    const [start, end] = last.ends.slice(-2) as [number, number];
    for (let at = Math.ceil(start / sector) * sector; at + sector <= end; at += sector) {
      const torn = checkLog(Buffer.concat([Buffer.from(last.log).fill(0, at, at + sector), Buffer.alloc(5_000)]));
      expect([at, torn.damage]).toEqual([at, undefined]);
      expect(start - torn.end).toBeLessThan(7);
    }
  });

  test('are damage when another write came after it', () => {
    const [start, end] = ends.slice(1, 3) as [number, number];
    for (let at = Math.ceil(start / sector) * sector; at + sector <= end; at += 7 * sector) {
      const { damage } = checkLog(Buffer.from(log).fill(0, at, at + sector));
      expect([at, damage]).toEqual([at, expect.any(String)]);
    }
  });

  test('the end of one write and the beginning of the next in one sector: the first was whole when the second came', async () => {
    const { log, ends } = await writeLog('boundary', [700, 700]);
    const at = Math.floor(ends[0]! / sector) * sector;
    expect(at + sector).toBeGreaterThan(ends[0]! + 7);
    expect(checkLog(Buffer.from(log).fill(0, at, at + sector))).toEqual({
      end: 0,
      damage: 'the checksum of a record is wrong',
    });
  });
});

describe.each([0, 100_000])('damage, with %i zeros behind the log', (zeros) => {
  let space: Buffer;
  beforeAll(() => {
    space = Buffer.concat([log, Buffer.alloc(zeros)]);
  });

  test('anywhere in a record is found, where the record begins', () => {
    const step = (at: number): number => (at < 300 || at > log.length - 300 ? 1 : 613);
    for (let at = 0; at < log.length; at += step(at)) {
      const { end, damage } = checkLog(flipped(space, at));
      const start = lastEnd(at);
      expect([at, damage]).toEqual([at, expect.any(String)]);
      expect(end).toBe(start);
    }
  });

  test('in the length of the last record is not taken for a torn end', () => {
    const header = ends.at(-2)!;
    for (const at of [header + 4, header + 5]) {
      for (let mask = 1; mask < 256; mask <<= 1) {
        expect([at, mask, checkLog(flipped(space, at, mask)).damage]).toEqual([at, mask, expect.any(String)]);
      }
    }
  });

  const without = (bytes: Buffer, from: number, to: number): Buffer =>
    Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);

  test.each([
    ['zeros in the middle', (bytes: Buffer) => bytes.fill(0, ends[0], ends[1]), 0, /^zeros where/],
    [
      'a block that is missing',
      (bytes: Buffer) => without(bytes, blockSize, 2 * blockSize),
      1,
      /^a write is incomplete/,
    ],
    ['blocks whose first is missing', (bytes: Buffer) => without(bytes, 0, blockSize), -1, /^a part of a record/],
  ])('%s', (_, alter, batch, message) => {
    const { end, damage } = checkLog(alter(Buffer.from(space)), new BatchCheck());
    expect(damage).toMatch(message);
    expect(end).toBe(batch < 0 ? 0 : ends[batch]);
  });

  test('a write that is missing', async () => {
    const small = await writeLog(`small ${zeros}`, [10, 20, 30]);
    const bytes = Buffer.concat([without(small.log, small.ends[0]!, small.ends[1]!), Buffer.alloc(zeros)]);
    expect(checkLog(bytes).damage).toBeUndefined();
    expect(checkLog(bytes, new BatchCheck())).toMatchObject({
      end: small.ends[0],
      damage: 'writes are missing before this one',
    });
  });
});
