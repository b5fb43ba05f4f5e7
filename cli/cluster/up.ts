/**
 * `minikctl cluster up`: makes what a cluster needs, starts its supervisor, and waits until the nodes are Ready.
 *
 * Every step first looks at what is there, so that `up` after a crash, a reboot, a half-finished or a finished `up` does
 * only what is missing.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { nodes } from '../../api/kinds/nodes.ts';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import { ensureAuditPolicy } from './audit-policy.ts';
import { untilNodesReady, untilReady } from './await-ready.ts';
import { componentsOf, environment } from './components.ts';
import { requireDocker } from './docker.ts';
import {
  type Cluster,
  isNodeName,
  makeDirectories,
  nodeNames,
  type Paths,
  pathsOf,
  type Runtime,
  readCluster,
  writeCluster,
} from './layout.ts';
import { canRoute, ensureRoutes, listRoutes } from './network.ts';
import { ensurePki } from './pki.ts';
import type { Progress } from './progress.ts';
import { removeNode } from './remove-node.ts';
import { ensureEncryptionKey } from './secrets-encryption.ts';
import { chooseSlot, claimsDir, isPortFree, reclaimSlot } from './slot.ts';
import { supervisorMain, supervisorPid } from './state.ts';

export interface UpOptions {
  dataDir: string;
  /** Absent: as before, or one. */
  nodes?: number | undefined;
  /** Absent: as before, or Docker. */
  runtime?: Runtime | undefined;
  timeoutMs: number;
  /** Absent: as before, or not. */
  secretsEncryption?: boolean | undefined;
  /** Besides those of before; an empty one is taken back. */
  apiserverArgs?: Record<string, string>;
}

/** Resolves once every process is ready and every node is Ready. Rejects with the reason and where to read more. */
export async function up(options: UpOptions, progress: Progress): Promise<Cluster> {
  const paths = pathsOf(options.dataDir);
  const previous = readCluster(paths);
  const cluster = await settle(options, paths, previous);
  if (cluster.runtime === 'docker') await requireDocker();
  const begun = performance.now();
  progress.note(`Cluster ${cluster.name} in ${paths.dataDir}, ${cluster.nodes} node${cluster.nodes === 1 ? '' : 's'}`);
  await progress.step('certificates', async () => {
    const made = await ensurePki(cluster, paths);
    return made.length > 0 ? `made ${made.length}` : 'current';
  });
  ensureAuditPolicy(paths);
  if (cluster.secretsEncryption && ensureEncryptionKey(paths)) {
    progress.note(`Secrets are encrypted in the store, with the key in ${paths.encryptionConfig}`);
  }
  let warning: string | undefined;
  await progress.step('routes', async () => {
    warning = await ensureRoutes(cluster);
    return warning ? 'none' : `services ${cluster.serviceCIDR}, nodes ${cluster.nodeCIDR}, pods ${cluster.podCIDR}`;
  });
  if (warning) progress.note(`Warning: ${warning}`);
  writeCluster(paths, cluster);
  startSupervisor(paths);
  const deadline = Date.now() + options.timeoutMs;
  const rest = new RestClient(loadKubeconfig(paths.kubeconfig), 'minikctl');
  try {
    const components = componentsOf(cluster, paths);
    await Promise.all(
      components.map((component) => progress.step(component.name, () => untilReady(component, rest, paths, deadline))),
    );
    // Only now: what the API says of a node before its kubelet serves is from an earlier life of it.
    await progress.step('nodes', () => untilNodesReady(nodeNames(cluster), rest, deadline));
    for (const node of await surplusNodes(cluster, rest))
      await progress.step(node, () => removeNode(node, cluster, paths, rest));
  } finally {
    rest.close();
  }
  progress.note(`Ready in ${((performance.now() - begun) / 1000).toFixed(1)} s: ${rest.config.server}`);
  return cluster;
}

/** The cluster to be: the previous one with what was asked for, or a new one on free ports and ranges. */
async function settle(options: UpOptions, paths: Paths, previous: Cluster | undefined): Promise<Cluster> {
  makeDirectories(paths);
  if (previous) {
    if (options.runtime && options.runtime !== previous.runtime)
      throw new Error(
        `this cluster runs its containers with ${previous.runtime}; for another runtime choose another --data-dir, ` +
          'or begin anew: minikctl cluster down --purge',
      );
    reclaimSlot(claimsDir(), previous, paths.dataDir);
    const { nodes = previous.nodes, secretsEncryption = previous.secretsEncryption } = options;
    return { ...previous, nodes, ...(secretsEncryption && { secretsEncryption }), ...argsOf(options, previous) };
  }
  const [routes, routable] = await Promise.all([listRoutes(), canRoute()]);
  const slot = await chooseSlot(paths.dataDir, { routes, routable, isPortFree, claimsDir: claimsDir() });
  const { nodes = 1, runtime = 'docker', secretsEncryption } = options;
  return { ...slot, nodes, runtime, ...(secretsEncryption && { secretsEncryption }), ...argsOf(options) };
}

/** The apiserver's flags of before, with those that were asked for now. */
function argsOf({ apiserverArgs }: UpOptions, previous?: Cluster): Pick<Cluster, 'apiserverArgs'> {
  const all = Object.entries({ ...previous?.apiserverArgs, ...apiserverArgs });
  return { apiserverArgs: Object.fromEntries(all.filter(([, value]) => value !== '')) };
}

/** Starts the background process, or tells the running one to look at cluster.json again. */
export function startSupervisor(paths: Paths): void {
  const running = supervisorPid(paths);
  if (running !== undefined) {
    process.kill(running, 'SIGHUP');
    return;
  }
  const log = openSync(join(paths.logs, 'supervisor.log'), 'a', 0o600);
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=1', '--max-old-space-size=32', supervisorMain, paths.dataDir],
    {
      detached: true,
      stdio: ['ignore', log, log],
      env: environment,
      cwd: '/',
    },
  );
  closeSync(log);
  child.unref();
}

/** Nodes of an earlier `up` with more of them. */
async function surplusNodes(cluster: Cluster, rest: RestClient): Promise<string[]> {
  const wanted = nodeNames(cluster);
  const { items } = await rest.of(nodes).list();
  return items.map(({ metadata }) => metadata.name!).filter((name) => isNodeName(name) && !wanted.includes(name));
}
