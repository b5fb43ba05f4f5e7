import { expect, test } from 'vitest';
import { toYaml } from './output.ts';

test.each<[unknown, string]>([
  ['plain', 'plain'],
  ['a:b', 'a:b'],
  ['-foo', '-foo'],
  ['*', "'*'"],
  ['a: b', "'a: b'"],
  ['it #1', "'it #1'"],
  ['- c', "'- c'"],
  ["'d'", "'''d'''"],
  ['[]', "'[]'"],
  ['key:', "'key:'"],
  ['1', '"1"'],
  ['-1', '"-1"'],
  ['', '""'],
  ['true', '"true"'],
  ['y', '"y"'],
  ['2026-11-21T12:35:29Z', '"2026-11-21T12:35:29Z"'],
  ['a\nb\n', '|\n  a\n  b'],
])('%j is quoted as kubectl quotes it', async (value, text) => {
  expect(await toYaml({ b: value, a: 1 })).toBe(`a: 1\nb: ${text}\n`);
});
