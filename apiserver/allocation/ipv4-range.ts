/** IPv4 addresses as numbers, and the usable addresses of a CIDR. */
import { isIPv4 } from 'node:net';
import type { Range } from './pool.ts';

export const ipToNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

export const numberToIp = (n: number): string => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');

/** The addresses between network and broadcast: `10.96.0.0/16` -> 10.96.0.1 to 10.96.255.254. Throws for anything else. */
export function usableAddresses(cidr: string): Range {
  const [network = '', bits = ''] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  if (!isIPv4(network) || !/^\d+$/.test(bits) || size < 8) {
    throw new Error(
      `invalid service-cluster-ip-range ${JSON.stringify(cidr)}: expected an IPv4 CIDR of at least 8 addresses`,
    );
  }
  const base = Math.floor(ipToNumber(network) / size) * size;
  return { first: base + 1, last: base + size - 2 };
}
