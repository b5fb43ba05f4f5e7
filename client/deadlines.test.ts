import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines, type Expiring } from './deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

let expired: string[] = [];

function call(name: string, afterMs: number): Expiring {
  return { deadline: performance.now() + afterMs, expire: () => expired.push(name) };
}

test('calls expire when their time is over, once, and those that were answered do not', () => {
  expired = [];
  const deadlines = new Deadlines();
  const [a, b, c, d] = [call('a', 300), call('b', 100), call('c', 200), call('d', 100)];
  for (const one of [a, b, c, d]) deadlines.add(one);
  deadlines.delete(a);
  deadlines.delete(a);
  deadlines.delete(d);
  vi.advanceTimersByTime(150);
  expect(expired).toEqual(['b']);
  deadlines.delete(b);
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual(['b', 'c']);
});

test('a call may end others when it expires, and begin new ones', () => {
  expired = [];
  const deadlines = new Deadlines();
  const other = call('other', 100);
  const later = call('later', 200);
  deadlines.add({
    deadline: performance.now() + 100,
    expire: () => {
      deadlines.delete(other);
      deadlines.add(later);
    },
  });
  deadlines.add(other);
  vi.advanceTimersByTime(150);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(expired).toEqual(['later']);
});
