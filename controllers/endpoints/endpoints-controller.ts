/**
 * endpoints-controller: keeps the Endpoints object of every Service with a selector, for readers that know no
 * EndpointSlices.
 *
 * Upstream: pkg/controller/endpoint
 */
import { ApiError } from '../../api/errors.ts';
import { endpoints } from '../../api/kinds/endpoints.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { pods } from '../../api/kinds/pods.ts';
import { services } from '../../api/kinds/services.ts';
import { keyOf, splitKey } from '../../api/meta.ts';
import type { Endpoints } from '../../api/types.ts';
import { runController } from '../../client/controller.ts';
import type { Context, Run } from '../context.ts';
import { isNamespaceTerminating } from '../namespace-terminating.ts';
import { managedBy, managedByLabel, planEndpoints } from './plan-endpoints.ts';
import { hasEndpoints, podEndpoints, selects } from './pod-endpoints.ts';
import { serviceQueue } from './service-queue.ts';

const name = 'endpoints-controller';

export function endpointsController(context: Context): Run {
  const { client, informers, logger, flags } = context;
  const queue = serviceQueue(context);
  const [allServices, allPods, allNodes] = [informers.of(services), informers.of(pods), informers.of(nodes)];
  const objects = informers.of(endpoints);
  objects.onChange((change, object) => {
    // What a person made for a Service without a selector is theirs.
    if (change === 'delete' || object.metadata.labels?.[managedByLabel] === managedBy) queue.add(keyOf(object));
  });

  const reconcile = async (key: string): Promise<void> => {
    const service = allServices.get(key);
    const current = objects.get(key);
    if (!service) {
      if (current) await remove(current);
      return;
    }
    if (!hasEndpoints(service)) return;
    const { namespace } = splitKey(key);
    const selected = allPods.byIndex('namespace', namespace).filter((pod) => selects(service, pod));
    const found = podEndpoints(service, selected, (node) => allNodes.get(node));
    const next = planEndpoints(service, found, current);
    if (!next) return;
    try {
      if (current) await client.of(endpoints).update(next);
      else await client.of(endpoints).create(next);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  };

  /** With a Service go its Endpoints. */
  const remove = async ({ metadata }: Endpoints): Promise<void> => {
    const { uid, resourceVersion } = metadata;
    try {
      await client
        .of(endpoints)
        .delete(metadata.name!, metadata.namespace, { preconditions: { uid, resourceVersion } });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  };

  const workers = flags['concurrent-endpoint-syncs'];
  return (signal) => runController({ name, queue, workers, reconcile, logger }, signal);
}
