/** The scheduler against a real apiserver: it binds, says why it cannot, wakes when it may, and takes over from a leader. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events } from '../api/kinds/events.ts';
import { leases } from '../api/kinds/leases.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import { conditionOf } from '../api/meta.ts';
import type { Pod } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { addNode, reportReady } from './harness/node.ts';

let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let scheduler: Running;

// Short terms, so that a takeover takes seconds.
const terms = [
  '--leader-elect-lease-duration=2s',
  '--leader-elect-renew-deadline=1s',
  '--leader-elect-retry-period=200ms',
];

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 24_710);
  client = server.client();
  await addNode(client, 'n1');
  await addNode(client, 'n2');
  scheduler = await startComponent('scheduler', server, 24_711, terms);
});

afterAll(async () => {
  await scheduler?.stop('SIGKILL');
  client?.close();
  await server?.remove();
  await store?.remove();
});

const create = (name: string, cpu: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Promise<Pod> =>
  client.of(pods).create({
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu } } }], ...spec },
  });
const nodeOf = async (name: string) => (await client.of(pods).get(name, 'default')).spec?.nodeName;
const bound = (name: string) => eventually(`${name} has a node`, () => nodeOf(name));
const messages = async (name: string, reason: string) =>
  (await client.of(events).list({ namespace: 'default' })).items
    .filter((event) => event.involvedObject.name === name && event.reason === reason)
    .map((event) => event.message);

test('a pod is bound to the node with more room, and an event says so', async () => {
  await create('first', '1');
  const first = await bound('first');
  await create('second', '1');
  expect(await bound('second')).not.toBe(first);
  expect(await eventually('the event', async () => (await messages('first', 'Scheduled'))[0])).toBe(
    `Successfully assigned default/first to ${first}`,
  );
  const pod = await client.of(pods).get('first', 'default');
  expect(conditionOf(pod.status?.conditions, 'PodScheduled')?.status).toBe('True');
});

describe('a pod for which there is no room', () => {
  const message =
    '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.';

  test('says why, in an event and in its condition', async () => {
    await create('third', '1500m');
    const condition = await eventually('the condition', async () =>
      conditionOf((await client.of(pods).get('third', 'default')).status?.conditions, 'PodScheduled'),
    );
    expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
    expect(await messages('third', 'FailedScheduling')).toEqual([message]);
    const metrics = await (await fetch(`${scheduler.url}/metrics`)).text();
    expect(metrics).toContain('scheduler_pending_pods{queue="unschedulable"} 1');
  });

  test('is bound once another pod leaves', async () => {
    await client.of(pods).delete('first', 'default', { gracePeriodSeconds: 0 });
    await bound('third');
    const { status } = await client.of(pods).get('third', 'default');
    expect(conditionOf(status?.conditions, 'PodScheduled')).toEqual({
      type: 'PodScheduled',
      status: 'True',
      lastTransitionTime: expect.any(String),
    });
  });

  test('is bound once a node has more room', async () => {
    await create('fourth', '3');
    await eventually('an event', async () => (await messages('fourth', 'FailedScheduling')).length > 0);
    await reportReady(client, 'n2', '8');
    expect(await bound('fourth')).toBe('n2');
  });
});

test('a cordoned node takes no pod; uncordoning it lets the pod in', async () => {
  for (const name of ['n1', 'n2']) await client.of(nodes).patch(name, undefined, { spec: { unschedulable: true } });
  await create('fifth', '100m');
  expect(await eventually('the event', async () => (await messages('fifth', 'FailedScheduling'))[0])).toBe(
    '0/2 nodes are available: 2 node(s) were unschedulable. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  );
  await client.of(nodes).patch('n2', undefined, { spec: { unschedulable: false } });
  expect(await bound('fifth')).toBe('n2');
});

test('a pod of another scheduler, and one with a scheduling gate, are left alone until they are not', async () => {
  await create('gated', '100m', { schedulingGates: [{ name: 'example.com/wait' }] });
  await create('strangers', '100m', { schedulerName: 'other' });
  await create('sixth', '100m');
  await bound('sixth');
  expect([await nodeOf('gated'), await nodeOf('strangers')]).toEqual([undefined, undefined]);
  await client.of(pods).patch('gated', 'default', { spec: { schedulingGates: [] } });
  await bound('gated');
});

test('a second scheduler waits for the lease, takes over when the leader is killed, and gives it back when it stops', async () => {
  const holder = async () => (await client.of(leases).get('kube-scheduler', 'kube-system')).spec?.holderIdentity;
  const leader = await eventually('a leader', holder);
  const second = await startComponent('scheduler', server, 24_712, terms);
  try {
    await scheduler.stop('SIGKILL');
    await create('seventh', '100m');
    await bound('seventh');
    expect(await holder()).not.toBe(leader);
  } finally {
    expect(await second.stop()).toBe(0);
  }
  expect(await holder()).toBe('');
});
