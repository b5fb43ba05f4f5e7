/** `minikctl leave`: a node that has joined goes, with its pods and its files. Upstream: cmd/kubeadm/app/cmd/reset.go */
import { rmSync } from 'node:fs';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import { hasJoined, joinedPaths, pathsOf, readCluster, writeCluster } from './layout.ts';
import { unmountBelow } from './mounts.ts';
import type { Progress } from './progress.ts';
import { removeNode } from './remove-node.ts';
import { supervisorPid } from './state.ts';
import { startSupervisor } from './up.ts';

/** Rejects for a node that `up` has made, and while the cluster does not run. */
export async function leave(dataDir: string, node: string, progress: Progress): Promise<void> {
  const paths = pathsOf(dataDir);
  const cluster = readCluster(paths);
  if (!cluster || supervisorPid(paths) === undefined)
    throw new Error(`no cluster runs in ${dataDir}; start it: minikctl cluster up`);
  if (!hasJoined(cluster, node))
    throw new Error(`${node} has not joined this cluster; for fewer of its own nodes: minikctl cluster up --nodes N`);
  writeCluster(paths, { ...cluster, joined: (cluster.joined ?? []).filter((name) => name !== node) });
  startSupervisor(paths);
  const rest = new RestClient(loadKubeconfig(paths.kubeconfig), 'minikctl');
  try {
    await progress.step(node, () => removeNode(node, cluster, paths, rest));
  } finally {
    rest.close();
  }
  const { directory } = joinedPaths(paths, node);
  unmountBelow(directory);
  rmSync(directory, { recursive: true, force: true });
}
