import { expect, test } from 'vitest';
import { timeoutOf } from './timeout.ts';

const of = (timeout: string): number => timeoutOf(new URLSearchParams({ timeout }), 60_000);

test.each([
  ['', 60_000],
  ['0', 60_000],
  ['0s', 60_000],
  ['-5s', 60_000],
  ['32s', 32_000],
  ['1.5s', 1500],
  ['.5s', 500],
  ['+1m', 60_000],
  ['1h', 60_000],
  ['1s500ms', 1500],
  ['10us', 0.01],
])('%j is %d ms', (text, ms) => expect(of(text)).toBeCloseTo(ms));

test.each([
  ['x', 'invalid duration "x"'],
  ['-', 'invalid duration "-"'],
  ['10', 'missing unit in duration "10"'],
  ['1d', 'unknown unit "d" in duration "1d"'],
  ['1s2', 'missing unit in duration "1s2"'],
])('%j is refused', (text, why) => {
  expect(() => of(text)).toThrow(`invalid timeout specified in the request URL - time: ${why}`);
});
