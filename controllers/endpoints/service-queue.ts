/**
 * A queue of the Services whose endpoints may have changed: fed by Services and by the pods that they select.
 * Upstream: pkg/controller/util/endpoint/controller_utils.go
 */
import { pods } from '../../api/kinds/pods.ts';
import { services } from '../../api/kinds/services.ts';
import { keyOf } from '../../api/meta.ts';
import { isPodReady, isPodTerminal, isPodTerminating } from '../../api/pods.ts';
import type { Pod } from '../../api/types.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context } from '../context.ts';
import { selects } from './pod-endpoints.ts';

export function serviceQueue({ informers }: Context): WorkQueue {
  const queue = new WorkQueue();
  const copies = informers.of(services);
  copies.onChange((_, service) => queue.add(keyOf(service)));
  informers.of(pods).onChange((change, pod, old) => {
    if (change === 'update' && old && facts(old) === facts(pod)) return;
    for (const service of copies.byIndex('namespace', pod.metadata.namespace ?? '')) {
      if (selects(service, pod) || (old && selects(service, old))) queue.add(keyOf(service));
    }
  });
  return queue;
}

/** What of a pod its endpoints are made from; most updates of a pod leave it as it is. */
const facts = (pod: Pod): string =>
  JSON.stringify([
    pod.metadata.uid,
    pod.metadata.labels,
    pod.spec?.nodeName,
    pod.spec?.hostname,
    pod.spec?.subdomain,
    pod.status?.podIP,
    pod.status?.podIPs,
    isPodReady(pod),
    isPodTerminal(pod),
    isPodTerminating(pod),
  ]);
