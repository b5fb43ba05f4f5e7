/**
 * Which addresses are on this machine: its own, and those behind a bridge that it holds, as containers are. The service
 * proxy and the API server's proxy connect to nothing else, so that whatever an object says, no packet leaves by a router.
 *
 * Own addresses are those that the kernel's table of local routes has, whole ranges included
 * (`ip route add local 10.96.0.0/16 dev lo`). Without /proc (not Linux) only the addresses of interfaces count.
 */
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Cidr, contains, parseCidr, parseIpv4 } from '../api/cidr.ts';

/** A route of the main table. */
export interface Route {
  range: Cidr;
  interface: string;
  /** Over a router, or into nothing. */
  leaves: boolean;
}

/** What of the kernel's picture counts; `isBridge` tells whether an interface is a bridge. */
export interface Routes {
  local: Cidr[];
  main: Route[];
  isBridge(name: string): boolean;
}

const flagGateway = 0x2;
const flagReject = 0x200;

/** Reads the text of /proc/net/route: addresses are little-endian hexadecimal. */
export function parseRoutes(text: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter((fields) => fields.length >= 8)
    .map(([name, destination, , flags, , , , mask]) => ({
      range: { base: littleEndian(destination!), bits: onesIn(littleEndian(mask!)) },
      interface: name!,
      leaves: (Number.parseInt(flags!, 16) & (flagGateway | flagReject)) !== 0,
    }));
}

const littleEndian = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE();
const onesIn = (mask: number): number => mask.toString(2).replaceAll('0', '').length;

/**
 * Reads the local ranges from the text of /proc/net/fib_trie:
 *
 *     |-- 10.96.0.0
 *        /16 host LOCAL
 */
export function parseLocalRanges(text: string): Cidr[] {
  const ranges = new Map<string, Cidr>();
  let address = '';
  for (const line of text.split('\n')) {
    address = /\|-- (\S+)/.exec(line)?.[1] ?? address;
    const bits = /^\s+\/(\d+) \S+ LOCAL/.exec(line)?.[1];
    if (bits) ranges.set(`${address}/${bits}`, parseCidr(`${address}/${bits}`));
  }
  return [...ranges.values()];
}

/** The kernel's routes as they are now. */
export function readRoutes(): Routes {
  const isBridge = (name: string): boolean => existsSync(`/sys/class/net/${name}/bridge`);
  try {
    return {
      local: parseLocalRanges(readFileSync('/proc/net/fib_trie', 'utf8')),
      main: parseRoutes(readFileSync('/proc/net/route', 'utf8')),
      isBridge,
    };
  } catch {
    // Not Linux.
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const local = own.filter(({ family }) => family === 'IPv4').map(({ address }) => parseCidr(`${address}/32`));
    return { local, main: [], isBridge };
  }
}

/** Whether the address is one of the machine's own. */
export function isOwn(text: string, { local }: Routes): boolean {
  const address = parseIpv4(text);
  return address !== undefined && local.some((range) => contains(range, address));
}

/** Why a proxy must not connect to the address; undefined when it may. */
export function whyUnreachable(text: string, routes: Routes): string | undefined {
  const address = parseIpv4(text);
  if (address === undefined) return 'not an IPv4 address';
  if (isOwn(text, routes)) return undefined;
  const route = routes.main
    .filter(({ range }) => contains(range, address))
    .reduce<Route | undefined>((best, next) => (!best || next.range.bits > best.range.bits ? next : best), undefined);
  if (!route) return 'no route leads there';
  if (route.leaves) return 'the route there leaves this machine, or leads nowhere';
  return routes.isBridge(route.interface) ? undefined : `interface ${route.interface} is not a bridge of this machine`;
}
