import { expect, test } from 'vitest';
import { Expectations } from './expectations.ts';

test('creations are awaited one by one', () => {
  const expectations = new Expectations();
  expect(expectations.satisfied('a')).toBe(true);
  expectations.expectCreations('a', 2);
  expectations.creationObserved('a');
  expect(expectations.satisfied('a')).toBe(false);
  expectations.creationObserved('a');
  expect(expectations.satisfied('a')).toBe(true);
});

test('a deletion that is seen twice counts once', () => {
  const expectations = new Expectations();
  expectations.expectDeletions('a', ['x', 'y']);
  expectations.deletionObserved('a', 'x');
  expectations.deletionObserved('a', 'x');
  expect(expectations.satisfied('a')).toBe(false);
  expectations.deletionObserved('a', 'y');
  expect(expectations.satisfied('a')).toBe(true);
});

test('what is never seen is given up after five minutes', () => {
  let now = 0;
  const expectations = new Expectations(() => now);
  expectations.expectCreations('a', 1);
  now = 5 * 60_000;
  expect(expectations.satisfied('a')).toBe(false);
  now += 1;
  expect(expectations.satisfied('a')).toBe(true);
});
