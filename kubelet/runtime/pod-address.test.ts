import { describe, expect, test } from 'vitest';
import { gatewayOf, PodAddresses, parseCidr } from './pod-address.ts';

describe('pod addresses', () => {
  test('start after the bridge and are not reused at once', () => {
    const addresses = new PodAddresses('10.244.3.0/24');
    expect(addresses.allocate('a')).toBe('10.244.3.2');
    expect(addresses.allocate('a')).toBe('10.244.3.3');
    addresses.release('10.244.3.2', 'a');
    expect(addresses.allocate('a')).toBe('10.244.3.4');
  });

  test('skip what is reserved, go round, and end with a clear error', () => {
    const addresses = new PodAddresses('10.244.3.0/29');
    addresses.reserve('10.244.3.4', 'b');
    const given = [addresses.allocate('a'), addresses.allocate('a'), addresses.allocate('a'), addresses.allocate('a')];
    expect(given).toEqual(['10.244.3.5', '10.244.3.6', '10.244.3.2', '10.244.3.3']);
    expect(() => addresses.allocate('a')).toThrow('no IP addresses available in range set: 10.244.3.0/29');
    addresses.release('10.244.3.4', 'b');
    expect(addresses.allocate('a')).toBe('10.244.3.4');
  });

  test('are given back only by the sandbox that has them', () => {
    const addresses = new PodAddresses('10.244.3.0/30');
    expect(addresses.allocate('old')).toBe('10.244.3.2');
    addresses.release('10.244.3.2', 'old');
    expect(addresses.allocate('new')).toBe('10.244.3.2');
    addresses.release('10.244.3.2', 'old');
    expect(() => addresses.allocate('third')).toThrow('no IP addresses available');
  });

  test('refuse what is not a CIDR', () => {
    for (const bad of ['10.244.0.0', '10.244.0.0/33', '10.244.0/24', 'fd00::/64', '10.300.0.0/16'])
      expect(() => parseCidr(bad)).toThrow('is not an IPv4 CIDR');
    expect(gatewayOf('10.244.0.0/16')).toBe('10.244.0.1');
  });
});
