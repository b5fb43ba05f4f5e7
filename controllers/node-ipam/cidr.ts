/** Ranges of IPv4 addresses, and splitting one into ranges of one size. Upstream: pkg/controller/nodeipam/ipam/cidrset */

export interface Cidr {
  /** The first address, as a number. */
  base: number;
  bits: number;
}

/** Reads `10.244.0.0/16`. Throws when it is none, or when the address is not the first of its range. */
export function parseCidr(text: string): Cidr {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const [a, b, c, d, bits] = (match ?? []).slice(1).map(Number);
  if (!match || [a, b, c, d].some((octet) => octet! > 255) || bits! > 32) throw new Error(`invalid CIDR: ${text}`);
  const base = a! * 2 ** 24 + b! * 2 ** 16 + c! * 2 ** 8 + d!;
  if (base % sizeOf(bits!) !== 0) throw new Error(`invalid CIDR: ${text} has bits set beyond its prefix`);
  return { base, bits: bits! };
}

export const formatCidr = ({ base, bits }: Cidr): string =>
  `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${bits}`;

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
