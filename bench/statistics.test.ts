import { describe, expect, test } from 'vitest';
import { median, percentile } from './statistics.ts';

describe('statistics', () => {
  test('a median of an odd and of an even number of samples', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
  });

  test('percentiles are samples', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile([3], 0.01)).toBe(3);
  });

  test('of nothing there is no figure', () => {
    expect(() => median([])).toThrow('no samples');
    expect(() => percentile([], 0.5)).toThrow('no samples');
  });
});
