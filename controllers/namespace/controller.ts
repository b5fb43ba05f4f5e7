/**
 * namespace-controller: empties a namespace that is being deleted, of every kind that the server has, then lets it go.
 *
 * Upstream: pkg/controller/namespace. Left out: the five seconds that it waits so that several API servers have all
 * noticed the deletion.
 */
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../api/errors.ts';
import { namespaces } from '../../api/kinds/namespaces.ts';
import { pods } from '../../api/kinds/pods.ts';
import { rfc3339 } from '../../api/meta.ts';
import type { KubeObject, Namespace } from '../../api/types.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { type DiscoveredResource, discover } from '../discovery.ts';
import { isEmpty, planConditions, type Remainder, type Sweep, waitMs } from './plan.ts';

const name = 'namespace-controller';
/** The finalizer in `spec.finalizers` that stands for this controller's work. */
const finalizer = 'kubernetes';

export function namespaceController({ client, informers, logger, flags, now }: Context): Run {
  const queue = new WorkQueue();
  const copies = informers.of(namespaces);
  copies.onChange((change, { metadata }) => {
    if (change !== 'delete' && metadata.deletionTimestamp) queue.add(metadata.name!);
  });
  // Pods take longest to go, and most go sooner than they may.
  informers.of(pods).onChange((change, { metadata }) => {
    if (change === 'delete' && copies.get(metadata.namespace!)?.metadata.deletionTimestamp)
      queue.add(metadata.namespace!);
  });

  const reconcile = async (key: string): Promise<Outcome> => {
    const cached = copies.get(key);
    if (!cached?.metadata.deletionTimestamp || !cached.spec?.finalizers?.includes(finalizer)) return;
    const sweep = await empty(key);
    const status = {
      phase: 'Terminating',
      conditions: planConditions(cached.status?.conditions, sweep, rfc3339(new Date(now()))),
    };
    let space: Namespace = cached;
    if (!isDeepStrictEqual(cached.status, status))
      space = await client.of(namespaces).updateStatus({ ...cached, status });
    if (!isEmpty(sweep)) return { requeueAfterMs: waitMs(sweep) };
    await finalize(space);
    logger.info({ namespace: key }, 'Emptied the namespace');
  };

  const empty = async (namespace: string): Promise<Sweep> => {
    let resources: DiscoveredResource[];
    try {
      resources = await discover(client);
    } catch (error) {
      return { remainders: [], deletionErrors: [], discoveryError: (error as Error).message };
    }
    const sweep: Sweep = { remainders: [], deletionErrors: [] };
    const deletable = resources.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'));
    await Promise.all(
      deletable.map(async (resource) => {
        try {
          const remainder = await emptyOf(resource, namespace);
          if (remainder.count > 0) sweep.remainders.push(remainder);
        } catch (error) {
          sweep.deletionErrors.push(`unexpected items still remain: ${resource.plural}: ${(error as Error).message}`);
        }
      }),
    );
    return sweep;
  };

  const emptyOf = async (resource: DiscoveredResource, namespace: string): Promise<Remainder> => {
    const of = client.of(resource);
    if (resource.verbs.includes('deletecollection'))
      await of.deleteCollection({ namespace }, { propagationPolicy: 'Background' });
    if (!resource.verbs.includes('list')) return { resource, count: 0, finalizers: {}, graceSeconds: 0 };
    const { items } = await of.list({ namespace });
    if (!resource.verbs.includes('deletecollection'))
      for (const { metadata } of items) await of.delete(metadata.name!, namespace, { propagationPolicy: 'Background' });
    return remainderOf(resource, items);
  };

  /** Takes the finalizer away; a version conflict means that somebody changed the namespace meanwhile. */
  const finalize = async (space: Namespace): Promise<void> => {
    const finalizers = (space.spec?.finalizers ?? []).filter((other) => other !== finalizer);
    try {
      await client.request({
        method: 'PUT',
        path: client.of(namespaces).path(undefined, space.metadata.name, 'finalize'),
        body: { ...space, apiVersion: 'v1', kind: 'Namespace', spec: { ...space.spec, finalizers } },
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  };

  const workers = flags['concurrent-namespace-syncs'];
  return (signal) => runController({ name, queue, workers, reconcile, logger }, signal);
}

/** Counts what stays for now. */
function remainderOf(resource: DiscoveredResource, items: KubeObject[]): Remainder {
  const finalizers: Record<string, number> = {};
  for (const { metadata } of items)
    for (const held of metadata.finalizers ?? []) finalizers[held] = (finalizers[held] ?? 0) + 1;
  const graceSeconds = Math.max(0, ...items.map(({ metadata }) => metadata.deletionGracePeriodSeconds ?? 0));
  return { resource, count: items.length, finalizers, graceSeconds };
}
