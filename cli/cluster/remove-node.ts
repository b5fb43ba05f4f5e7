/** Takes a node out of the cluster, once cluster.json does not list it any more and the supervisor has seen that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../api/errors.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import type { RestClient } from '../../client/rest.ts';
import { kubeletOf } from './components.ts';
import { removeContainers } from './docker.ts';
import type { Cluster, Paths } from './layout.ts';
import { readState } from './state.ts';

const pollMs = 20;

/** Once its kubelet has stopped, the node goes, and the controllers delete its pods. */
export async function removeNode(node: string, cluster: Cluster, paths: Paths, rest: RestClient): Promise<string> {
  while (readState(paths)?.processes[kubeletOf(node)]) await sleep(pollMs);
  if (cluster.runtime === 'docker') await removeContainers({ 'io.minik.cluster': cluster.name, 'io.minik.node': node });
  try {
    await rest.of(nodes).delete(node);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
  }
  return 'removed';
}
