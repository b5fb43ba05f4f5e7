/**
 * The routes that make Service and node addresses local to this machine, and keep pod addresses from leaving it:
 *
 *     local 10.96.0.0/16 dev lo          every Service address can be bound, by the proxy
 *     local 10.88.0.0/24 dev lo          every node address can be bound, by that node's kubelet
 *     unreachable 10.244.0.0/16          while Docker's network is absent, packets to pods do not go to the gateway
 *
 * Needs Linux, `ip`, and CAP_NET_ADMIN. Without them a cluster still runs, and `ensureRoutes` says what does not work.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Cluster, nodesAreRouted } from './layout.ts';

const run = promisify(execFile);

/** A route as `ip -j route` prints it. */
export interface Route {
  type?: string;
  dst: string;
  dev?: string;
  metric?: number;
}

/** The metric that loses to Docker's own route to the pod network. */
export const lowPriority = '4278198272';

/** The arguments after `ip route replace` (or `del`) of each route of a cluster. */
export function routesOf(cluster: Cluster): string[][] {
  const routes = [
    ['local', cluster.serviceCIDR, 'dev', 'lo'],
    ['unreachable', cluster.podCIDR, 'metric', lowPriority],
  ];
  if (nodesAreRouted(cluster)) routes.push(['local', cluster.nodeCIDR, 'dev', 'lo']);
  return routes;
}

/** All IPv4 routes of the machine; none where there is no `ip`, as on macOS. */
export async function listRoutes(): Promise<Route[]> {
  try {
    const { stdout } = await run('ip', ['-j', '-4', 'route', 'show', 'table', 'all']);
    return JSON.parse(stdout) as Route[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether this process may change routes. */
export async function canRoute(): Promise<boolean> {
  // Replacing a route to a documentation address (RFC 5737) with itself would change the machine; deleting one that is
  // not there does not, and the kernel checks the privilege first.
  try {
    await run('ip', ['route', 'del', 'unreachable', '198.51.100.255', 'metric', lowPriority]);
    return true;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: string | number; stderr?: string };
    return code !== 'ENOENT' && !/not permitted/i.test(stderr);
  }
}

/** Adds what is missing. Returns the reason when it cannot, for the user; undefined when all routes are there. */
export async function ensureRoutes(cluster: Cluster): Promise<string | undefined> {
  for (const route of routesOf(cluster)) {
    try {
      await run('ip', ['route', 'replace', ...route]);
    } catch (error) {
      return whyNot(error, cluster, route);
    }
  }
  return undefined;
}

/** Removes the cluster's routes; those already gone are no error. */
export async function removeRoutes(cluster: Cluster): Promise<void> {
  for (const route of routesOf(cluster)) {
    try {
      await run('ip', ['route', 'del', ...route]);
    } catch (error) {
      const { code, stderr = '' } = error as { code?: string | number; stderr?: string };
      // Without `ip` or the privilege the route cannot have been added by us either.
      if (code === 'ENOENT' || /No such process|not permitted/i.test(stderr)) continue;
      throw new Error(`cannot remove the route ${route.join(' ')}: ${stderr.trim()}`);
    }
  }
}

function whyNot(error: unknown, cluster: Cluster, route: string[]): string {
  const { code, stderr = '' } = error as { code?: string | number; stderr?: string };
  const missing =
    code === 'ENOENT'
      ? "the command 'ip' is missing (Debian: apt-get install iproute2)"
      : `ip route replace ${route.join(' ')}: ${stderr.trim()} (run as root, or with CAP_NET_ADMIN)`;
  return (
    `no routes: ${missing}. Without them Service addresses (${cluster.serviceCIDR}) do not answer ` +
    'and pods cannot reach their node; pods, logs and exec work.'
  );
}

/** Whether two IPv4 ranges share an address. A text without a length is one address; `default` overlaps nothing. */
export function overlaps(a: string, b: string): boolean {
  const x = rangeOf(a);
  const y = rangeOf(b);
  return x !== undefined && y !== undefined && x.first <= y.last && y.first <= x.last;
}

function rangeOf(cidr: string): { first: number; last: number } | undefined {
  const match = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?:\/(\d+))?$/.exec(cidr);
  if (!match) return undefined;
  // Plain arithmetic, because bit operations are signed. `ip` may leave zero bytes out: 10.0.0.0/8 or 10/8.
  const address = match.slice(1, 5).reduce((sum, byte) => sum * 256 + Number(byte ?? 0), 0);
  const size = 2 ** (32 - Number(match[5] ?? 32));
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}
