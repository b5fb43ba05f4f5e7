import { describe, expect, test } from 'vitest';
import { gatewayOf, PodAddresses, parseCidr } from './pod-address.ts';

describe('pod addresses', () => {
  test('start after the bridge and are not reused at once', () => {
    const addresses = new PodAddresses('10.244.3.0/24');
    expect(addresses.allocate()).toBe('10.244.3.2');
    expect(addresses.allocate()).toBe('10.244.3.3');
    addresses.release('10.244.3.2');
    expect(addresses.allocate()).toBe('10.244.3.4');
  });

  test('skip what is reserved, go round, and end with a clear error', () => {
    const addresses = new PodAddresses('10.244.3.0/29');
    addresses.reserve('10.244.3.4');
    const given = [addresses.allocate(), addresses.allocate(), addresses.allocate(), addresses.allocate()];
    expect(given).toEqual(['10.244.3.5', '10.244.3.6', '10.244.3.2', '10.244.3.3']);
    expect(() => addresses.allocate()).toThrow('no IP addresses available in range set: 10.244.3.0/29');
    addresses.release('10.244.3.4');
    expect(addresses.allocate()).toBe('10.244.3.4');
  });

  test('refuse what is not a CIDR', () => {
    for (const bad of ['10.244.0.0', '10.244.0.0/33', '10.244.0/24', 'fd00::/64', '10.300.0.0/16'])
      expect(() => parseCidr(bad)).toThrow('is not an IPv4 CIDR');
    expect(gatewayOf('10.244.0.0/16')).toBe('10.244.0.1');
  });
});
