/**
 * node-lifecycle-controller: notices nodes that fall silent, and says so in their conditions and taints and in the
 * readiness of their pods. Who evicts the pods is the taint-eviction-controller.
 *
 * Upstream: pkg/controller/nodelifecycle
 */
import { ApiError } from '../../api/errors.ts';
import { leases } from '../../api/kinds/leases.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { pods } from '../../api/kinds/pods.ts';
import { conditionOf, rfc3339 } from '../../api/meta.ts';
import { isPodReady } from '../../api/pods.ts';
import type { Node, Pod } from '../../api/types.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { observe, planConditions, planTaints, type Sign } from './plan.ts';

const name = 'node-lifecycle-controller';
const leaseNamespace = 'kube-node-lease';

export function nodeLifecycleController({ client, informers, logger, flags, now, recorder }: Context): Run {
  const events = recorder('node-controller');
  const queue = new WorkQueue();
  const allNodes = informers.of(nodes);
  const allLeases = informers.of(leases);
  const allPods = informers.of(pods);
  const signs = new Map<string, Sign>();
  const grace = { monitorMs: flags['node-monitor-grace-period'], startupMs: flags['node-startup-grace-period'] };
  allNodes.onChange((change, { metadata }) => {
    if (change === 'delete') signs.delete(metadata.name!);
    else queue.add(metadata.name!);
  });

  const reconcile = async (key: string): Promise<Outcome> => {
    const node = allNodes.get(key);
    if (!node) return;
    const sign = observe(node, allLeases.get(`${leaseNamespace}/${key}`), signs.get(key), now());
    signs.set(key, sign);
    const conditions = planConditions(node, sign, grace, now());
    if (conditions) {
      await client.of(nodes).updateStatus({ ...node, status: { ...node.status, conditions } });
      logger.info({ node: key }, 'Node is silent; its conditions are unknown now');
      // The changed node comes back by way of the informer.
      return;
    }
    const taints = planTaints(node, now());
    if (taints) {
      const { resourceVersion, uid } = node.metadata;
      await client.of(nodes).patch(key, undefined, { metadata: { resourceVersion, uid }, spec: { taints } });
      return;
    }
    await markPods(node);
    return { requeueAfterMs: flags['node-monitor-period'] };
  };

  /** Pods of a node that is not ready are not ready: nobody is there to say that they are. */
  const markPods = async (node: Node): Promise<void> => {
    const ready = conditionOf(node.status?.conditions, 'Ready');
    if (!ready || ready.status === 'True') return;
    const affected = allPods.byIndex('node', node.metadata.name!).filter(isPodReady);
    if (affected.length === 0) return;
    events.event(node, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);
    for (const pod of affected) await markNotReady(pod);
  };

  const markNotReady = async (pod: Pod): Promise<void> => {
    const { name: podName = '', namespace, uid, resourceVersion } = pod.metadata;
    const condition = { ...conditionOf(pod.status?.conditions, 'Ready'), type: 'Ready', status: 'False' };
    const body = {
      metadata: { uid, resourceVersion },
      status: { conditions: [{ ...condition, lastTransitionTime: rfc3339(new Date(now())) }] },
    };
    try {
      await client.of(pods).patch(podName, namespace, body, { type: 'strategic', subresource: 'status' });
      events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  };

  return (signal) => runController({ name, queue, reconcile, logger }, signal);
}
