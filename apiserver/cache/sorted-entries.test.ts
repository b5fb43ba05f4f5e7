import { expect, test } from 'vitest';
import { Entry } from './entry.ts';
import { SortedEntries } from './sorted-entries.ts';

const entry = (key: string, revision = 1): Entry =>
  new Entry(key, revision, Buffer.from('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}'));
const keys = (entries: Entry[]): string[] => entries.map(({ key }) => key);

test('is what a sorted array would be, whatever is added and removed', () => {
  const sorted = new SortedEntries();
  const expected = new Map<string, number>();
  // A walk that visits every key in an order that is neither rising nor falling.
  for (let step = 0, at = 1; step < 20_000; step++) {
    at = (at * 48_271) % 2_147_483_647;
    const key = `${String.fromCharCode(97 + (at % 7))}/${(at >> 4) % 1500}`;
    if (at % 3 === 0) {
      expected.delete(key);
      sorted.delete(key);
    } else {
      expected.set(key, step);
      sorted.set(entry(key, step));
    }
    if (step % 997 > 0) continue;
    const all = [...expected.keys()].sort();
    expect(keys(sorted.list(''))).toEqual(all);
    for (const prefix of ['a/', 'c/1', 'g/', 'x/']) {
      expect(keys(sorted.list(prefix))).toEqual(all.filter((key) => key.startsWith(prefix)));
    }
    expect(sorted.list('b/').every(({ key, revision }) => expected.get(key) === revision)).toBe(true);
  }
  const some = sorted.list('').slice(0, 700).reverse();
  sorted.replace(some);
  expect(keys(sorted.list(''))).toEqual(keys(some).sort());
  for (const { key } of some) sorted.delete(key);
  expect(sorted.list('')).toEqual([]);
});
