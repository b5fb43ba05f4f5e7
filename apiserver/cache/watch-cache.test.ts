import { describe, expect, test } from 'vitest';
import { Entry } from './entry.ts';
import { type Change, HistoryGoneError, WatchCache } from './watch-cache.ts';

const entry = (key: string, revision: number): Entry =>
  new Entry(key, revision, Buffer.from(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${key}"}}`));
const put = (key: string, revision: number) => ({ key, revision, entry: entry(key, revision) });
const gone = (key: string, revision: number) => ({ key, revision, entry: undefined });
const keys = (entries: Entry[]): string[] => entries.map(({ key }) => key);
const shown = (changes: Change[]): string[] =>
  changes.map(({ revision, deleted, entry: { key, object }, previous }) =>
    [revision, deleted ? 'deleted' : previous ? 'changed' : 'added', key, object.metadata.resourceVersion].join(' '),
  );

test('lists in key order, by prefix', () => {
  const cache = new WatchCache();
  cache.replace([entry('b/2', 1), entry('a/1', 1), entry('b/1', 1)], 5);
  cache.apply([put('a/0', 6), put('bb/1', 7), gone('b/2', 8)]);
  expect(keys(cache.list())).toEqual(['a/0', 'a/1', 'b/1', 'bb/1']);
  expect(keys(cache.list('b/'))).toEqual(['b/1']);
  expect(cache.size).toBe(4);
});

test('tells subscribers of batches in order, a deletion with the last state at its own revision', () => {
  const cache = new WatchCache();
  cache.replace([entry('a', 1)], 5);
  const told: Change[][] = [];
  const unsubscribe = cache.subscribe({ changed: (changes) => told.push(changes), lost: () => expect.unreachable() });
  cache.apply([put('a', 6), put('b', 7)]);
  cache.apply([gone('a', 8), gone('never', 9)]);
  unsubscribe();
  cache.apply([put('c', 10)]);
  expect(told.map(shown)).toEqual([['6 changed a 6', '7 added b 7'], ['8 deleted a 8']]);
});

test('history goes back to the last full state, and no further than its capacity', () => {
  const cache = new WatchCache(4);
  cache.replace([], 5);
  for (let revision = 6; revision <= 8; revision++) cache.apply([put('a', revision)]);
  expect(shown(cache.since(6))).toEqual(['7 changed a 7', '8 changed a 8']);
  expect(cache.since(8)).toEqual([]);
  expect(cache.since(5)).toHaveLength(3);
  expect(() => cache.since(4)).toThrow(new HistoryGoneError(4, 5));
  for (let revision = 9; revision <= 12; revision++) cache.apply([put('a', revision)]);
  expect(() => cache.since(5)).toThrow(HistoryGoneError);
  expect(cache.since(11)).toHaveLength(1);
});

test('a full state loses every subscriber', () => {
  const cache = new WatchCache();
  let lost = 0;
  cache.subscribe({ changed: () => expect.unreachable(), lost: () => lost++ });
  cache.replace([entry('a', 3)], 9);
  expect([lost, cache.get('a')?.revision]).toEqual([1, 3]);
});

test('changes that come while the state is loaded follow it, and only those that it does not have', () => {
  const cache = new WatchCache();
  cache.expect();
  cache.apply([{ key: 'a', revision: 4, entry: entry('a', 4) }]);
  cache.apply([{ key: 'b', revision: 6, entry: entry('b', 6) }]);
  expect(cache.size).toBe(0);
  cache.replace([entry('a', 4)], 5);
  expect(cache.list().map(({ key, revision }) => [key, revision])).toEqual([
    ['a', 4],
    ['b', 6],
  ]);
  expect(cache.since(5).map(({ revision }) => revision)).toEqual([6]);
  cache.apply([{ key: 'a', revision: 7, entry: undefined }]);
  expect(cache.size).toBe(1);
});

describe('what this server has written itself', () => {
  const text = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}';

  test('is the entry that comes into the cache when the store tells of it', () => {
    const cache = new WatchCache();
    cache.replace([], 5);
    const own = cache.written('a', 6, text);
    expect([cache.get('a'), cache.ownWrite('a', 7), cache.ownWrite('a', 6)]).toEqual([undefined, undefined, own]);
    cache.apply([{ key: 'a', revision: 6, entry: cache.ownWrite('a', 6) }]);
    expect(cache.get('a')).toBe(own);
    expect(cache.ownWrite('a', 6)).toBeUndefined();
  });

  test('is not waited for when the store has told of it, or of its deletion, before', () => {
    const cache = new WatchCache();
    cache.replace([], 5);
    cache.apply([put('a', 6), put('b', 7), gone('b', 8)]);
    expect(cache.written('a', 6, text)).toBe(cache.get('a'));
    cache.written('b', 7, text);
    expect(cache.ownWrite('b', 7)).toBeUndefined();
  });

  test('the newer of two writes is waited for; a full state ends all waiting', () => {
    const cache = new WatchCache();
    cache.replace([], 5);
    cache.written('a', 6, text);
    const newer = cache.written('a', 7, text);
    cache.apply([put('a', 6)]);
    expect(cache.ownWrite('a', 7)).toBe(newer);
    cache.replace([], 8);
    expect(cache.ownWrite('a', 7)).toBeUndefined();
  });
});
