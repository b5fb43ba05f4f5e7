/**
 * root-ca-certificate-publisher-controller: every namespace has the cluster's CA certificate in ConfigMap
 * `kube-root-ca.crt`, for pods that talk to the API server.
 *
 * Upstream: pkg/controller/certificates/rootcacertpublisher
 */
import { readFileSync } from 'node:fs';
import { ApiError } from '../api/errors.ts';
import { configmaps } from '../api/kinds/configmaps.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { runController } from '../client/controller.ts';
import { Informer, waitForSync } from '../client/informer.ts';
import { WorkQueue } from '../client/work-queue.ts';
import type { Context, Run } from './context.ts';
import { isNamespaceTerminating } from './namespace-terminating.ts';

const name = 'root-ca-certificate-publisher-controller';
export const rootCaName = 'kube-root-ca.crt';

const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
};

export function rootCaController({ client, informers, logger, flags }: Context): Run | undefined {
  const file = flags['root-ca-file'];
  if (!file) return undefined;
  const data = { 'ca.crt': readFileSync(file, 'utf8') };
  const queue = new WorkQueue();
  const spaces = informers.of(namespaces);
  // Only these, not every ConfigMap of the cluster.
  const maps = new Informer(client, configmaps, { fieldSelector: `metadata.name=${rootCaName}`, logger });
  spaces.onChange((change, { metadata }) => {
    if (change !== 'delete') queue.add(metadata.name!);
  });
  maps.onChange((_, { metadata }) => queue.add(metadata.namespace!));
  const reconcile = async (namespace: string): Promise<void> => {
    const space = spaces.get(namespace);
    if (!space || space.status?.phase === 'Terminating') return;
    const map = maps.get(`${namespace}/${rootCaName}`);
    if (map && map.data?.['ca.crt'] === data['ca.crt']) return;
    try {
      if (map) await client.of(configmaps).update({ ...map, data });
      else await client.of(configmaps).create({ metadata: { name: rootCaName, namespace, annotations }, data });
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') return;
      if (!isNamespaceTerminating(error)) throw error;
    }
  };
  return async (signal) => {
    maps.start(signal);
    if (await waitForSync([maps], signal)) await runController({ name, queue, reconcile, logger }, signal);
  };
}
