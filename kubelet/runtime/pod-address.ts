/**
 * The addresses of a node's pods: IPv4 addresses of its pod CIDR, one at a time.
 *
 * The network address, the first address (the bridge's) and the broadcast address are never given out. Addresses are
 * given in turn, so that one that was freed is not reused at once while something may still connect to it.
 *
 * Upstream: the `host-local` IPAM plugin of containernetworking/plugins
 */
import { RuntimeError } from './runtime.ts';

const toNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toText = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** First address and number of addresses of `10.244.1.0/24`. Throws on what is not an IPv4 CIDR. */
export function parseCidr(cidr: string): { base: number; size: number } {
  const [, ip, bits] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(cidr) ?? [];
  if (!ip || ip.split('.').some((part) => Number(part) > 255) || Number(bits) > 32)
    throw new RuntimeError('Unknown', `"${cidr}" is not an IPv4 CIDR such as 10.244.0.0/24`);
  const size = 2 ** (32 - Number(bits));
  return { base: Math.floor(toNumber(ip) / size) * size, size };
}

/** The address of the bridge in a CIDR: its first one. */
export const gatewayOf = (cidr: string): string => toText(parseCidr(cidr).base + 1);

/** `owner` is whatever names a sandbox: an address is given back only by the one that has it. */
export class PodAddresses {
  readonly #cidr: string;
  readonly #first: number;
  readonly #count: number;
  /** Owners by the address's place in the range. */
  readonly #owners = new Map<number, string>();
  #next = 0;

  constructor(cidr: string) {
    const { base, size } = parseCidr(cidr);
    this.#cidr = cidr;
    this.#first = base + 2;
    this.#count = size - 3;
  }

  /** Notes an address that is in use already, such as an adopted pod's. */
  reserve(ip: string, owner: string): void {
    const offset = toNumber(ip) - this.#first;
    this.#owners.set(offset, owner);
    if (offset >= this.#next && offset < this.#count) this.#next = offset + 1;
  }

  /** An address that nobody has. Throws when there is none. */
  allocate(owner: string): string {
    for (let i = 0; i < this.#count; i++) {
      const offset = (this.#next + i) % this.#count;
      if (this.#owners.has(offset)) continue;
      this.#owners.set(offset, owner);
      this.#next = offset + 1;
      return toText(this.#first + offset);
    }
    throw new RuntimeError('AddressesExhausted', `no IP addresses available in range set: ${this.#cidr}`);
  }

  release(ip: string, owner: string): void {
    const offset = toNumber(ip) - this.#first;
    if (this.#owners.get(offset) === owner) this.#owners.delete(offset);
  }
}
