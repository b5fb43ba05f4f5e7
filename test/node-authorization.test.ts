/**
 * What a kubelet can do with its certificate, against a real server: read what its pods use and nothing else, write about itself.
 * Two nodes, each with a pod of its own.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { persistentvolumes } from '../api/kinds/persistentvolumes.ts';
import { pods } from '../api/kinds/pods.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import type { Pod } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer, type RawAnswer } from './harness/apiserver.ts';
import { clientCertificate } from './harness/client-certificate.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const namespace = 'default';
let store: EtcdServer;
let server: ApiServer;
let admin: RestClient;
let credentials: Record<'a' | 'b' | 'nameless', { cert: Buffer; key: Buffer }>;
let uid: Record<string, string>;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25_330);
  admin = server.client();
  const certificateOf = (name: string) => {
    const subject: [string, string][] = [
      ['CN', `system:node:${name}`],
      ['O', 'system:nodes'],
    ];
    return clientCertificate(server, { subject });
  };
  credentials = { a: await certificateOf('a'), b: await certificateOf('b'), nameless: await certificateOf('') };
  for (const name of ['a', 'b']) await admin.of(nodes).create({ metadata: { name } });
  for (const name of ['default', 'robot', 'other']) {
    await admin.of(serviceaccounts).create({ metadata: { name, namespace } });
  }
  for (const name of ['of-a', 'of-b', 'of-nobody', 'later']) {
    await admin.of(secrets).create({ metadata: { name, namespace } });
    await admin.of(configmaps).create({ metadata: { name, namespace } });
  }
  await admin.of(persistentvolumes).create({
    metadata: { name: 'disk' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { name: 'of-nobody', namespace } },
      claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', name: 'data', namespace },
    },
  });
  uid = { a: await run('web-a', 'a', 'of-a'), b: await run('web-b', 'b', 'of-b') };
});

afterAll(async () => {
  admin?.close();
  await server?.remove();
  await store?.remove();
});

/** Creates a pod on the node, which mounts the Secret and the ConfigMap of that name. Answers its uid. */
async function run(name: string, nodeName: string, mounted: string, spec: Partial<NonNullable<Pod['spec']>> = {}) {
  const pod = await admin.of(pods).create({
    metadata: { name, namespace },
    spec: {
      nodeName,
      serviceAccountName: 'robot',
      containers: [{ name: 'main', image: 'i' }],
      volumes: [
        { name: 's', secret: { secretName: mounted } },
        { name: 'c', configMap: { name: mounted } },
        { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      ...spec,
    },
  });
  return pod.metadata.uid!;
}

function ask(who: keyof typeof credentials, method: string, path: string, body?: unknown): Promise<RawAnswer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return server.raw(path, {
    method,
    credentials: credentials[who],
    headers: { 'content-type': type },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** What a refusal says; the status of an answer that is none. */
async function refusal(...request: Parameters<typeof ask>): Promise<string | number> {
  const { status, text } = await ask(...request);
  return status < 400 ? status : (JSON.parse(text) as { message: string }).message;
}

const core = `/api/v1/namespaces/${namespace}`;
const unrelated = "no relationship found between node 'a' and this object";

describe('reads', () => {
  test.each([
    `${core}/secrets/of-a`,
    `${core}/secrets?fieldSelector=metadata.name%3Dof-a`,
    `${core}/configmaps/of-a`,
    `${core}/pods/web-a`,
    '/api/v1/pods?fieldSelector=spec.nodeName%3Da',
    '/api/v1/nodes/a',
    '/api/v1/services',
  ])('of its own: %s', async (path) => {
    expect((await ask('a', 'GET', path)).status).toBe(200);
  });

  test.each<[string, string]>([
    [`${core}/secrets/of-b`, unrelated],
    [`${core}/secrets/of-nobody`, unrelated],
    [`${core}/secrets/none`, unrelated],
    [`${core}/secrets?fieldSelector=metadata.name%3Dof-b`, unrelated],
    [`${core}/secrets`, 'No Object name found'],
    [`${core}/secrets?fieldSelector=type%3DOpaque`, 'No Object name found'],
    ['/api/v1/secrets', 'can only read namespaced object of this type'],
    [`${core}/configmaps/of-b`, unrelated],
    [`${core}/configmaps?watch=true`, 'No Object name found'],
    [`${core}/pods/web-b`, unrelated],
    ['/api/v1/pods', 'can only list/watch pods with spec.nodeName field selector'],
    [
      '/api/v1/pods?fieldSelector=spec.nodeName%3Db&watch=1',
      'can only list/watch pods with spec.nodeName field selector',
    ],
    ['/api/v1/nodes/b', "node 'a' cannot read 'b', only its own Node object"],
    ['/api/v1/persistentvolumes/disk', unrelated],
    ['/apis/apps/v1/deployments', 'User "system:node:a" cannot list resource "deployments"'],
    [`${core}/pods/web-a/log`, 'User "system:node:a" cannot get resource "pods/log"'],
  ])('of others are refused: %s', async (path, reason) => {
    expect(await refusal('a', 'GET', path)).toContain(reason);
  });

  test('by a node that says no name', async () => {
    expect(await refusal('nameless', 'GET', `${core}/secrets/of-a`)).toContain('unknown node for user "system:node:"');
  });

  test('come with the pod, and go with it', async () => {
    const path = `${core}/secrets/later`;
    expect(await refusal('b', 'GET', path)).toContain('no relationship found');
    await run('late', 'b', 'later');
    await eventually('the node may read it', async () => (await ask('b', 'GET', path)).status === 200);
    await admin.of(pods).delete('late', namespace, { gracePeriodSeconds: 0 });
    await eventually('the node may not any more', async () => (await ask('b', 'GET', path)).status === 403);
  });

  test('of a volume and its secrets come with the claim', async () => {
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    await run('claims', 'a', 'of-a', { volumes });
    const read = async () => (await ask('a', 'GET', `${core}/secrets/of-nobody`)).status;
    await eventually('the node may read the secret of the volume', async () => (await read()) === 200);
    expect((await ask('a', 'GET', '/api/v1/persistentvolumes/disk')).status).toBe(200);
    expect(await refusal('b', 'GET', '/api/v1/persistentvolumes/disk')).toContain('no relationship found');
    await admin.of(pods).delete('claims', namespace, { gracePeriodSeconds: 0 });
  });
});

describe('writes', () => {
  const status = { status: { phase: 'Running' } };
  const tokenRequest = (pod: string, podUid: string | undefined, audiences?: string[]) => ({
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {},
    spec: { audiences, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod, uid: podUid } },
  });
  const lease = (name: string) => ({ metadata: { name, namespace: 'kube-node-lease' }, spec: {} });
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

  test.each<[string, string, string, unknown]>([
    ['the status of its pod', 'PATCH', `${core}/pods/web-a/status`, status],
    ['its own status', 'PATCH', '/api/v1/nodes/a/status', { status: { phase: 'Running' } }],
    ['its own labels', 'PATCH', '/api/v1/nodes/a', { metadata: { labels: { 'topology.kubernetes.io/zone': 'z' } } }],
    ['its lease', 'POST', leases, lease('a')],
    ['a request for a certificate that is none', 'POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {}],
  ])('%s', async (_, method, path, body) => {
    const { status: code, text } = await ask('a', method, path, body);
    expect(code, text).not.toBe(403);
    if (!path.includes('certificates')) expect(code, text).toBeLessThan(300);
  });

  test.each<[string, string, string, unknown, string]>([
    [
      'the status of another pod',
      'PATCH',
      `${core}/pods/web-b/status`,
      status,
      'node "a" can only update pod status for pods with spec.nodeName set to itself',
    ],
    [
      'the labels of its pod',
      'PATCH',
      `${core}/pods/web-a`,
      { metadata: { labels: { x: 'y' } } },
      'cannot patch resource "pods"',
    ],
    [
      'another pod',
      'DELETE',
      `${core}/pods/web-b`,
      undefined,
      'node "a" can only delete pods with spec.nodeName set to itself',
    ],
    [
      'a pod that is none of its files',
      'POST',
      `${core}/pods`,
      { metadata: { name: 'x' }, spec: { nodeName: 'a', containers: [{ name: 'c', image: 'i' }] } },
      'can only create mirror pods',
    ],
    [
      'the eviction of another pod',
      'POST',
      `${core}/pods/web-b/eviction`,
      { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: 'web-b' } },
      'node a can only evict pods with spec.nodeName set to itself',
    ],
    ['another node', 'PATCH', '/api/v1/nodes/b/status', status, 'node "a" is not allowed to modify node "b"'],
    [
      'a node of another name',
      'POST',
      '/api/v1/nodes',
      { metadata: { name: 'c' } },
      'node "a" is not allowed to modify node "c"',
    ],
    [
      'its role',
      'PATCH',
      '/api/v1/nodes/a',
      { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } },
      'is not allowed to modify labels: node-role.kubernetes.io/control-plane',
    ],
    [
      'its taints',
      'PATCH',
      '/api/v1/nodes/a',
      { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } },
      'node "a" is not allowed to modify taints',
    ],
    ['its own end', 'DELETE', '/api/v1/nodes/a', undefined, 'cannot delete resource "nodes"'],
    [
      'the lease of another',
      'POST',
      leases,
      lease('b'),
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'a lease elsewhere',
      'PUT',
      '/apis/coordination.k8s.io/v1/namespaces/default/leases/a',
      {},
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    ['a secret', 'POST', `${core}/secrets`, { metadata: { name: 'x' } }, 'can only read resources of this type'],
    [
      'an approval',
      'PUT',
      '/apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval',
      {},
      'cannot update resource "certificatesigningrequests/approval"',
    ],
  ])('not %s', async (_, method, path, body, reason) => {
    expect(await refusal('a', method, path, body)).toContain(reason);
  });

  test('a token for its pod, and for no other', async () => {
    const path = `${core}/serviceaccounts/robot/token`;
    expect(await refusal('a', 'POST', path, tokenRequest('web-a', uid['a']))).toBe(201);
    expect(await refusal('a', 'POST', path, tokenRequest('web-b', uid['b']))).toContain(
      'bound to a pod scheduled on a different node',
    );
    expect(await refusal('a', 'POST', path, tokenRequest('web-a', uid['b']))).toContain(
      'does not match the UID in record',
    );
    expect(await refusal('a', 'POST', path, tokenRequest('web-a', uid['a'], ['vault']))).toContain(
      'audience "vault" not found in pod spec volume',
    );
    expect(await refusal('a', 'POST', path, { ...tokenRequest('', ''), spec: {} })).toContain(
      'node requested token not bound to a pod',
    );
    expect(
      await refusal('a', 'POST', `${core}/serviceaccounts/other/token`, tokenRequest('web-a', uid['a'])),
    ).toContain(unrelated);
  });
});
