/**
 * taint-eviction-controller: deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer.
 * Upstream: pkg/controller/tainteviction
 */
import { ApiError } from '../../api/errors.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { pods } from '../../api/kinds/pods.ts';
import { keyOf, rfc3339 } from '../../api/meta.ts';
import { isPodTerminating } from '../../api/pods.ts';
import type { Node, Pod, Taint } from '../../api/types.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { planEviction } from './eviction-plan.ts';

const name = 'taint-eviction-controller';
/** Timers cannot wait for longer than some weeks. */
const maxWaitMs = 24 * 3_600_000;

export function taintEvictionController({ client, informers, logger, now, recorder }: Context): Run {
  const events = recorder(name);
  const queue = new WorkQueue();
  const allNodes = informers.of(nodes);
  const allPods = informers.of(pods);
  /** When each NoExecute taint was first seen, by node. */
  const seen = new Map<string, Map<string, number>>();
  /** Pods that were told to be leaving. */
  const marked = new Set<string>();

  allNodes.onChange((change, node, old) => {
    const key = node.metadata.name!;
    if (change === 'delete') seen.delete(key);
    else if (JSON.stringify(executing(node)) !== JSON.stringify(old ? executing(old) : [])) {
      seen.set(key, remember(executing(node), seen.get(key), now()));
      for (const pod of allPods.byIndex('node', key)) queue.add(keyOf(pod));
    }
  });
  allPods.onChange((change, pod) => {
    const node = allNodes.get(pod.spec?.nodeName ?? '');
    if (change === 'delete') marked.delete(pod.metadata.uid!);
    else if (node && executing(node).length > 0) queue.add(keyOf(pod));
  });

  const reconcile = async (key: string): Promise<Outcome> => {
    const pod = allPods.get(key);
    const node = allNodes.get(pod?.spec?.nodeName ?? '');
    if (!pod || !node || isPodTerminating(pod)) return;
    const times = seen.get(node.metadata.name!);
    const at = planEviction(pod, executing(node), (taint) => times?.get(identity(taint)) ?? now());
    const { uid = '', namespace } = pod.metadata;
    const about = `Pod ${namespace}/${pod.metadata.name}`;
    if (at === Infinity) {
      if (marked.delete(uid)) events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of ${about}`);
      return;
    }
    if (!marked.has(uid)) events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion ${about}`);
    marked.add(uid);
    if (at > now()) return { requeueAfterMs: Math.min(at - now(), maxWaitMs) };
    await evict(pod);
  };

  const evict = async (pod: Pod): Promise<void> => {
    const { name: podName = '', namespace, uid } = pod.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: rfc3339(new Date(now())),
    };
    const resource = client.of(pods);
    try {
      const body = { metadata: { uid }, status: { conditions: [condition] } };
      await resource.patch(podName, namespace, body, { type: 'strategic', subresource: 'status' });
      await resource.delete(podName, namespace, { preconditions: { uid } });
      logger.info({ pod: keyOf(pod), node: pod.spec?.nodeName }, 'Evicted the pod');
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  };

  return (signal) => runController({ name, queue, workers: 4, reconcile, logger }, signal);
}

const executing = ({ spec }: Node): Taint[] => (spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

const identity = ({ key, value = '' }: Taint): string => `${key}=${value}`;

/** Times of the taints that are there: old ones keep theirs. */
const remember = (taints: Taint[], old: Map<string, number> | undefined, now: number): Map<string, number> =>
  new Map(taints.map((taint) => [identity(taint), old?.get(identity(taint)) ?? now]));
