import { expect, test } from 'vitest';
import { selectControllers } from './select.ts';

const known = ['a', 'b', 'c'];

test.each([
  [['*'], ['a', 'b', 'c']],
  [
    ['*', '-b'],
    ['a', 'c'],
  ],
  [
    ['c', 'a'],
    ['a', 'c'],
  ],
  [['-a'], []],
])('%j', (wanted, names) => expect(selectControllers(wanted, known)).toEqual(names));

test('a name that nobody knows is refused', () => {
  expect(() => selectControllers(['*', '-d'], known)).toThrow('"d" is not in the list of known controllers: a, b, c');
});
