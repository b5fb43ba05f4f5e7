import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

test.each([
  ['', 0],
  ['a', 0xc1d04330],
  ['123456789', 0xe3069283],
])('of %j', (text, expected) => {
  expect(crc32c(Buffer.from(text))).toBe(expected);
});

test('the vectors of RFC 3720', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
});

test('piece by piece', () => {
  const bytes = Buffer.from('the checksum of the whole is that of its pieces, one after the other');
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
});
