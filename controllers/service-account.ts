/**
 * serviceaccount-controller: every namespace has the service account `default`.
 * Upstream: pkg/controller/serviceaccount/serviceaccounts_controller.go
 */
import { ApiError } from '../api/errors.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { runController } from '../client/controller.ts';
import { WorkQueue } from '../client/work-queue.ts';
import type { Context, Run } from './context.ts';
import { isNamespaceTerminating } from './namespace-terminating.ts';

const managed = ['default'];

export function serviceAccountController({ client, informers, logger, flags }: Context): Run {
  const queue = new WorkQueue();
  const spaces = informers.of(namespaces);
  const accounts = informers.of(serviceaccounts);
  spaces.onChange((change, { metadata }) => {
    if (change !== 'delete') queue.add(metadata.name!);
  });
  accounts.onChange((change, { metadata }) => {
    if (change === 'delete') queue.add(metadata.namespace!);
  });
  const reconcile = async (namespace: string): Promise<void> => {
    if (spaces.get(namespace)?.status?.phase === 'Terminating' || !spaces.get(namespace)) return;
    for (const name of managed) {
      if (accounts.get(`${namespace}/${name}`)) continue;
      try {
        await client.of(serviceaccounts).create({ metadata: { name, namespace } });
      } catch (error) {
        if (error instanceof ApiError && error.reason === 'AlreadyExists') continue;
        if (!isNamespaceTerminating(error)) throw error;
      }
    }
  };
  const workers = flags['concurrent-serviceaccount-token-syncs'];
  return (signal) => runController({ name: 'serviceaccount-controller', queue, workers, reconcile, logger }, signal);
}
