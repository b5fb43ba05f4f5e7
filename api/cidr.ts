/**
 * IPv4 addresses and ranges of them, as numbers: reading, containing, overlapping, splitting into ranges of one size.
 * Upstream: pkg/controller/nodeipam/ipam/cidrset, k8s.io/utils/net
 */

export interface Cidr {
  /** The first address, as a number. */
  base: number;
  bits: number;
}

/** `10.0.0.1` as a number; undefined when the text is no IPv4 address. */
export function parseIpv4(text: string): number | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!octets || octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((address, octet) => address * 256 + octet, 0);
}

export const formatIpv4 = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** Reads `10.244.0.0/16`. Throws when it is none, or when the address is not the first of its range. */
export function parseCidr(text: string): Cidr {
  const [address = '', prefix = ''] = text.split('/');
  const base = parseIpv4(address);
  const bits = /^\d{1,2}$/.test(prefix) ? Number(prefix) : 33;
  if (base === undefined || bits > 32) throw new Error(`invalid CIDR: ${text}`);
  if (base % sizeOf(bits) !== 0) throw new Error(`invalid CIDR: ${text} has bits set beyond its prefix`);
  return { base, bits };
}

export const formatCidr = ({ base, bits }: Cidr): string => `${formatIpv4(base)}/${bits}`;

export const contains = (cidr: Cidr, address: number): boolean =>
  address >= cidr.base && address < cidr.base + sizeOf(cidr.bits);

/** How many ranges of `bits` there are in `cidr`. */
export const countSubnets = (cidr: Cidr, bits: number): number => 2 ** (bits - cidr.bits);

/** The range of that number, counted from 0. */
export const subnet = (cidr: Cidr, bits: number, index: number): Cidr => ({
  base: cidr.base + index * sizeOf(bits),
  bits,
});

export const overlaps = (a: Cidr, b: Cidr): boolean =>
  a.base < b.base + sizeOf(b.bits) && b.base < a.base + sizeOf(a.bits);

const sizeOf = (bits: number): number => 2 ** (32 - bits);
