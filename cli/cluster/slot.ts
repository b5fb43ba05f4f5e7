/**
 * Which ports and address ranges a cluster gets: the first set that nothing on this machine uses. Sets are numbered, and
 * a cluster holds its number by a file in a machine-wide directory from its first `up` until `down --purge`, so that two
 * clusters never meet, running or stopped.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from './layout.ts';
import { lowPriority, overlaps, type Route } from './network.ts';

/** Ranges run out first: pods of slot 11 would be 10.255.0.0/16. */
export const slotCount = 11;

/** The machine's directory of claims: one file a slot, with the data directory of the cluster that holds it. */
export const claimsDir = (): string =>
  process.getuid?.() === 0 ? '/run/minik' : join(tmpdir(), `minik-${process.getuid?.() ?? 'claims'}`);

/** The set with that number. Without the right to add routes, nodes live in 127.0.0.0/8, which is local anyway. */
export function slotAt(slot: number, routable: boolean): Omit<Cluster, 'runtime' | 'nodes'> {
  const step = slot * 20;
  return {
    name: slot === 0 ? 'minik' : `minik-${slot}`,
    slot,
    podCIDR: `10.${244 + slot}.0.0/16`,
    serviceCIDR: `10.${96 + slot}.0.0/16`,
    nodeCIDR: routable ? `10.88.${slot}.0/24` : `127.88.${slot}.0/24`,
    ports: {
      apiserver: 6443 + slot,
      storeMetrics: 2381 + step,
      scheduler: 10259 + step,
      controllers: 10257 + step,
      proxyHealth: 10256 + step,
      proxyMetrics: 10249 + step,
    },
  };
}

export interface SlotDeps {
  routes: Route[];
  routable: boolean;
  isPortFree(port: number): Promise<boolean>;
  claimsDir: string;
}

/** Claims the first free slot for a new cluster. Throws, with what is in the way of each, when there is none. */
export async function chooseSlot(dataDir: string, deps: SlotDeps): Promise<Omit<Cluster, 'runtime' | 'nodes'>> {
  const obstacles: string[] = [];
  for (let number = 0; number < slotCount; number++) {
    const slot = slotAt(number, deps.routable);
    const holder = claim(deps.claimsDir, number, dataDir);
    if (holder !== dataDir) {
      obstacles.push(`${slot.name}: held by the cluster in ${holder}`);
      continue;
    }
    const obstacle = routeInTheWay(slot, deps.routes) ?? (await portInTheWay(slot, deps));
    if (!obstacle) return slot;
    obstacles.push(`${slot.name}: ${obstacle}`);
    releaseClaim(deps.claimsDir, number, dataDir);
  }
  throw new Error(`no free set of ports and address ranges on this machine:\n  ${obstacles.join('\n  ')}`);
}

/** Claims again the slot of a cluster that exists. Throws when another cluster has taken it meanwhile. */
export function reclaimSlot(dir: string, cluster: Cluster, dataDir: string): void {
  const holder = claim(dir, cluster.slot, dataDir);
  if (holder !== dataDir)
    throw new Error(
      `the addresses of this cluster (${cluster.podCIDR}, ${cluster.serviceCIDR}) are held by the cluster in ${holder}; ` +
        `remove that one first: minikctl cluster down --purge --data-dir ${holder}`,
    );
}

/** Gives the slot back, if it is held for that data directory. */
export function releaseClaim(dir: string, slot: number, dataDir: string): void {
  const path = join(dir, String(slot));
  if (existsSync(path) && readFileSync(path, 'utf8') === dataDir) rmSync(path);
}

/** Takes the slot unless a cluster that still exists holds it. Returns who holds it now. */
function claim(dir: string, slot: number, dataDir: string): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, String(slot));
  for (;;) {
    try {
      writeFileSync(path, dataDir, { flag: 'wx' });
      return dataDir;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readFileSync(path, 'utf8');
    if (holder === dataDir || existsSync(holder)) return holder;
    // Its data directory was deleted by hand, so nobody will give the slot back.
    rmSync(path, { force: true });
  }
}

function routeInTheWay(slot: Omit<Cluster, 'runtime' | 'nodes'>, routes: Route[]): string | undefined {
  for (const range of [slot.podCIDR, slot.serviceCIDR, slot.nodeCIDR]) {
    // 127.0.0.0/8 has its route on every machine and is shared by design.
    const route = range.startsWith('127.')
      ? undefined
      : routes.find((route) => overlaps(route.dst, range) && !isLeftover(route, range));
    if (route) return `${range} overlaps the route ${route.dst}${route.dev ? ` dev ${route.dev}` : ''}`;
  }
  return undefined;
}

/** A route that only a cluster with this slot makes: its data directory was deleted by hand, and `up` adds it anyway. */
const isLeftover = ({ type, dst, dev, metric }: Route, range: string): boolean =>
  dst === range && ((type === 'local' && dev === 'lo') || (type === 'unreachable' && String(metric) === lowPriority));

async function portInTheWay(slot: Omit<Cluster, 'runtime' | 'nodes'>, deps: SlotDeps): Promise<string | undefined> {
  for (const port of Object.values(slot.ports)) if (!(await deps.isPortFree(port))) return `port ${port} is in use`;
  return undefined;
}

/** Whether a server could listen on that port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
