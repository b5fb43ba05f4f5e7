import { expect, test } from 'vitest';
import { parseLocalRanges, parseRoutes, type Routes, whyUnreachable } from './local-routes.ts';

// A machine on 192.0.2.0/24 with its router, a bridge for pods, and a pod range that is otherwise unreachable.
const procNetRoute = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
br-pods	0000F40A	00000000	0001	0	0	0	00FFFFFF	0	0	0
*	0000F40A	00000000	0200	0	0	1024	0000FFFF	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;

const procFibTrie = `Main:
  +-- 0.0.0.0/0 3 0 4
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.96.0.0/16 2 0 2
        |-- 10.96.0.0
           /16 host LOCAL
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 192.0.2.2
        /32 host LOCAL
     |-- 192.0.2.255
        /32 link BROADCAST
Local:
     |-- 10.96.0.0
        /16 host LOCAL
`;

const routes: Routes = {
  local: parseLocalRanges(procFibTrie),
  main: parseRoutes(procNetRoute),
  isBridge: (name) => name.startsWith('br-'),
};

test.each<[string, string, string | undefined]>([
  ['loopback', '127.0.0.1', undefined],
  ['an own address', '192.0.2.2', undefined],
  ['an address of a range that is local', '10.96.7.7', undefined],
  ['a container on a bridge', '10.244.0.9', undefined],
  ['the range around the bridge', '10.244.5.9', 'the route there leaves this machine, or leads nowhere'],
  ['the world', '198.51.100.1', 'the route there leaves this machine, or leads nowhere'],
  ['a neighbour in the network', '192.0.2.9', 'interface eth0 is not a bridge of this machine'],
  ['IPv6', '::1', 'not an IPv4 address'],
  ['nonsense', '10.96.0.300', 'not an IPv4 address'],
])('%s: %s', (_, address, reason) => expect(whyUnreachable(address, routes)).toBe(reason));

test('without a route nothing is reachable but what is local', () => {
  const bare = { ...routes, main: [] };
  expect(whyUnreachable('10.244.0.9', bare)).toBe('no route leads there');
  expect(whyUnreachable('127.0.0.1', bare)).toBeUndefined();
});
