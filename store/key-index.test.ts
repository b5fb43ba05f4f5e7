import { describe, expect, test } from 'vitest';
import { KeyHistory, KeyIndex } from './key-index.ts';
import { bytesOf, inRange, isSingleKey, rangeOf, singleKey, textOf } from './key-range.ts';
import { parseRecordKey, recordKey, storedKv } from './layout.ts';

const version = (key: string, modRevision: number) =>
  storedKv({ key: bytesOf(key), value: Buffer.of(), lease: 0n, createRevision: modRevision, modRevision, version: 1 });

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

describe('history', () => {
  // Put at 2, put at 5, deleted at 9 as the second change of its txn, put at 12.
  const history = (): KeyHistory => {
    const made = new KeyHistory('k');
    made.put(version('k', 2), 0);
    made.put(version('k', 5), 0);
    made.delete(9, 1);
    made.put(version('k', 12), 0);
    return made;
  };

  test.each([
    [1, undefined],
    [2, { revision: 2, sub: 0 }],
    [4, { revision: 2, sub: 0 }],
    [5, { revision: 5, sub: 0 }],
    [8, { revision: 5, sub: 0 }],
    [9, undefined],
    [11, undefined],
    [12, { modRevision: 12 }],
    [99, { modRevision: 12 }],
  ])('at revision %i', (revision, expected) => {
    const found = history().at(revision);
    if (expected) expect(found).toMatchObject(expected);
    else expect(found).toBeUndefined();
  });

  test.each([
    [1, []],
    [2, []],
    [4, []],
    [5, [2]],
    [8, [2]],
    [9, [2, 5]],
    [10, [2, 5, 9]],
    [12, [2, 5, 9]],
    [99, [2, 5, 9]],
  ])('compact(%i)', (revision, forgotten) => {
    const compacted = history();
    expect(compacted.compact(revision).map((position) => position.revision)).toEqual(forgotten);
    expect(compacted.at(12)).toMatchObject({ modRevision: 12 });
    expect(compacted.isEmpty).toBe(false);
    expect(compacted.compact(revision)).toEqual([]);
  });

  test('a deleted key is forgotten altogether, with the place of its deletion', () => {
    const deleted = new KeyHistory('k');
    deleted.put(version('k', 2), 3);
    deleted.delete(9, 1);
    expect(deleted.compact(10)).toEqual([
      { revision: 2, sub: 3 },
      { revision: 9, sub: 1 },
    ]);
    expect(deleted.isEmpty).toBe(true);
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

  test('record keys sort as revisions do', () => {
    const revisions = [1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7];
    const keys = revisions.map((revision) => recordKey(revision, 3));
    expect(keys.toSorted(Buffer.compare)).toEqual(keys);
    expect(keys.map(parseRecordKey)).toEqual(revisions.map((revision) => ({ revision, sub: 3 })));
  });
});
