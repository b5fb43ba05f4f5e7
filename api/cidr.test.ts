import { expect, test } from 'vitest';
import { contains, formatCidr, parseCidr, parseIpv4, subnet } from './cidr.ts';

test.each(['10.244.0.0', '10.244.0.0/33', '10.256.0.0/16', '10.244.1.0/16', 'fd00::/64', '10.0.0.0/'])(
  '%s is refused',
  (text) => expect(() => parseCidr(text)).toThrow(`invalid CIDR: ${text}`),
);

test.each([
  ['10.244.0.0/16', '10.244.255.255', true],
  ['10.244.0.0/16', '10.245.0.0', false],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['192.0.2.1/32', '192.0.2.1', true],
])('%s contains %s: %s', (range, address, expected) =>
  expect(contains(parseCidr(range), parseIpv4(address)!)).toBe(expected),
);

test('ranges are counted from the first', () => {
  expect([0, 1, 255].map((i) => formatCidr(subnet(parseCidr('10.244.0.0/16'), 24, i)))).toEqual([
    '10.244.0.0/24',
    '10.244.1.0/24',
    '10.244.255.0/24',
  ]);
});
