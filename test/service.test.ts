/** A Service answers on its ClusterIP and NodePort from all of its ready endpoints, for the host and for pods. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { services } from '../api/kinds/services.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { hostAnswer, isLocal } from './harness/network.ts';

const backend = (name: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: echo } }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: web
      image: busybox:1.35
      command: [sh, -c, 'mkdir /www && echo ${name} > /www/index.html && touch /tmp/ready && exec httpd -f -p 8080 -h /www']
      ports: [{ name: http, containerPort: 8080 }]
      readinessProbe: { exec: { command: [cat, /tmp/ready] }, periodSeconds: 1, failureThreshold: 1 }
`;

const service = `
apiVersion: v1
kind: Service
metadata: { name: echo }
spec:
  type: NodePort
  selector: { app: echo }
  ports: [{ port: 80, targetPort: http }]
`;

const visitor = `
apiVersion: v1
kind: Pod
metadata: { name: visitor }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: shell, image: 'busybox:1.35', command: [sleep, '3600'] }]
`;

let cluster: Cluster;
let clusterIP: string;
let nodePort: number;

beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 2 });
  const manifest = [...['echo-1', 'echo-2', 'echo-3'].map(backend), service, visitor].join('---');
  expect(await cluster.apply(manifest)).toMatchObject({ status: 0 });
  await cluster.minikctl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=120s');
  const { spec } = await cluster.client().of(services).get('echo', 'default');
  clusterIP = spec!.clusterIP!;
  nodePort = spec!.ports![0]!.nodePort!;
});

afterAll(() => cluster?.purge());

/** The names that answer over many requests. */
async function answers(ask: () => Promise<string>): Promise<string[]> {
  const seen = new Set<string>();
  for (let i = 0; i < 9; i++) seen.add((await ask()).trim());
  return [...seen].sort();
}

const fromHost = (): Promise<string> => hostAnswer(clusterIP, 80);
const fromPod = (): Promise<string> =>
  cluster.minikctl('exec', 'visitor', '--', 'wget', '-qO-', `http://${clusterIP}/`);

const allAnswer = (names: string[]) => async (): Promise<boolean> =>
  JSON.stringify(await answers(fromHost)) === JSON.stringify(names);

test('the host reaches every endpoint through the ClusterIP', async () => {
  expect(isLocal(clusterIP)).toBe(true);
  await eventually('answers from all three', allAnswer(['echo-1', 'echo-2', 'echo-3']));
});

test('another pod reaches every endpoint through the ClusterIP', async () => {
  expect(await answers(fromPod)).toEqual(['echo-1', 'echo-2', 'echo-3']);
});

test('the NodePort answers on the loopback address', async () => {
  expect(await answers(() => hostAnswer('127.0.0.1', nodePort))).toEqual(['echo-1', 'echo-2', 'echo-3']);
});

test('a pod that is no longer ready leaves, and returns when it is', async () => {
  await cluster.minikctl('exec', 'echo-2', '--', 'rm', '/tmp/ready');
  await eventually('answers from the other two', allAnswer(['echo-1', 'echo-3']));
  await cluster.minikctl('exec', 'echo-2', '--', 'touch', '/tmp/ready');
  await eventually('answers from all three', allAnswer(['echo-1', 'echo-2', 'echo-3']));
});

test('a pod that is deleted leaves', async () => {
  await cluster.minikctl('delete', 'pod', 'echo-1', '--wait=false');
  await eventually('answers from the other two', allAnswer(['echo-2', 'echo-3']));
});

test('Endpoints and EndpointSlices name what is left', async () => {
  await eventually('two addresses', async () => {
    const text = await cluster.minikctl('get', 'endpoints', 'echo');
    return text.split('\n')[1]?.split(',').length === 2;
  });
  expect(await cluster.minikctl('get', 'endpointslices', '-l', 'kubernetes.io/service-name=echo')).toMatch(
    /IPv4\s+8080/,
  );
});
