/**
 * pod-garbage-collector-controller: removes pods that nobody else will. Those of a node that no longer exists, those that
 * are being deleted and never had a node, and the oldest of too many that have ended.
 *
 * Upstream: pkg/controller/podgc
 */
import { ApiError } from '../api/errors.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import { rfc3339 } from '../api/meta.ts';
import { isPodTerminal, isPodTerminating } from '../api/pods.ts';
import type { Pod } from '../api/types.ts';
import { type Outcome, runController } from '../client/controller.ts';
import { WorkQueue } from '../client/work-queue.ts';
import type { Context, Run } from './context.ts';

const periodMs = 20_000;
/** A node may be missing this long, because it is being registered anew, before its pods are lost. */
const quarantineMs = 40_000;

/** Why a pod goes. An orphan is marked failed first, so that its controllers see how it ended. */
export interface Removal {
  pod: Pod;
  why: 'orphaned' | 'unscheduled' | 'ended';
}

export interface PodGcObservation {
  pods: Pod[];
  /** Since when each node that pods name has been missing. */
  missingSince: ReadonlyMap<string, number>;
  /** How many ended pods may stay; 0 or less is any number. */
  threshold: number;
  now: number;
}

/** Which pods go. Pure. */
export function planPodGc({ pods: all, missingSince, threshold, now }: PodGcObservation): Removal[] {
  const removals: Removal[] = [];
  for (const pod of all) {
    const { nodeName } = pod.spec ?? {};
    const missing = nodeName ? missingSince.get(nodeName) : undefined;
    if (missing !== undefined && now - missing >= quarantineMs) removals.push({ pod, why: 'orphaned' });
    else if (!nodeName && isPodTerminating(pod)) removals.push({ pod, why: 'unscheduled' });
  }
  const ended = all.filter((pod) => isPodTerminal(pod) && !removals.some((removal) => removal.pod === pod));
  const excess = threshold > 0 ? Math.max(ended.length - threshold, 0) : 0;
  const oldest = ended.sort((a, b) => (created(a) < created(b) ? -1 : 1)).slice(0, excess);
  return [...removals, ...oldest.map((pod): Removal => ({ pod, why: 'ended' }))];
}

const created = (pod: Pod): string => pod.metadata.creationTimestamp ?? '';

export function podGcController({ client, informers, logger, flags, now }: Context): Run {
  const queue = new WorkQueue();
  const allPods = informers.of(pods);
  const allNodes = informers.of(nodes);
  const missingSince = new Map<string, number>();
  // One key: each turn looks at everything.
  queue.add('pods');

  const reconcile = async (): Promise<Outcome> => {
    const named = new Set(allPods.list().flatMap(({ spec }) => spec?.nodeName ?? []));
    for (const node of missingSince.keys()) if (!named.has(node) || allNodes.get(node)) missingSince.delete(node);
    for (const node of named) if (!allNodes.get(node) && !missingSince.has(node)) missingSince.set(node, now());
    const threshold = flags['terminated-pod-gc-threshold'];
    const removals = planPodGc({ pods: allPods.list(), missingSince, threshold, now: now() });
    for (const removal of removals) {
      if (removal.why === 'orphaned' && (await nodeExists(removal.pod.spec!.nodeName!))) continue;
      await remove(removal);
    }
    return { requeueAfterMs: periodMs };
  };

  /** Asks the server: the cache may be behind, and a pod that was removed does not come back. */
  const nodeExists = async (node: string): Promise<boolean> => {
    try {
      await client.of(nodes).get(node);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false;
      throw error;
    }
  };

  const remove = async ({ pod, why }: Removal): Promise<void> => {
    const { name = '', namespace, uid } = pod.metadata;
    const resource = client.of(pods);
    try {
      if (why === 'orphaned' && !isPodTerminal(pod)) {
        const body = { metadata: { uid }, status: { phase: 'Failed', conditions: [orphaned(now())] } };
        await resource.patch(name, namespace, body, { type: 'strategic', subresource: 'status' });
      }
      await resource.delete(name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
      logger.info({ pod: `${namespace}/${name}`, why }, 'Removed the pod');
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  };

  return (signal) =>
    runController({ name: 'pod-garbage-collector-controller', queue, workers: 1, reconcile, logger }, signal);
}

const orphaned = (now: number) => ({
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'DeletionByPodGC',
  message: 'PodGC: node no longer exists',
  lastTransitionTime: rfc3339(new Date(now)),
});
