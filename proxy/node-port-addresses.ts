/**
 * Where NodePorts listen: reads `--nodeport-addresses`, and says which addresses that means at the moment. Pure.
 *
 *     (empty)             the addresses of the nodes on this machine, and 127.0.0.1
 *     primary             the address of the node named by --hostname-override
 *     10.88.0.0/24,...    addresses of nodes and interfaces in these ranges
 *     0.0.0.0/0           every address, those of the machine's network interfaces included
 *
 * Upstream: pkg/proxy/util/nodeport_addresses.go, where empty means every address; here that would expose a test
 * cluster to the network that the machine is in.
 */
import { type Cidr, contains, parseCidr, parseIpv4 } from '../api/cidr.ts';
import type { Node } from '../api/types.ts';
import type { NodePortAddress } from './plan-listeners.ts';

export type NodePortRule =
  | { kind: 'default' }
  | { kind: 'primary' }
  | { kind: 'all' }
  | { kind: 'ranges'; ranges: Cidr[] };

/** Throws on what is no CIDR. */
export function parseNodePortRule(texts: string[]): NodePortRule {
  if (texts.length === 0) return { kind: 'default' };
  if (texts.includes('primary')) {
    if (texts.length > 1) throw new Error("--nodeport-addresses: 'primary' stands alone");
    return { kind: 'primary' };
  }
  const ranges = texts.map((text) => {
    try {
      return parseCidr(text);
    } catch (error) {
      throw new Error(`--nodeport-addresses: ${(error as Error).message}`);
    }
  });
  return ranges.some(({ bits }) => bits === 0) ? { kind: 'all' } : { kind: 'ranges', ranges };
}

/** `interfaces` are the machine's own addresses, `isOwn` says of any address whether it can be listened on. */
export function nodePortAddresses(
  rule: NodePortRule,
  nodes: Node[],
  hostname: string | undefined,
  interfaces: string[],
  isOwn: (address: string) => boolean,
): NodePortAddress[] {
  if (rule.kind === 'all') return [{ address: '0.0.0.0' }];
  const ofNodes = nodes.flatMap(addressesOf).filter(({ address }) => isOwn(address));
  switch (rule.kind) {
    case 'default':
      return [...ofNodes, { address: '127.0.0.1' }];
    case 'primary':
      return ofNodes.filter(({ node }) => node === hostname);
    case 'ranges': {
      const known = new Set(ofNodes.map(({ address }) => address));
      const others = interfaces.filter((address) => !known.has(address)).map((address) => ({ address }));
      return [...ofNodes, ...others].filter(({ address }) => inAny(rule.ranges, address));
    }
  }
}

const addressesOf = ({ metadata, status }: Node): NodePortAddress[] =>
  (status?.addresses ?? [])
    .filter(({ type, address }) => type === 'InternalIP' && parseIpv4(address) !== undefined)
    .map(({ address }) => ({ address, node: metadata.name! }));

function inAny(ranges: Cidr[], text: string): boolean {
  const address = parseIpv4(text);
  return address !== undefined && ranges.some((range) => contains(range, address));
}
