import { describe, expect, test } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  value,
} from './quantity.ts';

describe('canonical text', () => {
  test.each([
    ['100m', '100m'],
    ['0.1', '100m'],
    ['1500m', '1500m'],
    ['1000m', '1'],
    ['1.5', '1500m'],
    ['1000', '1k'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['512Ki', '512Ki'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['1e3', '1e3'],
    ['1E', '1E'],
    ['12e6', '12e6'],
    ['.5', '500m'],
    ['5.', '5'],
    ['-2', '-2'],
    ['+2', '2'],
    ['0', '0'],
    ['0Mi', '0'],
    ['0.0000000001', '1n'],
    ['100000000000000000000', '9223372036854775807'],
    [2, '2'],
    [0.25, '250m'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
    expect(canonicalQuantity(canonical)).toBe(canonical);
  });

  test.each(['', 'abc', '1 Gi', '1.2.3', '.', '-', 'm', '1Gi5x', '1,5'])('%j does not match the format', (text) => {
    expect(() => parseQuantity(text)).toThrow('quantities must match the regular expression');
  });

  test.each(['1Kii', '1e', '1mm', '1ki', '1Gi5'])('%j has no known suffix', (text) => {
    expect(() => parseQuantity(text)).toThrow("unable to parse quantity's suffix");
  });
});

describe('arithmetic', () => {
  test('compares across suffixes', () => {
    expect(compareQuantities('1Gi', '1024Mi')).toBe(0);
    expect(compareQuantities('1G', '1Gi')).toBe(-1);
    expect(compareQuantities('2', '1999m')).toBe(1);
    expect(compareQuantities(undefined, '0')).toBe(0);
  });

  test('adds in the first operand’s format, or the second’s when the first is zero', () => {
    expect(formatQuantity(addQuantities('1Gi', '512Mi'))).toBe('1536Mi');
    expect(formatQuantity(addQuantities('500m', '600m'))).toBe('1100m');
    expect(formatQuantity(addQuantities(undefined, '1Gi'))).toBe('1Gi');
  });

  test('rounds up', () => {
    expect(value('1001m')).toBe(2);
    expect(value('1Gi')).toBe(1073741824);
    expect(milliValue('1.5')).toBe(1500);
    expect(milliValue('100u')).toBe(1);
  });
});
