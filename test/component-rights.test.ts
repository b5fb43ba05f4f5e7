/** The cluster's own processes hold what they need, and none of them is anybody's administrator: nothing that they do is refused. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { ingresses } from '../api/kinds/ingresses.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { poddisruptionbudgets } from '../api/kinds/poddisruptionbudgets.ts';
import { pods } from '../api/kinds/pods.ts';
import { replicasets } from '../api/kinds/replicasets.ts';
import { resourcequotas } from '../api/kinds/resourcequotas.ts';
import { services } from '../api/kinds/services.ts';
import { subjectaccessreviews } from '../api/kinds/subjectaccessreviews.ts';
import type { RestClient } from '../client/rest.ts';
import { AuditLog } from './harness/audit-log.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';

let cluster: Cluster;
let client: RestClient;

beforeAll(async () => {
  cluster = await Cluster.start({ runtime: 'fake', nodes: 2 });
  client = cluster.client();
  const policy = '{ apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{ level: Metadata }] }';
  writeFileSync(join(cluster.dataDir, 'audit-policy.yaml'), policy);
  const before = cluster.pid('apiserver');
  process.kill(before, 'SIGKILL');
  await eventually('the API server is back', async () => {
    if (cluster.pid('apiserver') === before) return false;
    return (await client.request({ path: '/readyz' })).status === 200;
  });
});

afterAll(async () => {
  client?.close();
  await cluster?.purge();
});

const named = (name: string) => ({ metadata: { name, namespace: 'work' } });
const labels = { app: 'web' };
const running = async (): Promise<string[]> =>
  (await client.of(pods).list({ namespace: 'work' })).items
    .filter(({ status, metadata }) => status?.phase === 'Running' && !metadata.deletionTimestamp)
    .map(({ spec }) => spec?.nodeName ?? '');

async function useEverything(): Promise<void> {
  await client.of(namespaces).create({ metadata: { name: 'work' } });
  await client.of(configmaps).create({ ...named('settings'), data: { a: 'b' } });
  await client.of(resourcequotas).create({ ...named('quota'), spec: { hard: { pods: '10' } } });
  await client.of(poddisruptionbudgets).create({
    ...named('web'),
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  });
  await client.of(services).create({ ...named('web'), spec: { selector: labels, ports: [{ port: 80 }] } });
  await client.of(ingresses).create({
    ...named('web'),
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  });
  const container = { name: 'c', image: 'busybox', envFrom: [{ configMapRef: { name: 'settings' } }] };
  await client.of(replicasets).create({
    ...named('web'),
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  } as never);
  await eventually('the pods run', async () => (await running()).length === 3);
  const taint = { key: 'away', effect: 'NoExecute' };
  await client.of(nodes).patch('minik-1', undefined, { spec: { taints: [taint] } }, { type: 'merge' });
  await eventually('the pods run on the other node', async () => {
    const on = await running();
    return on.length === 3 && on.every((node) => node === 'minik-2');
  });
  const proxied = await client.request({ path: '/api/v1/nodes/minik-2/proxy/stats/summary' });
  expect(proxied.status).toBe(200);
  await client.of(replicasets).delete('web', 'work', { propagationPolicy: 'Foreground' });
  await eventually('the pods are gone', async () => (await running()).length === 0);
  await client.of(namespaces).delete('work');
  await eventually('the namespace is gone', async () =>
    client
      .of(namespaces)
      .get('work')
      .then(
        () => false,
        () => true,
      ),
  );
}

test('nothing that a component does is refused', async () => {
  await useEverything();
  const log = new AuditLog(join(cluster.dataDir, 'logs/audit.log'));
  const all = await log.at('ResponseComplete', ({ user }) => user?.username?.startsWith('system:') === true);
  const refused = all.filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid');
  expect(refused.map(({ user, verb, requestURI }) => `${user?.username} ${verb} ${requestURI}`)).toEqual([]);
  const heard = new Set(all.map(({ user }) => user?.username));
  for (const name of ['kube-scheduler', 'kube-controller-manager', 'node:minik-1', 'node:minik-2']) {
    expect(heard).toContain(`system:${name}`);
  }
});

test.each([
  ['system:kube-scheduler', 'delete', 'nodes'],
  ['system:kube-scheduler', 'get', 'secrets'],
  ['system:kube-controller-manager', 'create', 'nodes'],
  ['system:kube-controller-manager', 'impersonate', 'users'],
  ['system:kube-controller-manager', 'bind', 'clusterroles'],
  ['system:kube-proxy', 'get', 'secrets'],
  ['system:kube-proxy', 'update', 'services'],
  ['kube-apiserver-kubelet-client', 'get', 'secrets'],
  ['kube-apiserver-kubelet-client', 'create', 'pods'],
])('%s may not %s %s', async (user, verb, resource) => {
  const resourceAttributes = { verb, resource, group: resource === 'clusterroles' ? 'rbac.authorization.k8s.io' : '' };
  const review = await client.of(subjectaccessreviews).create({
    metadata: {},
    spec: { user, groups: ['system:authenticated'], resourceAttributes },
  });
  expect(review.status?.allowed).toBe(false);
});
