/** A ReplicaSet on two nodes keeps its number of pods, whatever is done to its containers, pods and nodes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pods } from '../api/kinds/pods.ts';
import { isPodReady } from '../api/pods.ts';
import type { Pod } from '../api/types.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { output } from './harness/run.ts';

const manifest = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      # What the default tolerations would wait five minutes for happens in seconds here.
      tolerations:
        - { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 1 }
        - { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 1 }
      containers:
        - name: web
          image: busybox:1.35
          command: [sh, -c, 'trap exit TERM; while true; do sleep 1; done']
`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 2 });
});

afterAll(() => cluster?.purge());

const list = async (): Promise<Pod[]> =>
  (await cluster.client().of(pods).list({ namespace: 'default', labelSelector: 'app=web' })).items;

const readyPods = async (count: number): Promise<Pod[]> =>
  eventually(`${count} ready pods`, async () => {
    const ready = (await list()).filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp);
    return ready.length === count && ready;
  });

test('three replicas run, spread over both nodes', async () => {
  expect(await cluster.apply(manifest)).toMatchObject({ status: 0, stdout: 'replicaset.apps/web created\n' });
  const ready = await readyPods(3);
  expect(new Set(ready.map((pod) => pod.spec?.nodeName))).toEqual(new Set(['minik-1', 'minik-2']));
});

test('a container that is killed restarts in its pod', async () => {
  const [pod] = await readyPods(3);
  const name = pod!.metadata.name!;
  const before = (await cluster.containers(name))['web'];
  await output('docker', ['kill', before!]);
  const after = await eventually('a restarted container', async () => {
    const current = await cluster.client().of(pods).get(name, 'default');
    const status = current.status?.containerStatuses?.[0];
    return status?.restartCount === 1 && status.ready && status;
  });
  expect(after.lastState?.terminated?.exitCode).toBe(137);
  expect((await cluster.containers(name))['web']).not.toBe(before);
  expect((await cluster.client().of(pods).get(name, 'default')).metadata.uid).toBe(pod!.metadata.uid);
});

test('a pod that is deleted is replaced', async () => {
  const before = await readyPods(3);
  const victim = before[0]!.metadata.name!;
  expect(await cluster.minikctl('delete', 'pod', victim)).toContain(`pod "${victim}" deleted`);
  const after = await readyPods(3);
  expect(after.map((pod) => pod.metadata.name)).not.toContain(victim);
});

test('it scales up and down', async () => {
  expect(await cluster.minikctl('scale', 'replicaset/web', '--replicas=5')).toBe('replicaset.apps/web scaled\n');
  await readyPods(5);
  await cluster.minikctl('scale', 'rs/web', '--replicas', '3');
  await eventually('three pods in all', async () => (await list()).length === 3);
  expect(await cluster.minikctl('get', 'rs', 'web')).toMatch(/web\s+3\s+3\s+3/);
});

test('the pods of a node whose kubelet stopped move to the other, and the kubelet cleans up when it is back', async () => {
  const before = await readyPods(3);
  const onNode2 = before.filter((pod) => pod.spec?.nodeName === 'minik-2');
  expect(onNode2.length).toBeGreaterThan(0);
  // A stopped process is not dead, so nobody starts it again: its node falls silent.
  const kubelet = cluster.pid('kubelet-minik-2');
  process.kill(kubelet, 'SIGSTOP');
  try {
    await eventually('all pods on the node that is left', async () => {
      const ready = (await list()).filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp);
      return ready.length === 3 && ready.every((pod) => pod.spec?.nodeName === 'minik-1');
    });
    expect(await cluster.minikctl('get', 'nodes')).toMatch(/minik-2\s+NotReady/);
  } finally {
    process.kill(kubelet, 'SIGCONT');
  }
  const { name } = onNode2[0]!.metadata;
  await eventually('the evicted pod and its containers are gone', async () => {
    const left = (await list()).map((pod) => pod.metadata.name);
    return !left.includes(name) && Object.keys(await cluster.containers(name!)).length === 0;
  });
  await eventually('the node is ready again', async () =>
    /minik-2\s+Ready/.test(await cluster.minikctl('get', 'nodes')),
  );
});
