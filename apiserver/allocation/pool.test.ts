import { describe, expect, test } from 'vitest';
import { ipToNumber, numberToIp, usableAddresses } from './ipv4-range.ts';
import { chooseFree } from './pool.ts';

describe('chooseFree', () => {
  const range = { first: 1, last: 100 };
  const upTo = (n: number) => (candidate: number) => candidate <= n;

  test('begins at random above the part that is kept for requests', () => {
    expect(chooseFree(range, upTo(0), () => 0)).toBe(17);
    expect(chooseFree(range, upTo(0), () => 0.999)).toBe(100);
    expect(
      chooseFree(
        range,
        (n) => n >= 50 && n <= 60,
        () => (50 - 17) / 84,
      ),
    ).toBe(61);
  });

  test('goes around the end, then takes from the lower part, then gives up', () => {
    expect(
      chooseFree(
        range,
        (n) => n > 17,
        () => 0.999,
      ),
    ).toBe(17);
    expect(
      chooseFree(
        range,
        (n) => n > 3,
        () => 0.5,
      ),
    ).toBe(1);
    expect(
      chooseFree(
        range,
        () => true,
        () => 0.5,
      ),
    ).toBeUndefined();
  });
});

test('addresses of a range', () => {
  const range = usableAddresses('10.96.0.0/16');
  expect([numberToIp(range.first), numberToIp(range.last)]).toEqual(['10.96.0.1', '10.96.255.254']);
  expect(numberToIp(ipToNumber('255.1.2.3'))).toBe('255.1.2.3');
  for (const bad of ['10.96.0.0', '10.96.0.0/40', 'fd00::/64', 'x/8', '10.0.0.0/30']) {
    expect(() => usableAddresses(bad)).toThrow('invalid service-cluster-ip-range');
  }
});
