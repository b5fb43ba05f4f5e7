/** Budgets for disruptions: what the disruption-controller says in their status, and what evictions make of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events } from '../api/kinds/events.ts';
import { jobs } from '../api/kinds/jobs.ts';
import { poddisruptionbudgets } from '../api/kinds/poddisruptionbudgets.ts';
import { pods } from '../api/kinds/pods.ts';
import { replicasets } from '../api/kinds/replicasets.ts';
import { conditionOf, rfc3339 } from '../api/meta.ts';
import { isPodTerminating } from '../api/pods.ts';
import type { Pod, PodDisruptionBudget } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import { anything, define, definitionOf, json, objectOf, versionOf } from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { reportPod } from './harness/node.ts';
import { parseMetrics } from './harness/prometheus.ts';

const namespace = 'default';
let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let controllers: Running;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25_950);
  client = server.client();
  controllers = await startComponent('controllers', server, 25_953, [
    '--leader-elect=false',
    '--controllers=disruption-controller,replicaset-controller',
  ]);
});

afterAll(async () => {
  expect(await controllers?.stop()).toBe(0);
  client?.close();
  await server?.remove();
  await store?.remove();
});

const containers = [{ name: 'c', image: 'busybox' }];
const budget = (app: string, spec: PodDisruptionBudget['spec']) =>
  client.of(poddisruptionbudgets).create({
    metadata: { name: app, namespace },
    spec: { selector: { matchLabels: { app } }, ...spec },
  });
const replicaSet = (app: string, replicas: number) =>
  client.of(replicasets).create({
    metadata: { name: app, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers } },
    },
  });
const podOf = (app: string, ownerReferences: NonNullable<Pod['metadata']['ownerReferences']> = []) =>
  client
    .of(pods)
    .create({ metadata: { name: app, namespace, labels: { app }, ownerReferences }, spec: { containers } });
const active = async (app: string): Promise<Pod[]> =>
  (await client.of(pods).list({ namespace, labelSelector: `app=${app}` })).items.filter(
    (pod) => !isPodTerminating(pod),
  );
const evict = (name: string) =>
  json(server, 'POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
  });

/** Waits until the status is about the budget as it is, and has these numbers. */
const settled = (app: string, numbers: Partial<PodDisruptionBudget['status']>): Promise<PodDisruptionBudget> =>
  eventually(`the status of ${app} says ${JSON.stringify(numbers)}`, async () => {
    const found = await client.of(poddisruptionbudgets).get(app, namespace);
    const current = found.status?.observedGeneration === found.metadata.generation;
    const same = Object.entries(numbers!).every(([name, value]) => found.status?.[name as 'expectedPods'] === value);
    return current && same && found;
  });
const reasonOf = ({ status }: PodDisruptionBudget) => conditionOf(status?.conditions, 'DisruptionAllowed')?.reason;
const eventOf = (name: string, reason: string) =>
  eventually(`the event ${reason} of ${name}`, async () => {
    const { items } = await client.of(events).list({ namespace });
    return items.find((event) => event.involvedObject.name === name && event.reason === reason);
  });

test('conformance: PodDisruptionBudget: Status updates', async () => {
  await budget('counted', { maxUnavailable: '34%' });
  expect(reasonOf(await settled('counted', { expectedPods: 0 }))).toBe('InsufficientPods');
  expect((await eventOf('counted', 'NoPods')).message).toBe('No matching pods found');

  await replicaSet('counted', 3);
  await settled('counted', { expectedPods: 3, desiredHealthy: 1, currentHealthy: 0, disruptionsAllowed: 0 });
  for (const { metadata } of await active('counted')) await reportPod(client, metadata.name!, '10.244.0.9');
  const full = await settled('counted', { currentHealthy: 3, disruptionsAllowed: 2 });
  expect(reasonOf(full)).toBe('SufficientPods');

  const [first] = await active('counted');
  await reportPod(client, first!.metadata.name!, '10.244.0.9', false);
  await settled('counted', { currentHealthy: 2, disruptionsAllowed: 1 });
  await client.of(poddisruptionbudgets).patch('counted', namespace, { spec: { maxUnavailable: 0 } });
  expect(reasonOf(await settled('counted', { desiredHealthy: 3, disruptionsAllowed: 0 }))).toBe('InsufficientPods');
});

test('conformance: PodDisruptionBudget: block an eviction until the PDB is updated to allow it', async () => {
  await replicaSet('drained', 3);
  const three = await eventually('three pods', async () => {
    const found = await active('drained');
    return found.length === 3 && found.map(({ metadata }) => metadata.name!);
  });
  for (const name of three) await reportPod(client, name, '10.244.0.9');
  await budget('drained', { minAvailable: 2 });
  await settled('drained', { currentHealthy: 3, disruptionsAllowed: 1 });

  const [first, second] = three as [string, string, string];
  expect((await evict(first)).status).toBe(201);
  const refused = await evict(second);
  expect(refused.status).toBe(429);
  expect(refused.body.details.causes[0].message).toContain('The disruption budget drained needs 2 healthy pods');
  // The one that went is forgotten; another came, which is not ready.
  await eventually('nothing is waited for', async () => {
    const { status } = await settled('drained', { expectedPods: 3, currentHealthy: 2, disruptionsAllowed: 0 });
    return status?.disruptedPods === undefined;
  });
  expect((await evict(second)).status).toBe(429);

  await client.of(poddisruptionbudgets).patch('drained', namespace, { spec: { minAvailable: 1 } });
  await settled('drained', { desiredHealthy: 1, disruptionsAllowed: 1 });
  expect((await evict(second)).status).toBe(201);
});

/** How often somebody has sent the status of a budget, whether or not that changed it. */
const statusWrites = async (): Promise<number> => {
  const { samples } = parseMetrics((await server.raw('/metrics')).text).get('apiserver_request_total')!;
  const of = { verb: 'PUT', resource: 'poddisruptionbudgets', subresource: 'status' };
  const counted = samples.filter(({ labels }) => Object.entries(of).every(([name, value]) => labels[name] === value));
  return counted.reduce((sum, { value }) => sum + value, 0);
};

test('a budget that has settled is not written again', async () => {
  await podOf('still');
  await reportPod(client, 'still', '10.244.0.9');
  await budget('still', { minAvailable: 0 });
  await settled('still', { currentHealthy: 1, disruptionsAllowed: 1 });
  const before = await statusWrites();
  await client.of(poddisruptionbudgets).patch('still', namespace, { metadata: { labels: { seen: 'yes' } } });
  // Budgets are worked on one after another: once this one has its only write, the other's turn is over.
  await budget('later', { minAvailable: 1 });
  await settled('later', { desiredHealthy: 1 });
  expect(await statusWrites()).toBe(before + 1);
});

test('a pod that leaves the selector is counted no longer', async () => {
  await podOf('leaving');
  await reportPod(client, 'leaving', '10.244.0.9');
  await budget('leaving', { minAvailable: 0 });
  await settled('leaving', { expectedPods: 1, disruptionsAllowed: 1 });
  await client.of(pods).patch('leaving', namespace, { metadata: { labels: { app: 'left' } } });
  await settled('leaving', { expectedPods: 0, disruptionsAllowed: 0 });
});

test('pods without a controller are left out of a part, and somebody is told', async () => {
  await podOf('alone');
  await budget('alone', { maxUnavailable: 1 });
  await settled('alone', { expectedPods: 0, disruptionsAllowed: 0 });
  expect((await eventOf('alone', 'UnmanagedPods')).message).toContain(
    '(selector: app=alone) were found to be unmanaged',
  );
});

test('the scale of any kind that has one, and of one that has none', async () => {
  const fields = objectOf({ spec: anything, status: anything });
  const paths = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  await define(
    definitionOf('flocks', [versionOf('v1', fields, { subresources: { status: {}, scale: paths } })]),
    server,
  );
  const flock = await json(server, 'POST', `/apis/tests.example.com/v1/namespaces/${namespace}/flocks`, {
    apiVersion: 'tests.example.com/v1',
    kind: 'Flock',
    metadata: { name: 'geese' },
    spec: { replicas: 4 },
  });
  const controlledBy = (apiVersion: string, kind: string, { name, uid }: { name?: string; uid?: string }) => [
    { apiVersion, kind, name: name!, uid: uid!, controller: true },
  ];
  await podOf('geese', controlledBy('tests.example.com/v1', 'Flock', flock.body.metadata));
  await budget('geese', { minAvailable: '50%' });
  await settled('geese', { expectedPods: 4, desiredHealthy: 2 });

  const template = { spec: { containers, restartPolicy: 'Never' } };
  const job = await client.of(jobs).create({ metadata: { name: 'work', namespace }, spec: { template } });
  await podOf('work', controlledBy('batch/v1', 'Job', job.metadata));
  await budget('work', { maxUnavailable: 1 });
  const message = 'jobs.batch does not implement the scale subresource';
  const event = await eventOf('work', 'CalculateExpectedPodCountFailed');
  expect(event.message).toBe(`Failed to calculate the number of expected pods: ${message}`);
  const condition = await eventually('the condition', async () => {
    const { status } = await client.of(poddisruptionbudgets).get('work', namespace);
    return conditionOf(status?.conditions, 'DisruptionAllowed');
  });
  expect(condition).toMatchObject({ status: 'False', reason: 'SyncFailed', message });
});

test('what was meant to go and stayed is taken back', async () => {
  await podOf('meant');
  const lastTransitionTime = rfc3339(new Date(Date.now() - 5 * 60_000));
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', lastTransitionTime };
  await client
    .of(pods)
    .patch('meant', namespace, { status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' });
  await eventually('it is taken back', async () => {
    const { status } = await client.of(pods).get('meant', namespace);
    return conditionOf(status?.conditions, 'DisruptionTarget')?.status === 'False';
  });
});
