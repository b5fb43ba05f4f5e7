import { expect, test } from 'vitest';
import { sizeText } from './snapshot-status.ts';

// What etcdctl prints for the same sizes.
test.each([
  [0, '0 B'],
  [9, '9 B'],
  [544, '544 B'],
  [1000, '1.0 kB'],
  [9949, '9.9 kB'],
  [9999, '10 kB'],
  [20480, '20 kB'],
  [2_140_000, '2.1 MB'],
  [999_999, '1000 kB'],
  [3_500_000_000, '3.5 GB'],
])('%i bytes', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
