/** The controllers against a real apiserver, with nodes and pods that exist as objects only. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { endpoints } from '../api/kinds/endpoints.ts';
import { endpointslices } from '../api/kinds/endpointslices.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import { replicasets } from '../api/kinds/replicasets.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { services } from '../api/kinds/services.ts';
import { conditionOf, controllerOf } from '../api/meta.ts';
import { isPodTerminating } from '../api/pods.ts';
import type { Pod } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { addNode, renewLease, reportPod, reportReady } from './harness/node.ts';

let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let controllers: Running;
let heart: NodeJS.Timeout;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 24_720);
  client = server.client();
  controllers = await startComponent('controllers', server, 24_721, [
    '--leader-elect=false',
    '--allocate-node-cidrs',
    '--cluster-cidr=10.244.0.0/16',
    `--root-ca-file=${server.pki('ca.crt')}`,
    // A node counts as silent soon; the one of these tests renews its lease all the time.
    '--node-monitor-period=200ms',
    '--node-monitor-grace-period=5s',
  ]);
  await addNode(client, 'n1');
  await renewLease(client, 'n1');
  heart = setInterval(() => void renewLease(client, 'n1').catch(() => undefined), 300);
});

afterAll(async () => {
  clearInterval(heart);
  expect(await controllers?.stop()).toBe(0);
  client?.close();
  await server?.remove();
  await store?.remove();
});

const list = async (app: string): Promise<Pod[]> =>
  (await client.of(pods).list({ namespace: 'default', labelSelector: `app=${app}` })).items;
const active = async (app: string) => (await list(app)).filter((pod) => !isPodTerminating(pod));
const count = (app: string, wanted: number) =>
  eventually(`${wanted} pods of ${app}`, async () => {
    const found = await active(app);
    return found.length === wanted && found;
  });
const replicaSet = (app: string, replicas: number, spec: Partial<NonNullable<Pod['spec']>> = {}) =>
  client.of(replicasets).create({
    metadata: { name: app, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec } },
    },
  });
const scale = (app: string, replicas: number) => client.of(replicasets).patch(app, 'default', { spec: { replicas } });
const gone = (what: string, get: () => Promise<unknown>) =>
  eventually(what, () =>
    get().then(
      () => false,
      (error) => error.code === 404,
    ),
  );

describe('every namespace and node is furnished', () => {
  test('a service account and the CA certificate', async () => {
    await eventually('the service account', () => client.of(serviceaccounts).get('default', 'default'));
    const map = await eventually('the ConfigMap', () => client.of(configmaps).get('kube-root-ca.crt', 'kube-system'));
    expect(map.data?.['ca.crt']).toContain('BEGIN CERTIFICATE');
    await client.of(serviceaccounts).delete('default', 'default');
    await eventually('it is back', () => client.of(serviceaccounts).get('default', 'default'));
  });

  test('a range of pod addresses, each its own', async () => {
    await addNode(client, 'n0');
    const ranges = await eventually('ranges', async () => {
      const { items } = await client.of(nodes).list();
      const given = items.map(({ spec }) => spec?.podCIDR);
      return given.every(Boolean) && given;
    });
    expect(ranges.sort()).toEqual(['10.244.0.0/24', '10.244.1.0/24']);
    await client.of(nodes).delete('n0');
  });
});

describe('a ReplicaSet', () => {
  test('makes its pods, replaces one that is deleted, and scales both ways', async () => {
    await replicaSet('web', 3);
    const [first] = await count('web', 3);
    await client.of(pods).delete(first!.metadata.name!, 'default');
    expect((await count('web', 3)).map((pod) => pod.metadata.name)).not.toContain(first!.metadata.name);
    await scale('web', 12);
    await count('web', 12);
    await scale('web', 1);
    await count('web', 1);
    await eventually('its status', async () => {
      const { status, metadata } = await client.of(replicasets).get('web', 'default');
      return status?.replicas === 1 && status.observedGeneration === metadata.generation;
    });
  });

  test('lets go of a pod whose labels no longer match, and takes one that nobody owns', async () => {
    const [pod] = await count('web', 1);
    await client.of(pods).patch(pod!.metadata.name!, 'default', { metadata: { labels: { app: 'free' } } });
    const [other] = await count('web', 1);
    expect(other!.metadata.name).not.toBe(pod!.metadata.name);
    await eventually('it is nobody’s', async () => !controllerOf((await list('free'))[0]!));
    await client.of(pods).patch(pod!.metadata.name!, 'default', { metadata: { labels: { app: 'web' } } });
    // Adopted, it is one too many; one of the two goes.
    await eventually('one pod, owned', async () => {
      const found = await active('web');
      return found.length === 1 && controllerOf(found[0]!);
    });
  });

  test('says in its condition why it cannot make pods, and makes them once it can', async () => {
    await replicaSet('failing', 0);
    // The server checks a template's finalizers only in the pods that are made from it.
    const change = (replicas: number, finalizers: string[] | null) =>
      client
        .of(replicasets)
        .patch('failing', 'default', { spec: { replicas, template: { metadata: { finalizers } } } });
    await change(1, ['not a name']);
    const failing = await eventually('the condition', async () =>
      conditionOf((await client.of(replicasets).get('failing', 'default')).status?.conditions, 'ReplicaFailure'),
    );
    expect(failing).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    expect(failing.message).toContain('metadata.finalizers');
    await change(1, null);
    await count('failing', 1);
    await eventually('no condition', async () => {
      const { status } = await client.of(replicasets).get('failing', 'default');
      return !conditionOf(status?.conditions, 'ReplicaFailure');
    });
    await client.of(replicasets).delete('failing', 'default');
  });
});

describe('garbage collection', () => {
  const deleted = (app: string) => gone(`ReplicaSet ${app} is gone`, () => client.of(replicasets).get(app, 'default'));

  test('in the background: the owner goes at once, its pods after it', async () => {
    await replicaSet('background', 2);
    await count('background', 2);
    await client.of(replicasets).delete('background', 'default', { propagationPolicy: 'Background' });
    await deleted('background');
    await count('background', 0);
  });

  test('in the foreground: the owner waits for its pods', async () => {
    await replicaSet('foreground', 1);
    const [pod] = await count('foreground', 1);
    // What holds the pod holds its owner.
    await client.of(pods).patch(pod!.metadata.name!, 'default', { metadata: { finalizers: ['example.com/hold'] } });
    await client.of(replicasets).delete('foreground', 'default', { propagationPolicy: 'Foreground' });
    await count('foreground', 0);
    const waiting = await client.of(replicasets).get('foreground', 'default');
    expect(waiting.metadata.finalizers).toEqual(['foregroundDeletion']);
    await client.of(pods).patch(pod!.metadata.name!, 'default', { metadata: { finalizers: null } });
    await deleted('foreground');
  });

  test('orphaning: the pods stay, and forget their owner', async () => {
    await replicaSet('orphan', 2);
    await count('orphan', 2);
    await client.of(replicasets).delete('orphan', 'default', { propagationPolicy: 'Orphan' });
    await deleted('orphan');
    expect((await count('orphan', 2)).map((pod) => pod.metadata.ownerReferences ?? [])).toEqual([[], []]);
  });

  test('an object whose owner never existed goes; one with another owner only forgets it', async () => {
    const owner = await client.of(configmaps).create({ metadata: { name: 'owner', namespace: 'default' } });
    const reference = (uid: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid });
    const none = reference('00000000-0000-4000-8000-000000000000');
    const real = reference(owner.metadata.uid!);
    const create = (name: string, ownerReferences: (typeof none)[]) =>
      client.of(configmaps).create({ metadata: { name, namespace: 'default', ownerReferences } });
    await create('lost', [none]);
    await create('kept', [none, real]);
    await gone('the lost one', () => client.of(configmaps).get('lost', 'default'));
    await eventually('one owner is left', async () => {
      const { metadata } = await client.of(configmaps).get('kept', 'default');
      return metadata.ownerReferences?.length === 1 && metadata.ownerReferences[0]!.uid === real.uid;
    });
  });
});

test('a Service’s slices and Endpoints follow its pods', async () => {
  await client.of(services).create({
    metadata: { name: 'api', namespace: 'default' },
    spec: { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  await replicaSet('api', 2);
  const [a, b] = (await count('api', 2)).map((pod) => pod.metadata.name!);
  await reportPod(client, a!, '10.244.0.2');
  await reportPod(client, b!, '10.244.0.3', false);
  const readiness = async () => {
    const { items } = await client
      .of(endpointslices)
      .list({ namespace: 'default', labelSelector: 'kubernetes.io/service-name=api' });
    const found = items.flatMap((slice) => slice.endpoints ?? []);
    return Object.fromEntries(found.map((e) => [e.addresses[0], e.conditions?.ready]));
  };
  const becomes = (wanted: Record<string, boolean>) =>
    eventually(JSON.stringify(wanted), async () => {
      const now = await readiness();
      expect(now).toEqual(wanted);
      return true;
    });
  await becomes({ '10.244.0.2': true, '10.244.0.3': false });
  const subset = await eventually(
    'the Endpoints object',
    async () => (await client.of(endpoints).get('api', 'default')).subsets?.[0],
  );
  expect(subset.addresses?.map(({ ip }) => ip)).toEqual(['10.244.0.2']);
  await reportPod(client, b!, '10.244.0.3');
  await becomes({ '10.244.0.2': true, '10.244.0.3': true });
  await client.of(services).delete('api', 'default');
  await gone('the Endpoints object', () => client.of(endpoints).get('api', 'default'));
  await becomes({});
});

test('a namespace goes with all that is in it, and says what holds it up', async () => {
  await client.of(namespaces).create({ metadata: { name: 'doomed' } });
  await client.of(configmaps).create({
    metadata: { name: 'held', namespace: 'doomed', finalizers: ['example.com/hold'] },
  });
  await client.of(configmaps).create({ metadata: { name: 'free', namespace: 'doomed' } });
  await client.of(namespaces).delete('doomed');
  const condition = await eventually('the condition', async () => {
    const { status } = await client.of(namespaces).get('doomed');
    const remaining = conditionOf(status?.conditions, 'NamespaceFinalizersRemaining');
    return remaining?.status === 'True' && remaining;
  });
  expect(condition.message).toBe(
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  await client.of(configmaps).patch('held', 'doomed', { metadata: { finalizers: null } });
  await gone('the namespace', () => client.of(namespaces).get('doomed'));
});

describe('a node that falls silent', () => {
  const bind = (name: string, node: string) =>
    client.request({
      method: 'POST',
      path: client.of(pods).path('default', name, 'binding'),
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: node } },
    });
  const tolerations = [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 },
  ];

  test('is unknown and tainted, its pods are not ready, then leave and are replaced', async () => {
    await addNode(client, 'n2');
    await replicaSet('moving', 1, { tolerations });
    const [pod] = await count('moving', 1);
    const name = pod!.metadata.name!;
    await bind(name, 'n2');
    await reportPod(client, name, '10.244.0.9');
    await eventually('the pod is not ready', async () => {
      const { status } = await client.of(pods).get(name, 'default');
      return conditionOf(status?.conditions, 'Ready')?.status === 'False';
    });
    const node = await client.of(nodes).get('n2');
    expect(conditionOf(node.status?.conditions, 'Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    const replacement = await eventually('a replacement', async () => {
      const [other] = await active('moving');
      return other && other.metadata.name !== name && other;
    });
    expect(replacement.spec?.nodeName).toBeUndefined();
    const leaving = await client.of(pods).get(name, 'default');
    expect(conditionOf(leaving.status?.conditions, 'DisruptionTarget')?.reason).toBe('DeletionByTaintManager');
    expect(conditionOf((await client.of(nodes).get('n1')).status?.conditions, 'Ready')?.status).toBe('True');
  });

  test('loses its taints when it reports again', async () => {
    await reportReady(client, 'n2');
    await eventually('no taints', async () => !(await client.of(nodes).get('n2')).spec?.taints?.length);
  });
});
