/**
 * The authorization matrix where it goes on from the API server: at the port of a kubelet, by every path and method; through
 * the subresources that reach a kubelet; and at the socket of the store.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterrolebindings } from '../api/kinds/clusterrolebindings.ts';
import { clusterroles } from '../api/kinds/clusterroles.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { services } from '../api/kinds/services.ts';
import type { RestClient } from '../client/rest.ts';
import { type Answered, Asker, type Credentials, forEachOf, websocket } from './authorization/asker.ts';
import { bindAll } from './authorization/bindings.ts';
import type { Cell } from './authorization/cells.ts';
import { kubeletAsks, kubeletPaths } from './authorization/documented-kubelet.ts';
import { Matrix } from './authorization/matrix.ts';
import { allPeople, isRefused, type Person } from './authorization/people.ts';
import { canaryOf, namespacesOfMatrix } from './authorization/targets.ts';
import { clientCertificate } from './harness/client-certificate.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { run } from './harness/run.ts';

let cluster: Cluster;
let admin: RestClient;
let people: Person[];
let ca: Buffer;
const pki = (file: string): string => join(cluster.dataDir, 'pki', file);

beforeAll(async () => {
  cluster = await Cluster.start({ runtime: 'fake', nodes: 2 });
  admin = cluster.client();
  ca = readFileSync(pki('ca.crt'));
  for (const name of namespacesOfMatrix) {
    await admin.of(namespaces).create({ metadata: { name } });
    await admin.of(serviceaccounts).create({ metadata: { name: 'target', namespace: name } });
    await admin.of(services).create({ metadata: { name: 'target', namespace: name }, spec: { ports: [{ port: 80 }] } });
    await eventually('pods can be made', () => makePod(name));
  }
  await bindAll(admin);
  people = await allPeople({ pki }, admin);
  for (const namespace of namespacesOfMatrix) {
    await eventually('the pod runs and has said its word', async () => {
      const { text } = await admin.request({ path: `/api/v1/namespaces/${namespace}/pods/target/log` });
      return text.includes('canary');
    });
  }
});

afterAll(async () => {
  admin?.close();
  await cluster?.purge();
});

/** Both on the first node, each saying what only its readers may know. */
async function makePod(namespace: string): Promise<boolean> {
  const command = ['sh', '-c', `echo ${canaryOf('pods', namespace)}; sleep 3600`];
  await admin.of(pods).create({
    metadata: { name: 'target', namespace, annotations: { canary: canaryOf('pods', namespace) } },
    spec: { nodeName: 'minik-1', containers: [{ name: 'main', image: 'busybox:1.35', command }] },
  });
  return true;
}

/** Somebody at the port of a kubelet. */
interface Caller {
  called: string;
  credentials: Credentials;
  /** As a refusal calls them; null for whom it does not know. */
  user: string | null;
  /** Subresources of nodes. */
  holds: readonly string[];
  /** Every one where none are listed. */
  verbs?: readonly string[];
}

const everything = ['stats', 'metrics', 'log', 'pods', 'healthz', 'configz', 'checkpoint', 'proxy'];

async function kubeletCallers(): Promise<Caller[]> {
  const own = (name: string): Credentials => ({
    cert: readFileSync(pki(`${name}.crt`)),
    key: readFileSync(pki(`${name}.key`)),
  });
  const withCertificate = async (called: string, ...holds: string[]): Promise<Caller> => {
    const credentials = await clientCertificate({ pki }, { subject: [['CN', called]] });
    return { called, credentials, user: called, holds };
  };
  const some: Caller[] = [];
  for (const subresource of everything) {
    const name = `reader-of-${subresource}`;
    const rule = { verbs: ['get'], apiGroups: [''], resources: [`nodes/${subresource}`] };
    await admin.of(clusterroles).create({ metadata: { name }, rules: [rule] });
    await bind(name, name);
    some.push({ ...(await withCertificate(name, subresource)), verbs: ['get'] });
  }
  await bind('system:kubelet-api-admin', 'kubelet-admin');
  const apiAdmin = everything.filter((one) => one !== 'checkpoint');
  const asOneself = people.filter(({ credentials }) => !credentials.headers?.['impersonate-user']);
  return [
    ...some,
    await withCertificate('kubelet-admin', ...apiAdmin),
    {
      called: 'the API server',
      credentials: own('apiserver-kubelet-client'),
      user: 'kube-apiserver-kubelet-client',
      holds: apiAdmin,
    },
    { called: 'the administrator', credentials: own('admin'), user: 'kubernetes-admin', holds: everything },
    { called: 'the scheduler', credentials: own('scheduler'), user: 'system:kube-scheduler', holds: [] },
    // One identity for all of them: what collects garbage must reach every resource that there is, but creates none.
    {
      called: 'the controllers',
      credentials: own('controllers'),
      user: 'system:kube-controller-manager',
      holds: everything,
      verbs: ['get', 'update', 'patch', 'delete'],
    },
    { called: 'the proxy', credentials: own('proxy'), user: 'system:kube-proxy', holds: [] },
    { called: 'the kubelet itself', credentials: own('kubelet-minik-1'), user: 'system:node:minik-1', holds: [] },
    { called: 'another kubelet', credentials: own('kubelet-minik-2'), user: 'system:node:minik-2', holds: [] },
    // Nobody is impersonated at a kubelet.
    {
      called: 'one who says to be the administrator',
      credentials: {
        ...(await withCertificate('viewer')).credentials,
        headers: { 'impersonate-user': 'ruler', 'x-remote-user': 'ruler' },
      },
      user: 'viewer',
      holds: [],
    },
    ...asOneself.map(({ called, credentials, user }) => ({
      called,
      credentials,
      // Without credentials nobody is let in here at all.
      user: user === 'system:anonymous' ? null : user,
      holds: called === 'cluster-admin' ? everything : [],
    })),
  ];
}

const bind = (role: string, user: string) =>
  admin.of(clusterrolebindings).create({
    metadata: { name: `kubelet-${user}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
  });

interface KubeletCell {
  caller: Caller;
  method: string;
  path: string;
  headers?: Record<string, string>;
}

function* kubeletCells(callers: readonly Caller[]): Generator<KubeletCell> {
  for (const path of namespacesOfMatrix.flatMap((namespace) => kubeletPaths(namespace, 'target', 'main'))) {
    for (const caller of callers) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) yield { caller, method, path };
      if (/^.(exec|attach|portForward)/.test(path)) yield { caller, method: 'GET', path, headers: websocket };
    }
  }
}

/** What is not as the documentation has it; undefined when all is. */
function complaint(
  { caller: { user, holds, verbs }, method, path }: KubeletCell,
  { status, text }: Answered,
): string | undefined {
  const { verb, subresources } = kubeletAsks(method, path.split('?')[0]!);
  const may = (verbs?.includes(verb) ?? true) && subresources.some((one) => holds.includes(one));
  const allowed = user !== null && may;
  if (!allowed && text.includes('canary.')) return 'leak';
  if (user === null) return status === 401 ? undefined : `expected 401`;
  if (allowed) {
    if (status === 401 || status === 403 || status === 500) return 'expected to be let in';
    const shows = method === 'GET' && (path === '/pods' || path.startsWith('/containerLogs'));
    return shows && !text.includes('canary.pods') ? 'expected to see the pod' : undefined;
  }
  const refusal = `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])`;
  return status === 403 && text.trim() === refusal ? undefined : `expected ${refusal}`;
}

test('a kubelet’s port', async () => {
  const { status } = await admin.of(nodes).get('minik-1');
  const host = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  const callers = await kubeletCallers();
  const askers = new Map(callers.map((caller) => [caller, new Asker({ host, port: 10_250, ca }, caller.credentials)]));
  const wrong: string[] = [];
  let requests = 0;
  const started = performance.now();
  await forEachOf(kubeletCells(callers), 16, async (cell) => {
    const { caller, method, path, headers } = cell;
    const answer = await askers.get(caller)!.ask(cell);
    requests++;
    const what = complaint(cell, answer);
    if (what)
      wrong.push(
        `${caller.called}: ${method} ${path} ${headers?.['upgrade'] ?? ''}: ${what}: ${answer.status} ${answer.text.slice(0, 200)}`,
      );
  });
  for (const asker of askers.values()) asker.close();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const leaks = wrong.filter((one) => one.includes(': leak:')).length;
  console.log(
    `kubelet: ${requests} requests, ${callers.length} identities, ${leaks} leaks, ${wrong.length} wrong, ${seconds} s`,
  );
  expect(wrong.slice(0, 100)).toEqual([]);
});

/** Subresources of pods and nodes that a kubelet answers. */
function* throughTheServer(): Generator<Cell> {
  const subresources: [name: string, query: string][] = [
    ['log', ''],
    ['log', '?container=main&follow=false'],
    ['exec', '?command=id&stdout=true'],
    ['attach', '?stdout=true'],
    ['portforward', '?ports=80'],
    ['proxy', ''],
    ['proxy', '/x/../y'],
  ];
  for (const namespace of namespacesOfMatrix) {
    for (const [subresource, more] of subresources) {
      // A simulated pod has an address that leads nowhere.
      const name = subresource === 'proxy' ? 'none' : 'target';
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/${subresource}${more}`;
      const access = { group: '', resource: 'pods', subresource, namespace, name };
      const shows = subresource === 'log' ? { shows: canaryOf('pods', namespace) } : {};
      yield { method: 'GET', path, access: { ...access, verb: 'get' }, ...shows };
      if (subresource === 'proxy') continue;
      yield { method: 'GET', path, headers: websocket, access: { ...access, verb: 'get' } };
      if (subresource !== 'log') yield { method: 'POST', path, access: { ...access, verb: 'create' } };
    }
    const service = { group: '', resource: 'services', subresource: 'proxy', namespace, name: 'target' };
    yield {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/services/target/proxy/`,
      access: { ...service, verb: 'get' },
    };
  }
  for (const [path, shows] of [
    ['pods', 'canary.pods'],
    ['containerLogs/b/target/main', canaryOf('pods', 'b')],
    ['containerLogs/a/target/main', canaryOf('pods', 'a')],
    ['stats/summary', 'minik-1'],
    ['metrics', ''],
    ['configz', ''],
  ] as const) {
    for (const node of ['minik-1', 'minik-1:10250', 'https:minik-1:10250']) {
      const access = { verb: 'get', group: '', resource: 'nodes', subresource: 'proxy', namespace: '', name: node };
      yield { method: 'GET', path: `/api/v1/nodes/${node}/proxy/${path}`, access, ...(shows && { shows }) };
    }
  }
}

test('what the API server passes on to a kubelet', async () => {
  const matrix = new Matrix({ host: '127.0.0.1', port: portOf(cluster), ca }, people);
  try {
    await matrix.run('through the API server', [...throughTheServer()], people);
    const others = people.filter(
      (person) => !isRefused(person) && !['cluster-admin', 'view everywhere'].includes(person.called),
    );
    for (const person of others) {
      for (const path of sideways) {
        const access = { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace: 'b', name: 'target' };
        const { text } = await matrix.ask(person, { method: 'GET', path, access });
        if (text.includes(canaryOf('pods', 'b'))) matrix.wrong.push(`${person.called}: ${path}: ${text}`);
      }
    }
    expect(matrix.wrong.slice(0, 100)).toEqual([]);
  } finally {
    matrix.close();
  }
});

/** Ways from what some may read in one namespace to what a kubelet has of another. */
const sideways = [
  'log?container=../../b/target/main',
  'log?container=..%2f..%2f..%2fb%2ftarget%2fmain',
  'log?container=main%2f..%2f..%2f..%2fb%2ftarget%2fmain',
  'log?container=main%3ffollow%3dtrue',
  'log?container=%2e%2e/pods',
  'log/../../../../b/pods/target/log',
  'log/%2e%2e/%2e%2e/%2e%2e/%2e%2e/b/pods/target/log',
  '../../../b/pods/target/log',
  'log%2f..%2f..%2fb%2ftarget',
  'log?container=main&namespace=b',
].map((rest) => `/api/v1/namespaces/a/pods/target/${rest}`);

const portOf = ({ dataDir }: Cluster): number =>
  (JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8')) as { ports: { apiserver: number } }).ports.apiserver;

test('the store’s socket is its owner’s, and so is the way there', async ({ skip }) => {
  const socket = join(cluster.dataDir, 'run', 'store.sock');
  expect((statSync(socket).mode & 0o777).toString(8)).toBe('600');
  expect((statSync(dirname(socket)).mode & 0o077).toString(8)).toBe('0');
  for (const file of ['ca.key', 'sa.key', 'admin.key', 'apiserver.key', 'kubelet-minik-1.key', 'admin.kubeconfig'])
    expect((statSync(pki(file), { throwIfNoEntry: false })?.mode ?? 0) & 0o077, file).toBe(0);
  expect(statSync(cluster.kubeconfig).mode & 0o077).toBe(0);
  if (process.getuid?.() !== 0) skip('only root can become another user');
  const connect = `require('net').connect(${JSON.stringify(socket)}).on('error', (e) => console.log(e.code)).on('connect', function () { console.log('connected'); this.end(); })`;
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  expect((await run('setpriv', [process.execPath, '-e', connect])).stdout.trim()).toBe('connected');
  expect((await run('setpriv', [...asNobody, process.execPath, '-e', connect])).stdout.trim()).toBe('EACCES');
});
