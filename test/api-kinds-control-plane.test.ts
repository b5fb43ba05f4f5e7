/** Kinds that are answers or orders rather than stored objects: ComponentStatus, Binding; and what every cluster has from its start. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { APIService, ComponentStatus, List, Pod, PriorityClass } from '../api/types.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25201);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const get = async <T>(path: string, accept = 'application/json'): Promise<T> =>
  JSON.parse((await server.raw(path, { headers: { accept } })).text) as T;

const send = async (method: string, path: string, body: object, type = 'json') => {
  const headers = { 'content-type': `application/${type}` };
  const { status, text } = await server.raw(path, { method, headers, body: JSON.stringify(body) });
  return { code: status, ...(JSON.parse(text) as object) } as Record<string, unknown> & { code: number };
};

const lease = (name: string, renewTime: string) => ({
  metadata: { name },
  spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime },
});

test('ComponentStatus: the store answers, a leader has a fresh lease, and who has none is unhealthy', async () => {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
  await send('POST', leases, lease('kube-scheduler', new Date().toISOString().replace('Z', '000Z')));
  await send('POST', leases, lease('kube-controller-manager', '2024-01-01T00:00:00.000000Z'));
  const { items } = await get<List<ComponentStatus>>('/api/v1/componentstatuses');
  const found = items.map(({ metadata, conditions }) => [metadata.name, conditions?.[0]]);
  expect(found).toEqual([
    [
      'controller-manager',
      {
        type: 'Healthy',
        status: 'False',
        error: expect.stringMatching(/^me has not renewed the lease kube-system\/kube-controller-manager since 2024/),
      },
    ],
    ['etcd-0', { type: 'Healthy', status: 'True', message: 'ok' }],
    ['scheduler', { type: 'Healthy', status: 'True', message: 'ok' }],
  ]);
  expect(await get('/api/v1/componentstatuses/etcd-0')).toMatchObject({ kind: 'ComponentStatus', apiVersion: 'v1' });
  expect(await get('/api/v1/componentstatuses/none')).toMatchObject({ code: 404, reason: 'NotFound' });
  expect(await send('POST', '/api/v1/componentstatuses', { metadata: { name: 'a' } })).toMatchObject({ code: 405 });
  const { rows } = await get<{ rows: { cells: string[] }[] }>(
    '/api/v1/componentstatuses',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
  );
  expect(rows[1]?.cells).toEqual(['etcd-0', 'Healthy', 'ok', '']);
  const warned = await server.raw('/api/v1/componentstatuses');
  expect(warned.headers['warning']).toContain('v1 ComponentStatus is deprecated in v1.19+');
});

test('a pod is bound by POST to bindings, once', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  const bindings = '/api/v1/namespaces/default/bindings';
  await send('POST', pods, { metadata: { name: 'web' }, spec: { containers: [{ name: 'a', image: 'a:1' }] } });
  const binding = { metadata: { name: 'web' }, target: { kind: 'Node', name: 'n1' } };
  expect(await send('POST', bindings, { ...binding, target: {} })).toMatchObject({ code: 422 });
  expect(await send('POST', bindings, { target: binding.target })).toMatchObject({ code: 400 });
  expect(await send('POST', bindings, { ...binding, metadata: { name: 'none' } })).toMatchObject({ code: 404 });
  expect(await send('POST', bindings, binding)).toMatchObject({ code: 201, status: 'Success' });
  expect((await get<Pod>(`${pods}/web`)).spec?.nodeName).toBe('n1');
  expect(await send('POST', bindings, binding)).toMatchObject({ code: 409 });
  expect(await get(bindings)).toMatchObject({ code: 405 });
  expect(await get(`${bindings}/web`)).toMatchObject({ code: 404 });
});

test('system priorities, the range of Services and the local group versions are there from the start', async () => {
  const classes = await get<List<PriorityClass>>('/apis/scheduling.k8s.io/v1/priorityclasses');
  expect(classes.items.map(({ metadata, value }) => [metadata.name, value])).toEqual([
    ['system-cluster-critical', 2000000000],
    ['system-node-critical', 2000001000],
  ]);
  expect(await get('/apis/networking.k8s.io/v1/servicecidrs/kubernetes')).toMatchObject({
    spec: { cidrs: ['10.96.0.0/16'] },
  });
  const services = await get<List<APIService>>('/apis/apiregistration.k8s.io/v1/apiservices');
  const { groups } = await get<{ groups: { versions: { groupVersion: string }[] }[] }>('/apis');
  const served = groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion));
  const local = services.items.map(({ spec }) => (spec!.group ? `${spec!.group}/${spec!.version}` : spec!.version));
  expect(local.sort()).toEqual(['v1', ...served].sort());
  for (const { status } of services.items) {
    expect(status?.conditions).toMatchObject([{ type: 'Available', status: 'True', reason: 'Local' }]);
  }
});
