import { expect, test } from 'vitest';
import { expand } from './expand.ts';

test.each([
  ['$(A)', 'a'],
  ['x$(A)y$(B)', 'xayb'],
  ['$(MISSING)', '$(MISSING)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$a'],
  ['$A $ b', '$A $ b'],
  ['$(A', '$(A'],
  ['$(toString)', '$(toString)'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, { A: 'a', B: 'b' })).toBe(expected);
});
