/** Tables as LevelDB writes them, packed and not, altered at every place. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, expect, test } from 'vitest';
import { checkTable } from './leveldb-table.ts';
import { unpackSnappy } from './snappy.ts';

const directory = mkdtempSync(join(tmpdir(), 'minik-table-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Many blocks: enough keys that the index is packed too. */
async function writeTable(name: string, compression: boolean): Promise<string> {
  const path = join(directory, name);
  const database = new ClassicLevel(path, { compression });
  await database.open();
  for (let i = 0; i < 600; i++) await database.put(`/registry/pods/default/pod-${i}`, `value ${i} `.repeat(20));
  // What the log holds goes into a table.
  await database.close();
  await database.open();
  await database.close();
  return join(path, readdirSync(path).find((file) => file.endsWith('.ldb'))!);
}

/** The handles of a table's footer, and zeros up to its length. */
const footerSize = 40;

test.each([true, false])('packed: %s', async (compression) => {
  const path = await writeTable(String(compression), compression);
  expect(checkTable(path)).toBeUndefined();
  const bytes = readFileSync(path);
  const found = (altered: Uint8Array): string | undefined => {
    writeFileSync(path, altered);
    return checkTable(path);
  };
  for (let at = 0; at < bytes.length - footerSize - 8; at += 37) {
    bytes[at]! ^= 0x20;
    expect(found(bytes), `altered at ${at}`).toMatch(/^\S+\.ldb at byte \d+: the checksum of a block is wrong$/);
    bytes[at]! ^= 0x20;
  }
  expect(found(bytes.subarray(0, bytes.length - 1))).toMatch(/has no end$/);
  expect(found(Buffer.alloc(0))).toMatch(/has no end$/);
  expect(found(bytes)).toBeUndefined();
});

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

test.each([
  ['nothing', '00', ''],
  ['a literal', '05 10 6162636465', 'abcde'],
  ['a literal whose length takes a byte', `46 f0 45 ${'61'.repeat(70)}`, 'a'.repeat(70)],
  ['a copy, offset in 11 bits', '08 0c 61626364 01 04', 'abcdabcd'],
  ['a copy of what it has just written', '08 00 61 1a 0100', 'aaaaaaaa'],
  ['a copy, offset in 32 bits', '08 0c 61626364 0f 04000000', 'abcdabcd'],
])('Snappy: %s', (_, packed, unpacked) => {
  expect(unpackSnappy(hex(packed)).toString()).toBe(unpacked);
});

test.each([
  ['no length', ''],
  ['a literal beyond the end', '05 10 6162'],
  ['a copy from before the start', '08 00 61 01 04'],
  ['a copy of nothing', '08 00 61 01 00'],
  ['more than the length says', '02 10 6162636465'],
  ['less than the length says', '09 10 6162636465'],
])('no Snappy: %s', (_, packed) => {
  expect(() => unpackSnappy(hex(packed))).toThrow(RangeError);
});
