/**
 * `minikctl cluster down`: stops every process and removes containers, network and routes. The data stays, unless it is
 * purged. Works as well on what a crash left behind.
 */
import { rmSync } from 'node:fs';
import { removeContainers, removeNetworks, requireDocker } from './docker.ts';
import { type Cluster, type Paths, pathsOf, readCluster } from './layout.ts';
import { unmountBelow } from './mounts.ts';
import { removeRoutes } from './network.ts';
import { endProcesses } from './process.ts';
import type { Progress } from './progress.ts';
import { claimsDir, releaseClaim } from './slot.ts';
import { supervisorMain, supervisorPid } from './state.ts';
import { Supervisor } from './supervisor.ts';

export interface DownOptions {
  dataDir: string;
  purge: boolean;
}

/** How long the supervisor may take: three ranks of processes that may each take eleven seconds. */
const supervisorGraceMs = 40_000;

/** Returns false when there was no cluster. */
export async function down(options: DownOptions, progress: Progress): Promise<boolean> {
  const paths = pathsOf(options.dataDir);
  const cluster = readCluster(paths);
  if (!cluster) return false;
  await progress.step('processes', () => stopProcesses(paths));
  if (cluster.runtime === 'docker') await progress.step('containers', () => cleanDocker(cluster));
  await progress.step('volumes', async () => unmountBelow(paths.nodes));
  await progress.step('routes', async () => {
    await removeRoutes(cluster);
    return undefined;
  });
  if (options.purge)
    await progress.step('data', async () => {
      rmSync(paths.dataDir, { recursive: true, force: true });
      releaseClaim(claimsDir(), cluster.slot, paths.dataDir);
      return `removed ${paths.dataDir}`;
    });
  return true;
}

async function stopProcesses(paths: Paths): Promise<string> {
  const pid = supervisorPid(paths);
  if (pid !== undefined) await endProcesses([pid], supervisorGraceMs);
  // Whatever a supervisor that did not stop cleanly has left.
  const { dataDir, run, logs } = paths;
  const leftovers = new Supervisor({ dataDir, run, logs, main: supervisorMain, nodeFlags: [], env: {} });
  await leftovers.takeOver();
  await leftovers.stop();
  return 'stopped';
}

async function cleanDocker(cluster: Cluster): Promise<string> {
  try {
    await requireDocker();
  } catch (error) {
    return `left as they are: ${(error as Error).message}`;
  }
  const count = await removeContainers({ 'io.minik.cluster': cluster.name });
  await removeNetworks(`io.minik.cluster=${cluster.name}`);
  return `removed ${count}`;
}
