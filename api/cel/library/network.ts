/** `ip` and `cidr`. Upstream: apiserver/pkg/cel/library/{ip,cidr}.go */
import type { Environment } from '../engine.ts';
import * as net from './ip-address.ts';

class CelIp {
  readonly address: net.IpAddress;

  constructor(address: net.IpAddress) {
    this.address = address;
  }
}

class CelCidr {
  readonly range: net.IpRange;

  constructor(range: net.IpRange) {
    this.range = range;
  }
}

class IpNamespace {}

const succeeds =
  (parse: (text: string) => unknown) =>
  (text: string): boolean => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  };

/** Registers the types and the functions. */
export function registerNetwork(environment: Environment): void {
  registerIp(environment);
  registerCidr(environment);
}

const ip = 'net.IP';
const cidr = 'net.CIDR';

const kindsOfAddress = {
  isUnspecified: net.isUnspecified,
  isLoopback: net.isLoopback,
  isLinkLocalMulticast: net.isLinkLocalMulticast,
  isLinkLocalUnicast: net.isLinkLocalUnicast,
  isGlobalUnicast: net.isGlobalUnicast,
};

function registerIp(environment: Environment): void {
  environment
    .registerType(ip, CelIp)
    .registerType('IpNamespace', IpNamespace)
    .registerConstant('ip', 'IpNamespace', new IpNamespace())
    .registerFunction(`ip(string): ${ip}`, (text: string) => new CelIp(net.parseAddress(text)))
    .registerFunction('isIP(string): bool', succeeds(net.parseAddress))
    .registerFunction(
      'IpNamespace.isCanonical(string): bool',
      (_: unknown, text: string) => net.formatAddress(net.parseAddress(text)) === text,
    )
    .registerFunction(`${ip}.family(): int`, ({ address }: CelIp) => BigInt(address.family))
    .registerFunction(`string(${ip}): string`, ({ address }: CelIp) => net.formatAddress(address))
    .registerOperator(
      `${ip} == ${ip}`,
      (a: CelIp, b: CelIp) => net.formatAddress(a.address) === net.formatAddress(b.address),
    );
  for (const [name, test] of Object.entries(kindsOfAddress)) {
    environment.registerFunction(`${ip}.${name}(): bool`, ({ address }: CelIp) => test(address));
  }
}

function registerCidr(environment: Environment): void {
  const containsIp = ({ range }: CelCidr, address: net.IpAddress): boolean => net.containsAddress(range, address);
  const format = ({ range }: CelCidr): string => `${net.formatAddress(range.address)}/${range.bits}`;
  environment
    .registerType(cidr, CelCidr)
    .registerFunction(`cidr(string): ${cidr}`, (text: string) => new CelCidr(net.parseRange(text)))
    .registerFunction('isCIDR(string): bool', succeeds(net.parseRange))
    .registerFunction(`${cidr}.ip(): ${ip}`, ({ range }: CelCidr) => new CelIp(range.address))
    .registerFunction(`${cidr}.masked(): ${cidr}`, ({ range }: CelCidr) => new CelCidr(net.masked(range)))
    .registerFunction(`${cidr}.prefixLength(): int`, ({ range }: CelCidr) => BigInt(range.bits))
    .registerFunction(`${cidr}.containsIP(string): bool`, (one: CelCidr, text: string) =>
      containsIp(one, net.parseAddress(text)),
    )
    .registerFunction(`${cidr}.containsIP(${ip}): bool`, (one: CelCidr, { address }: CelIp) => containsIp(one, address))
    .registerFunction(`${cidr}.containsCIDR(string): bool`, ({ range }: CelCidr, text: string) =>
      net.containsRange(range, net.parseRange(text)),
    )
    .registerFunction(`${cidr}.containsCIDR(${cidr}): bool`, (a: CelCidr, b: CelCidr) =>
      net.containsRange(a.range, b.range),
    )
    .registerFunction(`string(${cidr}): string`, format)
    .registerOperator(`${cidr} == ${cidr}`, (a: CelCidr, b: CelCidr) => format(a) === format(b));
}
