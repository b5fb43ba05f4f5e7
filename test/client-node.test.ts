/** The official JavaScript client, as a program would use it. */
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';

let cluster: Cluster;
let config: k8s.KubeConfig;
let core: k8s.CoreV1Api;

beforeAll(async () => {
  cluster = await Cluster.start();
  config = new k8s.KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  core = config.makeApiClient(k8s.CoreV1Api);
});

afterAll(() => cluster?.purge());

test('create, list, watch and exec', async () => {
  const phases: string[] = [];
  const watch = new k8s.Watch(config);
  const abort = await watch.watch(
    '/api/v1/namespaces/default/pods',
    {},
    (type, pod: k8s.V1Pod) => phases.push(`${type} ${pod.metadata?.name} ${pod.status?.phase}`),
    () => undefined,
  );

  const created = await core.createNamespacedPod({
    namespace: 'default',
    body: {
      metadata: { name: 'typed', labels: { from: 'client' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'busybox:1.35', command: ['sleep', '3600'] }],
      },
    },
  });
  expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);

  await eventually('the watch sees it run', () => phases.includes('MODIFIED typed Running'));
  expect(phases[0]).toBe('ADDED typed Pending');
  abort.abort();

  const list = await core.listNamespacedPod({ namespace: 'default', labelSelector: 'from=client' });
  expect(list.items.map((pod) => pod.status?.phase)).toEqual(['Running']);

  const stdout = new PassThrough();
  let text = '';
  stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const status = await new Promise<k8s.V1Status>((resolve, reject) => {
    new k8s.Exec(config)
      .exec('default', 'typed', 'main', ['echo', 'hello'], stdout, null, null, false, resolve)
      .catch(reject);
  });
  expect(status.status).toBe('Success');
  expect(text).toBe('hello\n');

  await core.deleteNamespacedPod({ name: 'typed', namespace: 'default' });
  await eventually(
    'it is gone',
    async () => (await core.listNamespacedPod({ namespace: 'default' })).items.length === 0,
  );
});
