/** ResourceQuotas: what is charged, what is refused, and what is given back; with the controller that counts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { customresourcedefinitions } from '../api/kinds/customresourcedefinitions.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { persistentvolumeclaims } from '../api/kinds/persistentvolumeclaims.ts';
import { pods } from '../api/kinds/pods.ts';
import { priorityclasses } from '../api/kinds/priorityclasses.ts';
import { replicasets } from '../api/kinds/replicasets.ts';
import { replicationcontrollers } from '../api/kinds/replicationcontrollers.ts';
import { resourcequotas } from '../api/kinds/resourcequotas.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { services } from '../api/kinds/services.ts';
import { conditionOf } from '../api/meta.ts';
import type {
  KubeObject,
  Pod,
  PodSpec,
  ReplicaSet,
  ReplicationController,
  ResourceQuota,
  Service,
} from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import { anything, definitionOf, versionOf } from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let controllers: Running;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25_550, { 'disable-admission-plugins': 'ServiceAccount' });
  client = server.client();
  controllers = await startComponent('controllers', server, 25_551, ['--leader-elect=false']);
});

afterAll(async () => {
  expect(await controllers?.stop()).toBe(0);
  client?.close();
  await server?.remove();
  await store?.remove();
});

type Spec = NonNullable<ResourceQuota['spec']>;

const namespace = async (name: string): Promise<string> => {
  await client.of(namespaces).create({ metadata: { name } });
  return name;
};
const status = async (ns: string, name = 'quota') => (await client.of(resourcequotas).get(name, ns)).status;
/** Waits until these figures of the quota are so. */
const used = (ns: string, wanted: Record<string, string>, name = 'quota') =>
  eventually(`${name} in ${ns} says ${JSON.stringify(wanted)}`, async () => {
    const found = (await status(ns, name))?.used ?? {};
    return Object.entries(wanted).every(([resource, amount]) => found[resource] === amount);
  });
const zeros = (hard: Record<string, string>) => Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
const quota = async (ns: string, hard: Record<string, string>, spec: Spec = {}, name = 'quota'): Promise<void> => {
  await client.of(resourcequotas).create({ metadata: { name, namespace: ns }, spec: { hard, ...spec } });
};
const pod = (ns: string, name: string, requests: Record<string, string> = {}, spec: Partial<PodSpec> = {}): Pod => ({
  metadata: { name, namespace: ns },
  spec: {
    containers: [{ name: 'c', image: 'busybox', resources: { requests, limits: requests } }],
    ...spec,
  },
});
const refused = async (doing: Promise<unknown>): Promise<string> => {
  const error = await doing.then(
    () => undefined,
    (reason: Error) => reason,
  );
  return error?.message ?? 'not refused';
};

describe('object counts', () => {
  test('conformance: ResourceQuota, object count quota, resourcequotas', async () => {
    const ns = await namespace('counted-quotas');
    await quota(ns, { pods: '5', resourcequotas: '1', 'count/replicasets.apps': '5', 'requests.storage': '10Gi' });
    await used(ns, { pods: '0', resourcequotas: '1', 'count/replicasets.apps': '0', 'requests.storage': '0' });
    expect(await refused(quota(ns, { pods: '1' }, {}, 'second'))).toBe(
      'resourcequotas "second" is forbidden: exceeded quota: quota, requested: resourcequotas=1, used: resourcequotas=1, limited: resourcequotas=1',
    );
  });

  test.each([
    ['conformance: ResourceQuota, object count quota, configmap', configmaps, { data: { a: 'b' } }, 'configmaps'],
    ['conformance: ResourceQuota, object count quota, secret', secrets, { data: { a: 'Yg==' } }, 'secrets'],
    [
      'conformance: ResourceQuota, object count quota, replicationController',
      replicationcontrollers,
      { spec: { replicas: 0, template: template({ app: 'counted' }) } },
      'replicationcontrollers',
    ],
    [
      'conformance: ResourceQuota, object count quota, replicaSet',
      replicasets,
      { spec: { replicas: 0, selector: { matchLabels: { app: 'counted' } }, template: template({ app: 'counted' }) } },
      'count/replicasets.apps',
    ],
  ])('%s', async (_, kind, body, resource) => {
    const ns = await namespace(`counted-${kind.plural}`);
    const before = (await client.of(kind as typeof configmaps).list({ namespace: ns })).items.length;
    await quota(ns, { [resource]: String(before + 2) });
    await eventually('it is counted', async () => (await status(ns))?.used?.[resource] !== undefined);
    const make = (name: string) =>
      client.of(kind as typeof configmaps).create({ metadata: { name, namespace: ns }, ...body });
    await make('one');
    const count = async () => Number((await status(ns))?.used?.[resource]);
    const one = await count();
    expect(one).toBe((await client.of(kind as typeof configmaps).list({ namespace: ns })).items.length);
    // The namespace's own ConfigMap may come in between.
    while ((await count()) < before + 2)
      await make(`more-${Math.random().toString(36).slice(2)}`).catch(() => undefined);
    expect(await refused(make('too-many'))).toContain(
      `exceeded quota: quota, requested: ${resource}=1, used: ${resource}=`,
    );
    await client.of(kind as typeof configmaps).delete('one', ns);
    await used(ns, { [resource]: String(before + 1) });
    await make('again');
  });

  test('conformance: ResourceQuota, object count quota, service', async () => {
    const ns = await namespace('counted-services');
    const hard = { services: '10', 'services.nodeports': '1', 'services.loadbalancers': '1' };
    await quota(ns, hard);
    await used(ns, zeros(hard));
    const service = (name: string, type: string, more: object = {}): Service => ({
      metadata: { name, namespace: ns },
      spec: { type, ports: [{ port: 80 }], ...more },
    });
    const create = (made: Service) => client.of(services).create(made);
    await create(service('cluster', 'ClusterIP'));
    await create(service('node', 'NodePort'));
    expect(await refused(create(service('balanced', 'LoadBalancer')))).toBe(
      'services "balanced" is forbidden: exceeded quota: quota, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    );
    await create(service('balanced', 'LoadBalancer', { allocateLoadBalancerNodePorts: false }));
    await used(ns, { services: '3', 'services.nodeports': '1', 'services.loadbalancers': '1' });
    const change = (name: string, spec: object) => client.of(services).patch(name, ns, { spec });
    expect(await refused(change('cluster', { type: 'NodePort' }))).toContain(
      'exceeded quota: quota, requested: services.nodeports=1',
    );
    await change('node', { type: 'ClusterIP' });
    await used(ns, { services: '3', 'services.nodeports': '0' });
    await change('cluster', { type: 'NodePort' });
    for (const name of ['cluster', 'node', 'balanced']) await client.of(services).delete(name, ns);
    await used(ns, zeros(hard));
  });

  test('claims: by number, by storage, and by class', async () => {
    const ns = await namespace('counted-claims');
    const gold = 'gold.storageclass.storage.k8s.io';
    const hard = {
      persistentvolumeclaims: '5',
      'requests.storage': '10Gi',
      [`${gold}/requests.storage`]: '3Gi',
      [`${gold}/persistentvolumeclaims`]: '2',
    };
    await quota(ns, hard);
    await used(ns, zeros(hard));
    const create = (name: string, storage: string, storageClassName: string) =>
      client.of(persistentvolumeclaims).create({
        metadata: { name, namespace: ns },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
      });
    await create('a', '2Gi', 'gold');
    await create('b', '2Gi', 'iron');
    await used(ns, {
      persistentvolumeclaims: '2',
      'requests.storage': '4Gi',
      [`${gold}/requests.storage`]: '2Gi',
      [`${gold}/persistentvolumeclaims`]: '1',
    });
    expect(await refused(create('c', '2Gi', 'gold'))).toContain(
      `exceeded quota: quota, requested: ${gold}/requests.storage=2Gi, used: ${gold}/requests.storage=2Gi, limited: ${gold}/requests.storage=3Gi`,
    );
    await client.of(persistentvolumeclaims).delete('a', ns);
    await used(ns, { persistentvolumeclaims: '1', [`${gold}/requests.storage`]: '0' });
  });
});

test('custom resources are counted as long as there are any', async () => {
  const ns = await namespace('counted-customs');
  const group = 'tests.example.com';
  const resource = `count/crontabs.${group}`;
  await quota(ns, { [resource]: '1', secrets: '5' });
  // The kind is not there yet; the rest is counted all the same.
  await used(ns, { secrets: '0' });
  const definition = definitionOf('crontabs', [versionOf('v1', anything)]);
  const crds = client.of(customresourcedefinitions);
  await crds.create(definition);
  await used(ns, { [resource]: '0' });
  const crontabs = client.of<KubeObject>({
    group,
    version: 'v1',
    kind: 'Crontab',
    plural: 'crontabs',
    namespaced: true,
  });
  await crontabs.create({ metadata: { name: 'one', namespace: ns } });
  expect(await refused(crontabs.create({ metadata: { name: 'two', namespace: ns } }))).toBe(
    `crontabs.${group} "two" is forbidden: exceeded quota: quota, requested: ${resource}=1, used: ${resource}=1, limited: ${resource}=1`,
  );
  await crontabs.delete('one', ns);
  await used(ns, { [resource]: '0' });
  await crds.delete(definition.metadata.name!);
  await client.of(secrets).create({ metadata: { name: 'one', namespace: ns } });
  await client.of(secrets).delete('one', ns);
  await used(ns, { secrets: '0' });
});

describe('pods', () => {
  test('conformance: ResourceQuota, object count quota, pod', async () => {
    const ns = await namespace('counted-pods');
    const gpu = 'requests.example.com/gpu';
    const hard = { pods: '5', cpu: '1', memory: '500Mi', 'ephemeral-storage': '50Gi', [gpu]: '3' };
    await quota(ns, hard);
    await used(ns, zeros(hard));
    const asked = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', 'example.com/gpu': '2' };
    await client.of(pods).create(pod(ns, 'fits', asked));
    const counted = { pods: '1', cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', [gpu]: '2' };
    expect((await status(ns))?.used).toEqual(counted);
    expect(await refused(client.of(pods).create(pod(ns, 'large', { cpu: '600m', memory: '100Mi' })))).toBe(
      'pods "large" is forbidden: exceeded quota: quota, requested: cpu=600m, used: cpu=500m, limited: cpu=1',
    );
    const second = { cpu: '500m', memory: '100Mi', 'ephemeral-storage': '10Gi', 'example.com/gpu': '2' };
    expect(await refused(client.of(pods).create(pod(ns, 'gpus', second)))).toContain(
      `exceeded quota: quota, requested: ${gpu}=2, used: ${gpu}=2, limited: ${gpu}=3`,
    );
    expect(await refused(client.of(pods).create(pod(ns, 'silent', { cpu: '1m' })))).toBe(
      'pods "silent" is forbidden: failed quota: quota: must specify memory for: c',
    );
    await client.of(pods).patch('fits', ns, { metadata: { labels: { a: 'b' } } });
    expect((await status(ns))?.used).toEqual(counted);
    await client.of(pods).delete('fits', ns);
    await used(ns, zeros(hard));
  });

  test('a pod that has ended uses nothing but its place, and a resize is charged what it adds', async () => {
    const ns = await namespace('ended-pods');
    const hard = { pods: '2', 'count/pods': '3', 'requests.cpu': '1', 'limits.cpu': '1' };
    await quota(ns, hard);
    await used(ns, zeros(hard));
    const ended = await client.of(pods).create(pod(ns, 'ended', { cpu: '400m' }));
    await client.of(pods).updateStatus({ ...ended, status: { ...ended.status, phase: 'Succeeded' } });
    await used(ns, { pods: '0', 'count/pods': '1', 'requests.cpu': '0', 'limits.cpu': '0' });
    await client.of(pods).create(pod(ns, 'grows', { cpu: '400m' }));
    const resize = (cpu: string) =>
      client
        .of(pods)
        .patch(
          'grows',
          ns,
          { spec: { containers: [{ name: 'c', resources: { requests: { cpu }, limits: { cpu } } }] } },
          { type: 'strategic', subresource: 'resize' },
        );
    expect(await refused(resize('1200m'))).toBe(
      'pods "grows" is forbidden: exceeded quota: quota, requested: limits.cpu=800m,requests.cpu=800m, used: limits.cpu=400m,requests.cpu=400m, limited: limits.cpu=1,requests.cpu=1',
    );
    await resize('900m');
    expect((await status(ns))?.used).toMatchObject({ 'requests.cpu': '900m', pods: '1' });
  });

  test('conformance: ResourceQuota, quota scope, Terminating and NotTerminating scope', async () => {
    const ns = await namespace('scoped-by-deadline');
    const hard = { pods: '2', 'requests.cpu': '1', 'limits.cpu': '2' };
    await quota(ns, hard, { scopes: ['Terminating'] }, 'ending');
    await quota(ns, hard, { scopes: ['NotTerminating'] }, 'lasting');
    for (const name of ['ending', 'lasting']) await used(ns, zeros(hard), name);
    await client.of(pods).create(pod(ns, 'lasts', { cpu: '500m' }));
    await used(ns, { pods: '1', 'requests.cpu': '500m' }, 'lasting');
    await used(ns, zeros(hard), 'ending');
    await client.of(pods).delete('lasts', ns);
    await used(ns, zeros(hard), 'lasting');
    await client.of(pods).create(pod(ns, 'ends', { cpu: '500m' }, { activeDeadlineSeconds: 3600 }));
    await used(ns, { pods: '1', 'limits.cpu': '500m' }, 'ending');
    await used(ns, zeros(hard), 'lasting');
    const patched = await client.of(pods).create(pod(ns, 'will-end', { cpu: '100m' }));
    await client.of(pods).patch(patched.metadata.name!, ns, { spec: { activeDeadlineSeconds: 100 } });
    await used(ns, { pods: '2', 'limits.cpu': '600m' }, 'ending');
    await used(ns, zeros(hard), 'lasting');
    await client.of(pods).delete('ends', ns);
    await used(ns, { pods: '1' }, 'ending');
  });

  test('conformance: ResourceQuota, quota scope, BestEffort and NotBestEffort scope', async () => {
    const ns = await namespace('scoped-by-quality');
    await quota(ns, { pods: '1' }, { scopes: ['BestEffort'] }, 'best');
    await quota(ns, { pods: '1' }, { scopes: ['NotBestEffort'] }, 'other');
    for (const name of ['best', 'other']) await used(ns, { pods: '0' }, name);
    await client.of(pods).create(pod(ns, 'best'));
    await used(ns, { pods: '1' }, 'best');
    await used(ns, { pods: '0' }, 'other');
    expect(await refused(client.of(pods).create(pod(ns, 'second')))).toContain(
      'exceeded quota: best, requested: pods=1',
    );
    await client.of(pods).create(pod(ns, 'burstable', { cpu: '10m' }));
    await used(ns, { pods: '1' }, 'other');
    for (const name of ['best', 'burstable']) await client.of(pods).delete(name, ns);
    for (const name of ['best', 'other']) await used(ns, { pods: '0' }, name);
  });

  test('scopes of priority, and of affinity to other namespaces', async () => {
    const ns = await namespace('scoped-otherwise');
    await client.of(priorityclasses).create({ metadata: { name: 'urgent' }, value: 10 });
    const scope = (scopeName: string, operator: string, values?: string[]): Spec => ({
      scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values && { values }) }] },
    });
    await quota(ns, { pods: '1' }, scope('PriorityClass', 'In', ['urgent']), 'urgent');
    await quota(ns, { pods: '1' }, scope('PriorityClass', 'DoesNotExist'), 'unnamed');
    await quota(ns, { pods: '0' }, scope('CrossNamespacePodAffinity', 'Exists'), 'crossing');
    for (const name of ['urgent', 'unnamed', 'crossing']) await used(ns, { pods: '0' }, name);
    await client.of(pods).create(pod(ns, 'urgent', {}, { priorityClassName: 'urgent' }));
    await used(ns, { pods: '1' }, 'urgent');
    await used(ns, { pods: '0' }, 'unnamed');
    const term = { topologyKey: 'zone', namespaceSelector: {}, labelSelector: {} };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    expect(await refused(client.of(pods).create(pod(ns, 'crossing', {}, { affinity })))).toContain(
      'exceeded quota: crossing, requested: pods=1, used: pods=0, limited: pods=0',
    );
    await used(ns, { pods: '0' }, 'unnamed');
  });
});

describe('the quota itself', () => {
  test('conformance: ResourceQuota, update and delete', async () => {
    const ns = await namespace('edited');
    await quota(ns, { cpu: '1', memory: '500Mi' });
    await used(ns, { cpu: '0', memory: '0' });
    const found = await client.of(resourcequotas).get('quota', ns);
    await client.of(resourcequotas).update({ ...found, spec: { hard: { cpu: '2', memory: '1Gi' } } });
    await eventually('the status follows', async () => (await status(ns))?.hard?.['cpu'] === '2');
    await client.of(resourcequotas).delete('quota', ns);
    expect(await refused(client.of(resourcequotas).get('quota', ns))).toContain('not found');
  });

  test('conformance: ResourceQuota, manage lifecycle of a ResourceQuota', async () => {
    const ns = await namespace('lifecycle');
    const labels = { test: 'lifecycle' };
    await client
      .of(resourcequotas)
      .create({ metadata: { name: 'quota', namespace: ns, labels }, spec: { hard: { cpu: '500m' } } });
    await used(ns, { cpu: '0' });
    const labelSelector = 'test=lifecycle';
    expect((await client.of(resourcequotas).list({ labelSelector })).items).toHaveLength(1);
    const patched = await client
      .of(resourcequotas)
      .patch('quota', ns, { metadata: { labels: { patched: 'yes' } }, spec: { hard: { cpu: '750m' } } });
    expect(patched).toMatchObject({
      metadata: { labels: { ...labels, patched: 'yes' } },
      spec: { hard: { cpu: '750m' } },
    });
    await client.of(resourcequotas).deleteCollection({ namespace: ns, labelSelector });
    expect((await client.of(resourcequotas).list({ labelSelector })).items).toHaveLength(0);
  });

  test('conformance: ResourceQuota, apply changes to a ResourceQuota status', async () => {
    const ns = await namespace('status');
    await quota(ns, { cpu: '500m', memory: '500Mi' });
    await used(ns, { cpu: '0' });
    const found = await client.of(resourcequotas).get('quota', ns);
    const hard = { cpu: '1', memory: '1Gi' };
    const replaced = await client.of(resourcequotas).updateStatus({ ...found, status: { ...found.status, hard } });
    expect(replaced.status?.hard).toEqual(hard);
    const patched = await client
      .of(resourcequotas)
      .patch('quota', ns, { status: { hard: { cpu: '250m' } } }, { subresource: 'status' });
    expect(patched.status?.hard).toEqual({ cpu: '250m', memory: '1Gi' });
    expect(patched.spec?.hard).toEqual({ cpu: '500m', memory: '500Mi' });
  });
});

describe('when a controller is refused', () => {
  const limited = async (name: string): Promise<string> => {
    const ns = await namespace(name);
    await quota(ns, { pods: '2' });
    await used(ns, { pods: '0' });
    return ns;
  };
  const failure = ({ status }: ReplicaSet | ReplicationController) => conditionOf(status?.conditions, 'ReplicaFailure');
  const labels = { app: 'many' };

  test('conformance: Replication Controller, check for issues like exceeding allocated quota', async () => {
    const ns = await limited('limited-rc');
    const controllersOf = client.of(replicationcontrollers);
    await controllersOf.create({
      metadata: { name: 'many', namespace: ns },
      spec: { replicas: 3, template: template(labels) },
    });
    const told = await eventually('it says so', async () => failure(await controllersOf.get('many', ns)));
    expect(told).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message: expect.stringContaining(
        'is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, limited: pods=2',
      ),
    });
    await controllersOf.patch('many', ns, { spec: { replicas: 2 } });
    await eventually('it says so no longer', async () => !failure(await controllersOf.get('many', ns)));
  });

  test('a ReplicaSet says so as well, and goes on when there is room', async () => {
    const ns = await limited('limited-rs');
    await client.of(replicasets).create({
      metadata: { name: 'many', namespace: ns },
      spec: { replicas: 3, selector: { matchLabels: labels }, template: template(labels) },
    });
    await eventually('it says so', async () => failure(await client.of(replicasets).get('many', ns)));
    await client.of(resourcequotas).patch('quota', ns, { spec: { hard: { pods: '3' } } });
    await eventually('it has them all', async () => {
      const set = await client.of(replicasets).get('many', ns);
      return set.status?.replicas === 3 && !failure(set);
    });
  });
});

function template(labels: Record<string, string>) {
  return { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox' }] } };
}
