/**
 * Takes back what a pod's `DisruptionTarget` condition says when nobody has deleted the pod after all.
 * Upstream: pkg/controller/disruption/disruption.go (syncStalePodDisruption)
 */
import { pods } from '../../api/kinds/pods.ts';
import { keyOf, rfc3339, withCondition } from '../../api/meta.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { untilTargetIsStale } from './plan.ts';

/** Made when the controller is set up, run when it runs. */
export function staleTargetCleanup({ client, informers, logger, now }: Context): Run {
  const queue = new WorkQueue();
  const allPods = informers.of(pods);
  allPods.onChange((change, pod) => {
    const left = change === 'delete' ? undefined : untilTargetIsStale(pod, now());
    if (left !== undefined) queue.addAfter(keyOf(pod), left);
  });

  const reconcile = async (key: string): Promise<Outcome> => {
    const pod = allPods.get(key);
    const left = pod && untilTargetIsStale(pod, now());
    if (!pod || left === undefined) return;
    if (left > 0) return { requeueAfterMs: left };
    const time = rfc3339(new Date(now()));
    const condition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: time };
    const conditions = withCondition(pod.status?.conditions, condition, time);
    await client.of(pods).updateStatus({ ...pod, status: { ...pod.status, conditions } });
    logger.info({ pod: key }, 'Reset a stale DisruptionTarget condition');
  };

  return (signal) => runController({ name: 'stale-pod-disruption', queue, workers: 1, reconcile, logger }, signal);
}
