/** IPv4 and IPv6 addresses and ranges of them as numbers, with Go's idea of their kinds. Upstream: net/netip */
import { isIPv4, isIPv6 } from 'node:net';

export interface IpAddress {
  family: 4 | 6;
  value: bigint;
}

export interface IpRange {
  address: IpAddress;
  bits: number;
}

export const widthOf = ({ family }: IpAddress): number => (family === 4 ? 32 : 128);

/** Throws for what is no address, and for IPv4 written as IPv6 or with a zone. */
export function parseAddress(text: string): IpAddress {
  if (isIPv4(text))
    return { family: 4, value: BigInt(text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)) };
  if (!isIPv6(text))
    throw new Error(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    );
  if (text.includes('%')) throw new Error(`IP Address ${JSON.stringify(text)} with zone value is not allowed`);
  const value = parseIpv6(text);
  if (value >> 32n === 0xffffn) throw new Error(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return { family: 6, value };
}

function parseIpv6(text: string): bigint {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const [a = 0, b = 0, c = 0, d = 0] = dotted?.slice(1).map(Number) ?? [];
  const hex = dotted
    ? `${text.slice(0, dotted.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    : text;
  const [head = '', tail] = hex.split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(Number.parseInt(group, 16)), 0n);
}

/** The canonical text: IPv6 in lower case with its longest run of zeros left out. */
export function formatAddress({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const runs = [...groups.join(':').matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)].map((run) => run[1]!);
  const longest = runs.reduce((found, run) => (run.length > found.length ? run : found), '');
  if (!longest) return groups.join(':');
  const at = groups.join(':').search(new RegExp(`(^|:)${longest}(:|$)`));
  const text = groups.join(':');
  const start = at + (text[at] === ':' ? 1 : 0);
  return `${text.slice(0, start).replace(/:$/, '')}::${text.slice(start + longest.length).replace(/^:/, '')}`;
}

/** Throws for what is no range. */
export function parseRange(text: string): IpRange {
  const [address = '', bits = '', more] = text.split('/');
  const wrong = new Error(
    `network address parse error during conversion from string: network address ${JSON.stringify(text)}: invalid CIDR address`,
  );
  if (more !== undefined || !/^\d{1,3}$/.test(bits) || !(isIPv4(address) || isIPv6(address))) throw wrong;
  const parsed = parseAddress(address);
  if (Number(bits) > widthOf(parsed)) throw wrong;
  return { address: parsed, bits: Number(bits) };
}

/** The range with all bits behind its prefix cleared. */
export function masked({ address, bits }: IpRange): IpRange {
  const rest = BigInt(widthOf(address) - bits);
  return { address: { ...address, value: (address.value >> rest) << rest }, bits };
}

export function containsAddress(range: IpRange, address: IpAddress): boolean {
  if (range.address.family !== address.family) return false;
  const rest = BigInt(widthOf(address) - range.bits);
  return range.address.value >> rest === address.value >> rest;
}

export const containsRange = (outer: IpRange, inner: IpRange): boolean =>
  inner.bits >= outer.bits && containsAddress(outer, inner.address);

const within =
  (...ranges: string[]) =>
  (address: IpAddress): boolean =>
    ranges.some((range) => containsAddress(parseRange(range), address));

export const isUnspecified = ({ value }: IpAddress): boolean => value === 0n;
export const isLoopback = within('127.0.0.0/8', '::1/128');
export const isMulticast = within('224.0.0.0/4', 'ff00::/8');
export const isLinkLocalMulticast = within('224.0.0.0/24', 'ff02::/16');
export const isLinkLocalUnicast = within('169.254.0.0/16', 'fe80::/10');

export const isGlobalUnicast = (address: IpAddress): boolean =>
  !isUnspecified(address) &&
  !isLoopback(address) &&
  !isMulticast(address) &&
  !isLinkLocalUnicast(address) &&
  !(address.family === 4 && address.value === 0xffff_ffffn);
