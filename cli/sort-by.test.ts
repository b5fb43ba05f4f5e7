import { describe, expect, test } from 'vitest';
import { sortBy } from './sort-by.ts';

const sorted = (path: string, ...values: unknown[]): unknown[] =>
  sortBy(
    values.map((value) => ({ spec: value === undefined ? {} : { value } })),
    path,
    (item) => item,
  ).map(({ spec }) => spec.value);

describe('by the value at a path', () => {
  test.each<[string, unknown[], unknown[]]>([
    ['numbers', [10, 9, 100], [9, 10, 100]],
    ['texts with numbers in them', ['web-10', 'web-2', 'db'], ['db', 'web-2', 'web-10']],
    ['quantities', ['1Gi', '100Mi', '2G'], ['100Mi', '1Gi', '2G']],
    ['times', ['2030-01-02T00:00:00Z', '2030-01-01T00:00:00Z'], ['2030-01-01T00:00:00Z', '2030-01-02T00:00:00Z']],
    ['nothing before something', ['a', undefined, 'b'], [undefined, 'a', 'b']],
  ])('%s', (_, values, wanted) => {
    expect(sorted('.spec.value', ...values)).toEqual(wanted);
  });

  test.each(['.spec.value', 'spec.value', '{.spec.value}', '{spec.value}'])('%s is a path', (path) => {
    expect(sorted(path, 2, 1)).toEqual([1, 2]);
  });

  test('a path that nobody has is refused', () => {
    expect(() => sorted('spec.nothing', 1)).toThrow(
      'couldn\'t find any field with path "{.spec.nothing}" in the list of objects',
    );
    expect(sorted('spec.nothing')).toEqual([]);
  });
});
