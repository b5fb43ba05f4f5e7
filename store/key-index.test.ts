import { describe, expect, test } from 'vitest';
import { KeyIndex } from './key-index.ts';
import { bytesOf, inRange, isSingleKey, rangeOf, singleKey, textOf } from './key-range.ts';

const keysOf = (index: KeyIndex, start = '', end?: string): string[] =>
  [...index.range({ start, end })].map(({ key }) => key);

describe('index', () => {
  test('keys come in byte order, whatever order they went in', () => {
    const index = new KeyIndex();
    const keys = Array.from({ length: 5000 }, (_, i) => String((i * 7919) % 5000).padStart(4, '0'));
    for (const key of keys) index.getOrAdd(key);
    const sorted = keys.toSorted();
    expect(keysOf(index)).toEqual(sorted);
    expect(keysOf(index, '1000', '1003')).toEqual(['1000', '1001', '1002']);
    expect(keysOf(index, '4998')).toEqual(['4998', '4999']);
    expect(keysOf(index, '5', '6')).toEqual([]);
    expect(keysOf(index, '2', '1')).toEqual([]);
    expect(index.get('0007')?.key).toBe('0007');
    expect(index.get('0007x')).toBeUndefined();
    expect(index.getOrAdd('0007')).toBe(index.get('0007'));
  });

  test('removing empties blocks', () => {
    const index = new KeyIndex();
    const keys = Array.from({ length: 2000 }, (_, i) => String(i).padStart(4, '0'));
    for (const key of keys) index.getOrAdd(key);
    for (const key of keys.slice(100, 1900)) index.remove(key);
    index.remove('not there');
    expect(keysOf(index)).toEqual([...keys.slice(0, 100), ...keys.slice(1900)]);
    for (const key of keysOf(index)) index.remove(key);
    expect(keysOf(index)).toEqual([]);
    index.getOrAdd('again');
    expect(keysOf(index)).toEqual(['again']);
  });
});

describe('ranges', () => {
  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

  test.each([
    ['a', '', ['a'], ['', 'a\0', 'b']],
    ['a', 'c', ['a', 'b', 'bzz'], ['c', 'A']],
    ['a', '\0', ['a', 'z', '\xff\xff'], ['A']],
    ['c', 'a', [], ['a', 'b', 'c']],
  ])('key %j to %j', (key, rangeEnd, inside, outside) => {
    const range = rangeOf({ key: bytes(key), rangeEnd: bytes(rangeEnd) });
    for (const one of inside) expect(inRange(range, one), one).toBe(true);
    for (const one of outside) expect(inRange(range, one), one).toBe(false);
    expect(isSingleKey(range)).toBe(rangeEnd === '');
  });

  test('a single key as a range', () =>
    expect(singleKey('k')).toEqual(rangeOf({ key: bytes('k'), rangeEnd: bytes('') })));

  test('text keeps every byte and its order', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(bytesOf(textOf(all))).toEqual(all);
    expect(textOf(Buffer.of(0x7f)) < textOf(Buffer.of(0x80))).toBe(true);
  });
});
