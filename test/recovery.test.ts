/** Processes die, clusters stop: what was acknowledged stays, and running containers keep running. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { pods } from '../api/kinds/pods.ts';
import { isPodReady } from '../api/pods.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';

const pod = (name: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: main, image: 'busybox:1.35', command: [sh, -c, 'trap exit TERM; while true; do sleep 1; done'] }]
`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
  expect(await cluster.apply(pod('steady'))).toMatchObject({ status: 0 });
  await cluster.minikctl('wait', '--for=condition=Ready', 'pod/steady', '--timeout=120s');
});

afterAll(() => cluster?.purge());

const becomesReady = (name: string): Promise<unknown> =>
  eventually(`pod ${name} is ready`, async () => isPodReady(await cluster.client().of(pods).get(name, 'default')));

test.each(['store', 'apiserver', 'scheduler', 'controllers', 'kubelet-minik-1', 'proxy'])(
  'kill -9 of %s: it comes back, nothing is lost, the container runs on',
  async (name) => {
    const containers = await cluster.containers('steady');
    expect(Object.keys(containers)).toHaveLength(2);
    const written = `before-${name}`;
    await cluster
      .client()
      .of(configmaps)
      .create({ metadata: { name: written, namespace: 'default' }, data: { name } });

    const old = cluster.pid(name);
    process.kill(old, 'SIGKILL');

    await eventually(`a new ${name}`, () => cluster.pid(name) !== old);
    const kept = await eventually('the object', () => cluster.client().of(configmaps).get(written, 'default'));
    expect(kept.data).toEqual({ name });
    // Not only is it back: the whole path through it works, from apply to a running container.
    const next = `after-${name}`;
    await eventually('apply works', async () => (await cluster.apply(pod(next))).status === 0);
    await becomesReady(next);
    await cluster.minikctl('delete', 'pod', next);
    expect(await cluster.containers('steady')).toEqual(containers);
    const { status } = await cluster.client().of(pods).get('steady', 'default');
    expect(status?.containerStatuses?.[0]?.restartCount).toBe(0);
  },
  90_000,
);

test('the supervisor may die too: up takes the running cluster over', async () => {
  const containers = await cluster.containers('steady');
  process.kill(cluster.pid('supervisor'), 'SIGKILL');
  await cluster.up();
  await becomesReady('steady');
  expect(await cluster.containers('steady')).toEqual(containers);
});

test('after down nothing is left running; after up every object is there', async () => {
  const names = async (): Promise<string[]> =>
    (await cluster.client().of(configmaps).list({ namespace: 'default' })).items
      .map((map) => map.metadata.name!)
      .sort();
  const before = await names();
  expect(before).toContain('before-store');
  await cluster.down();
  expect(await cluster.containers('steady')).toEqual({});
  expect(await cluster.tryMinikctl(['get', 'pods'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('was refused - did you specify the right host or port?'),
  });
  await cluster.up();
  expect(await names()).toEqual(before);
  await becomesReady('steady');
});
