import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cluster } from './layout.ts';
import { lowPriority } from './network.ts';
import { chooseSlot, reclaimSlot, releaseClaim, type SlotDeps, slotAt, slotCount } from './slot.ts';

let dir: string;
let first: string;
let second: string;
let deps: SlotDeps;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'minik-slot-'));
  first = mkdtempSync(join(dir, 'a-'));
  second = mkdtempSync(join(dir, 'b-'));
  deps = { routes: [], routable: true, isPortFree: async () => true, claimsDir: join(dir, 'claims') };
});
afterEach(() => rmSync(dir, { recursive: true }));

const clusterAt = (slot: number): Cluster => ({ ...slotAt(slot, true), runtime: 'fake', nodes: 1 });

describe('chooseSlot', () => {
  test('gives each data directory its own set', async () => {
    const one = await chooseSlot(first, deps);
    const two = await chooseSlot(second, deps);
    expect(one).toMatchObject({ name: 'minik', podCIDR: '10.244.0.0/16', ports: { apiserver: 6443 } });
    expect(two).toMatchObject({ name: 'minik-1', podCIDR: '10.245.0.0/16', ports: { apiserver: 6444 } });
  });

  test('passes over ranges with a route and ports in use', async () => {
    deps.routes = [{ dst: 'default', dev: 'eth0' }, { dst: '10.244.3.0/24', dev: 'cni0' }, { dst: '10.97.0.1' }];
    deps.isPortFree = async (port) => port !== 6445;
    expect((await chooseSlot(first, deps)).slot).toBe(3);
  });

  test('takes over the routes of a cluster that is gone', async () => {
    deps.routes = [
      { type: 'local', dst: '10.96.0.0/16', dev: 'lo' },
      { type: 'unreachable', dst: '10.244.0.0/16', metric: Number(lowPriority) },
    ];
    expect((await chooseSlot(first, deps)).slot).toBe(0);
    deps.routes.push({ type: 'unreachable', dst: '10.245.0.0/16', metric: 1 });
    expect((await chooseSlot(second, deps)).slot).toBe(2);
  });

  test('names what is in the way when every set is taken', async () => {
    deps.routes = [{ dst: '10.88.0.0/16', dev: 'podman0' }];
    await expect(chooseSlot(first, deps)).rejects.toThrow(
      'minik: 10.88.0.0/24 overlaps the route 10.88.0.0/16 dev podman0',
    );
    expect(existsSync(join(deps.claimsDir, '0'))).toBe(false);
  });

  test('needs no node route without the right to add one', async () => {
    expect((await chooseSlot(first, { ...deps, routable: false })).nodeCIDR).toBe('127.88.0.0/24');
  });

  test('takes over from a data directory that is gone', async () => {
    await chooseSlot(first, deps);
    rmSync(first, { recursive: true });
    expect((await chooseSlot(second, deps)).slot).toBe(0);
  });
});

describe('reclaimSlot', () => {
  test('is idempotent, and tells who holds the addresses', async () => {
    await chooseSlot(first, deps);
    reclaimSlot(deps.claimsDir, clusterAt(0), first);
    expect(() => reclaimSlot(deps.claimsDir, clusterAt(0), second)).toThrow(`held by the cluster in ${first}`);
    releaseClaim(deps.claimsDir, 0, second);
    expect(() => reclaimSlot(deps.claimsDir, clusterAt(0), second)).toThrow('held by');
    releaseClaim(deps.claimsDir, 0, first);
    reclaimSlot(deps.claimsDir, clusterAt(0), second);
  });
});

test('no two sets share a port or a range', () => {
  const slots = Array.from({ length: slotCount }, (_, number) => slotAt(number, true));
  const all = slots.flatMap((s) => [s.name, s.podCIDR, s.serviceCIDR, s.nodeCIDR, ...Object.values(s.ports)]);
  expect(new Set(all).size).toBe(all.length);
});
