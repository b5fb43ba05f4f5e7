/**
 * Kinds that are not simply stored: answers and orders (ComponentStatus, Binding), two versions over one storage, and what every
 * cluster has from its start.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { APIService, ComponentStatus, List, Pod, PriorityClass } from '../api/types.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

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

describe('two versions over one storage', () => {
  const hpas = (version: string, name = '') =>
    `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers${name && `/${name}`}`;
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
  };
  const prefix = 'autoscaling.alpha.kubernetes.io/';

  test('an autoscaler is written in one version and read in the other, with all that it has', async () => {
    const watches = ['v1', 'v2'].map((version) => server.watch(`${hpas(version)}?watch=true`));
    const cpu = { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 60 };
    expect(await send('POST', hpas('v1'), { metadata: { name: 'web' }, spec: cpu })).toMatchObject({
      code: 201,
      apiVersion: 'autoscaling/v1',
      spec: { ...cpu, minReplicas: 1 },
    });
    const conditions = [{ type: 'AbleToScale', status: 'True' }];
    await send('PATCH', hpas('v2', 'web'), { spec: { metrics: [memory] } }, 'merge-patch+json');
    await send(
      'PATCH',
      `${hpas('v2', 'web')}/status`,
      { status: { conditions, currentReplicas: 2 } },
      'merge-patch+json',
    );

    const old = await get<{ metadata: { annotations: Record<string, string> }; spec: object }>(hpas('v1', 'web'));
    expect(old).toMatchObject({ apiVersion: 'autoscaling/v1', status: { currentReplicas: 2, desiredReplicas: 0 } });
    expect(old.spec).not.toHaveProperty('targetCPUUtilizationPercentage');
    expect(JSON.parse(old.metadata.annotations[`${prefix}conditions`]!)).toEqual(conditions);

    // Whoever writes version 1 without the annotations of the status takes nothing of it away.
    const annotations = { own: 'yes', [`${prefix}metrics`]: old.metadata.annotations[`${prefix}metrics`] };
    const body = { ...old, metadata: { ...old.metadata, annotations }, spec: { ...old.spec, maxReplicas: 7 } };
    expect(await send('PUT', hpas('v1', 'web'), body)).toMatchObject({ code: 200, spec: { maxReplicas: 7 } });
    expect(await get(hpas('v2', 'web'))).toMatchObject({
      apiVersion: 'autoscaling/v2',
      metadata: { annotations: { own: 'yes' } },
      spec: { maxReplicas: 7, metrics: [memory] },
      status: { conditions, currentReplicas: 2 },
    });
    expect(await send('PATCH', hpas('v1', 'web'), { spec: { maxReplicas: 0 } }, 'merge-patch+json')).toMatchObject({
      code: 422,
      message: expect.stringContaining('spec.maxReplicas: Invalid value: 0: must be greater than 0'),
    });

    await send('DELETE', hpas('v1', 'web'), {});
    for (const [i, watch] of watches.entries()) {
      await eventually('each version has seen the end', () => watch.events.at(-1)?.type === 'DELETED');
      const versions = watch.events.map(({ object }) => object.apiVersion);
      expect(new Set(versions)).toEqual(new Set([`autoscaling/v${i + 1}`]));
      watch.close();
    }
  });

  test('an event of either group is one of the other', async () => {
    const at = (group: string) => `${group}/namespaces/default/events`;
    const [core, group] = [at('/api/v1'), at('/apis/events.k8s.io/v1')];
    const involvedObject = { kind: 'Pod', name: 'web', namespace: 'default' };
    await send('POST', core, { metadata: { name: 'old' }, involvedObject, message: 'it is so', count: 3 });
    expect(await get(`${group}/old`)).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: involvedObject,
      note: 'it is so',
      deprecatedCount: 3,
    });
    const strict = { metadata: { name: 'new' }, regarding: involvedObject, reason: 'Tested', type: 'Normal' };
    expect(await send('POST', group, strict)).toMatchObject({
      code: 422,
      details: { causes: expect.arrayContaining([expect.objectContaining({ field: 'eventTime' })]) },
    });
    await send('DELETE', `${group}/old`, {});
    expect(await get(`${core}/old`)).toMatchObject({ code: 404 });
  });
});
