/**
 * endpointslice-controller: keeps the EndpointSlices of every Service with a selector. Those of a deleted Service go with
 * their owner.
 *
 * Upstream: pkg/controller/endpointslice
 */
import { ApiError } from '../../api/errors.ts';
import { endpointslices } from '../../api/kinds/endpointslices.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { pods } from '../../api/kinds/pods.ts';
import { services } from '../../api/kinds/services.ts';
import { splitKey } from '../../api/meta.ts';
import type { EndpointSlice } from '../../api/types.ts';
import { runController } from '../../client/controller.ts';
import type { Context, Run } from '../context.ts';
import { Expectations } from '../expectations.ts';
import { isNamespaceTerminating } from '../namespace-terminating.ts';
import { managedBy, managedByLabel, planSlices, serviceNameLabel } from './plan-slices.ts';
import { hasEndpoints, podEndpoints, selects } from './pod-endpoints.ts';
import { serviceQueue } from './service-queue.ts';

const name = 'endpointslice-controller';

export function endpointSliceController(context: Context): Run {
  const { client, informers, logger, flags, now } = context;
  const queue = serviceQueue(context);
  const [allServices, allPods, allNodes] = [informers.of(services), informers.of(pods), informers.of(nodes)];
  const slices = informers.of(endpointslices);
  /** Slices that were created and are not in the cache yet: planning without them would create them again. */
  const expectations = new Expectations(now);
  slices.onChange((change, slice) => {
    const service = serviceOf(slice);
    if (!service) return;
    if (change === 'add') expectations.creationObserved(service);
    queue.add(service);
  });

  const reconcile = async (key: string): Promise<void> => {
    const service = allServices.get(key);
    if (!service) {
      expectations.forget(key);
      return;
    }
    if (service.metadata.deletionTimestamp || !hasEndpoints(service) || !expectations.satisfied(key)) return;
    const { namespace } = splitKey(key);
    const selected = allPods.byIndex('namespace', namespace).filter((pod) => selects(service, pod));
    const existing = slices.byIndex('namespace', namespace).filter((slice) => serviceOf(slice) === key);
    const plan = planSlices(
      service,
      podEndpoints(service, selected, (node) => allNodes.get(node)),
      existing,
    );
    expectations.expectCreations(key, plan.create.length);
    const writes = [
      ...plan.create.map((slice) => create(key, slice)),
      ...plan.update.map((slice) => client.of(endpointslices).update(slice)),
      ...plan.delete.map(remove),
    ];
    const failed = (await Promise.allSettled(writes)).find((result) => result.status === 'rejected');
    if (failed && !isNamespaceTerminating(failed.reason)) throw failed.reason;
  };

  const create = async (key: string, slice: EndpointSlice): Promise<void> => {
    try {
      await client.of(endpointslices).create(slice);
    } catch (error) {
      expectations.creationObserved(key);
      throw error;
    }
  };

  const remove = async ({ metadata }: EndpointSlice): Promise<void> => {
    const { uid, resourceVersion } = metadata;
    try {
      await client
        .of(endpointslices)
        .delete(metadata.name!, metadata.namespace, { preconditions: { uid, resourceVersion } });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  };

  const workers = flags['concurrent-service-endpoint-syncs'];
  return (signal) => runController({ name, queue, workers, reconcile, logger }, signal);
}

/** Key of the Service that this controller made the slice for; undefined when someone else made it. */
function serviceOf({ metadata }: EndpointSlice): string | undefined {
  const { [managedByLabel]: maker, [serviceNameLabel]: service } = metadata.labels ?? {};
  return maker === managedBy && service ? `${metadata.namespace}/${service}` : undefined;
}
