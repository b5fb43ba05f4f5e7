import { expect, test } from 'vitest';
import { age, humanDuration } from './age.ts';

const [s, m, h, d, y] = [1000, 60_000, 3_600_000, 86_400_000, 365 * 86_400_000];

test.each([
  [-2 * s, '<invalid>'],
  [-s, '0s'],
  [0, '0s'],
  [119 * s, '119s'],
  [2 * m, '2m'],
  [2 * m + 5 * s, '2m5s'],
  [10 * m + 5 * s, '10m'],
  [179 * m, '179m'],
  [3 * h, '3h'],
  [3 * h + 5 * m, '3h5m'],
  [8 * h + 5 * m, '8h'],
  [47 * h, '47h'],
  [2 * d, '2d'],
  [2 * d + 3 * h, '2d3h'],
  [8 * d + 3 * h, '8d'],
  [2 * y - d, '729d'],
  [2 * y, '2y'],
  [2 * y + 40 * d, '2y40d'],
  [8 * y + d, '8y'],
])('%d ms is %s', (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test('an age is relative to now, and unknown without a time', () => {
  expect(age('2024-01-01T00:00:00Z', Date.parse('2024-01-01T00:01:30Z'))).toBe('90s');
  expect(age(undefined, 0)).toBe('<unknown>');
});
