import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { toDynamic } from './cel-types.ts';
import { DynamicMap } from './dynamic-map.ts';

test('values are converted when they are first read, and once', () => {
  const converted: unknown[] = [];
  const convert = (value: unknown): unknown => {
    converted.push(value);
    return BigInt(value as number);
  };
  const map = new DynamicMap({ a: 1, b: 2, c: 'text' }, convert);
  expect([map.size, map.has('a'), [...map.keys()], converted]).toEqual([3, true, ['a', 'b', 'c'], []]);
  expect([map.get('a'), map.get('a'), map.get('d'), converted]).toEqual([1n, 1n, undefined, [1]]);
  expect([...map]).toEqual([
    ['a', 1n],
    ['b', 2n],
    ['c', 'text'],
  ]);
  expect([[...map.values()], converted]).toEqual([
    [1n, 2n, 'text'],
    [1, 2],
  ]);
});

test('a whole object is what it would be if all were converted at once', () => {
  const object = { a: { b: [{ c: 1, d: null, e: 1.5 }], __proto__: 1 } };
  expect(toDynamic(object)).toEqual(
    new Map([['a', new Map([['b', [new Map<string, unknown>(Object.entries({ c: 1n, d: null, e: 1.5 }))]]])]]),
  );
});

test('two are equal whichever of their values have been read', () => {
  const two = (d: number) => toDynamic([{ a: { b: 1, c: [{ d }] }, e: 2 }]) as [DynamicMap];
  const [[one], [same], [other]] = [two(3), two(3), two(4)];
  expect((one.get('a') as DynamicMap).get('b')).toBe(1n);
  expect([isDeepStrictEqual(one, same), isDeepStrictEqual(same, one)]).toEqual([true, true]);
  expect([isDeepStrictEqual(one, other), isDeepStrictEqual(other, same)]).toEqual([false, false]);
});
