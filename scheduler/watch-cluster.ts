/**
 * Feeds what informers see into the cache and the queue: pods without a node wait in the queue, pods with one count on
 * it, and whatever may help a waiting pod wakes it.
 *
 * Upstream: pkg/scheduler/eventhandlers.go
 */
import { keyOf } from '../api/meta.ts';
import type { Node, Pod } from '../api/types.ts';
import type { Informer } from '../client/informer.ts';
import type { Cache } from './cache.ts';
import { podInfo } from './node-info.ts';
import type { ClusterEvent } from './plugin.ts';
import type { SchedulingQueue } from './queue.ts';

export const defaultSchedulerName = 'default-scheduler';

/** Whether the pod waits for this scheduler. */
export const isWaiting = (pod: Pod): boolean =>
  !pod.spec?.nodeName &&
  !pod.metadata.deletionTimestamp &&
  !pod.spec?.schedulingGates?.length &&
  (pod.spec?.schedulerName ?? defaultSchedulerName) === defaultSchedulerName;

/** Whether what plugins look at differs; status alone never matters. */
const changed = (pod: Pod, old: Pod | undefined): boolean =>
  !old || !same(pod.spec, old.spec) || !same(pod.metadata.labels, old.metadata.labels);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What of a node's change may let pods in. */
export function nodeEvents(node: Node, old: Node): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  if (!same(node.status?.allocatable, old.status?.allocatable)) events.push('node-allocatable');
  if (!same(node.metadata.labels, old.metadata.labels)) events.push('node-label');
  const taints = ({ spec }: Node) => [spec?.taints ?? [], spec?.unschedulable ?? false];
  if (!same(taints(node), taints(old))) events.push('node-taint');
  return events;
}

export function watchCluster(pods: Informer<Pod>, nodes: Informer<Node>, cache: Cache, queue: SchedulingQueue): void {
  nodes.onChange((change, node, old) => {
    if (change === 'delete') {
      cache.removeNode(node.metadata.name!);
      return;
    }
    cache.setNode(node);
    for (const event of old ? nodeEvents(node, old) : (['node-add'] as const)) queue.moveOn(event);
  });
  pods.onChange((change, pod, old) => {
    const key = keyOf(pod);
    if (change === 'delete') {
      queue.delete(key);
      cache.removePod(key);
      if (pod.spec?.nodeName) queue.moveOn('pod-delete');
    } else if (pod.spec?.nodeName) {
      queue.delete(key);
      // Only spec and labels count on a node, so the many status updates of running pods cost nothing here.
      if (changed(pod, old)) cache.setPod(pod);
    } else if (!isWaiting(pod)) {
      queue.delete(key);
    } else if (changed(pod, old) && !cache.isAssumed(key)) {
      queue.add(podInfo(pod));
    }
  });
}
