import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Payload, writeAtomically } from './atomic-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const payload = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));
const visible = (): string[] =>
  readdirSync(directory)
    .filter((name) => !name.startsWith('..'))
    .sort();
const read = (path: string): string => readFileSync(join(directory, path), 'utf8');

test('files appear through one link, with their modes', async () => {
  await writeAtomically(directory, payload({ a: '1', 'deep/b': '2' }, 0o400));
  expect(visible()).toEqual(['a', 'deep']);
  expect(readlinkSync(join(directory, 'a'))).toBe('..data/a');
  expect([read('a'), read('deep/b')]).toEqual(['1', '2']);
  expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o400);
});

test('a change replaces all of them at once, and removes what is gone', async () => {
  await writeAtomically(directory, payload({ a: '1', b: '2' }));
  const before = readlinkSync(join(directory, '..data'));
  await writeAtomically(directory, payload({ a: '3', c: '4' }));
  expect(visible()).toEqual(['a', 'c']);
  expect([read('a'), read('c')]).toEqual(['3', '4']);
  expect(readdirSync(directory)).not.toContain(before);
});

test('what has not changed is left alone', async () => {
  await writeAtomically(directory, payload({ a: '1' }));
  const before = readlinkSync(join(directory, '..data'));
  await writeAtomically(directory, payload({ a: '1' }));
  expect(readlinkSync(join(directory, '..data'))).toBe(before);
});

test.each(['../a', '/a', 'a/../../b', '..data', 'a//b', ''])('the path %j is refused', async (path) => {
  await expect(writeAtomically(directory, payload({ [path]: '1' }))).rejects.toThrow('invalid path in volume');
});
