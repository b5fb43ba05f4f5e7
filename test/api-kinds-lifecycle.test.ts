/** Conformance rows about the life of objects of the core kinds, as far as the API server alone is responsible for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResourceName } from '../api/kind.ts';
import { configmaps } from '../api/kinds/configmaps.ts';
import { endpoints } from '../api/kinds/endpoints.ts';
import { events } from '../api/kinds/events.ts';
import { eventsEvents } from '../api/kinds/events-events.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { persistentvolumeclaims } from '../api/kinds/persistentvolumeclaims.ts';
import { persistentvolumes } from '../api/kinds/persistentvolumes.ts';
import { pods } from '../api/kinds/pods.ts';
import { podtemplates } from '../api/kinds/podtemplates.ts';
import { priorityclasses } from '../api/kinds/priorityclasses.ts';
import { resourcequotas } from '../api/kinds/resourcequotas.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { services } from '../api/kinds/services.ts';
import type { EventsEvent, KubeObject, Pod } from '../api/types.ts';
import type { ResourceClient } from '../client/rest.ts';
import { ApiServer, type OpenWatch } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const namespace = 'default';
const atOnce = { gracePeriodSeconds: 0, propagationPolicy: 'Background' } as const;
let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25203);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const of = <T extends KubeObject>(resource: ResourceName<T>): ResourceClient<T> => server.client().of(resource);

const invalid = (field: string, message: string | RegExp) => ({
  code: 422,
  reason: 'Invalid',
  details: { causes: [{ field, message: expect.stringMatching(message) }] },
});

const names = ({ items }: { items: KubeObject[] }): string[] => items.map(({ metadata }) => metadata.name!).sort();

/** What happens to the objects that have the label, from now on. */
async function watchLabelled<T extends KubeObject>(client: ResourceClient<T>, labelSelector: string) {
  const { metadata } = await client.list({ labelSelector });
  const query = `watch=true&labelSelector=${encodeURIComponent(labelSelector)}`;
  return server.watch(`${client.path(undefined)}?${query}&resourceVersion=${metadata.resourceVersion}`);
}

const seen = (watch: OpenWatch, ...types: string[]): Promise<unknown> =>
  eventually(`a watcher has seen ${types}`, () => {
    expect(watch.events.map(({ type }) => type)).toEqual(types);
    return true;
  });

describe('namespaces', () => {
  test('conformance: Namespace patching', async () => {
    await of(namespaces).create({ metadata: { name: 'patched' } });
    await of(namespaces).patch(
      'patched',
      undefined,
      { metadata: { labels: { is: 'patched' } } },
      { type: 'strategic' },
    );
    expect((await of(namespaces).get('patched')).metadata.labels).toMatchObject({ is: 'patched' });
  });

  test('conformance: Namespace, apply update to a namespace', async () => {
    const created = await of(namespaces).create({ metadata: { name: 'updated' } });
    created.metadata.labels = { ...created.metadata.labels, is: 'updated' };
    expect((await of(namespaces).update(created)).metadata.labels).toEqual({
      is: 'updated',
      'kubernetes.io/metadata.name': 'updated',
    });
  });

  test('conformance: Namespace, apply changes to a namespace status', async () => {
    const created = await of(namespaces).create({ metadata: { name: 'told' } });
    expect(created.status).toEqual({ phase: 'Active' });
    const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched' };
    const patch = { status: { conditions: [condition] } };
    const patched = await of(namespaces).patch('told', undefined, patch, { subresource: 'status', type: 'strategic' });
    expect(patched.status?.conditions).toEqual([condition]);
    const more = [condition, { ...condition, type: 'StatusUpdate', message: 'Updated' }];
    const updated = await of(namespaces).updateStatus({ ...patched, status: { ...patched.status, conditions: more } });
    expect(updated.status).toEqual({ phase: 'Active', conditions: more });
  });

  test('conformance: Namespace, apply finalizer to a namespace', async () => {
    const created = await of(namespaces).create({ metadata: { name: 'finalized' } });
    const finalize = (finalizers: string[]) =>
      server.client().json<typeof created>({
        method: 'PUT',
        path: '/api/v1/namespaces/finalized/finalize',
        body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'finalized' }, spec: { finalizers } },
      });
    expect((await finalize(['kubernetes', 'e2e.example.com/fake'])).spec?.finalizers).toEqual([
      'kubernetes',
      'e2e.example.com/fake',
    ]);
    expect((await finalize(['kubernetes'])).spec?.finalizers).toEqual(['kubernetes']);
  });
});

describe('configuration', () => {
  test('conformance: ConfigMap Update', async () => {
    const created = await of(configmaps).create({ metadata: { name: 'update', namespace }, data: { a: '1' } });
    await of(configmaps).update({ ...created, data: { a: '2' } });
    expect((await of(configmaps).get('update', namespace)).data).toEqual({ a: '2' });
  });

  test('conformance: ConfigMap, with empty-key', async () => {
    const refused = of(configmaps).create({ metadata: { name: 'empty', namespace }, data: { '': 'value' } });
    await expect(refused).rejects.toMatchObject(invalid('data[]', 'a valid config key must consist of alphanumeric'));
  });

  test('conformance: Secrets, with empty-key', async () => {
    const refused = of(secrets).create({ metadata: { name: 'empty', namespace }, data: { '': 'dmFsdWU=' } });
    await expect(refused).rejects.toMatchObject(invalid('data[]', 'a valid config key must consist of alphanumeric'));
  });

  test('conformance: ConfigMap lifecycle', async () => {
    const labelSelector = 'configmap=lifecycle';
    const watch = await watchLabelled(of(configmaps), labelSelector);
    const metadata = { name: 'lifecycle', namespace, labels: { configmap: 'lifecycle' } };
    await of(configmaps).create({ metadata, data: { value: 'first' } });
    await seen(watch, 'ADDED');
    await of(configmaps).patch('lifecycle', namespace, {
      data: { value: 'patched' },
      metadata: { labels: { p: '1' } },
    });
    await seen(watch, 'ADDED', 'MODIFIED');
    const { items } = await of(configmaps).list({ labelSelector });
    expect(items).toMatchObject([{ data: { value: 'patched' }, metadata: { labels: { p: '1' } } }]);
    await of(configmaps).deleteCollection({ namespace, labelSelector });
    await seen(watch, 'ADDED', 'MODIFIED', 'DELETED');
    expect((await of(configmaps).list({ labelSelector })).items).toEqual([]);
    watch.close();
  });

  test('conformance: Secret patching', async () => {
    const labelSelector = 'testsecret=true';
    const metadata = { name: 'patching', namespace, labels: { testsecret: 'true' } };
    await of(secrets).create({ metadata, data: { key: 'dmFsdWU=' }, type: 'Opaque' });
    const patch = { metadata: { labels: { 'testsecret-constant': 'true' } }, data: { key: 'dmFsdWUx' } };
    await of(secrets).patch('patching', namespace, patch, { type: 'strategic' });
    const { items } = await of(secrets).list({ labelSelector: 'testsecret-constant=true' });
    expect(items).toMatchObject([{ metadata: { name: 'patching' }, data: { key: 'dmFsdWUx' } }]);
    await of(secrets).deleteCollection({ namespace, labelSelector });
    expect((await of(secrets).list({ labelSelector })).items).toEqual([]);
  });

  test('conformance: ConfigMap Volume, immutability', () => expectImmutability(configmaps));
  test('conformance: Secrets Volume, immutability', () => expectImmutability(secrets));

  async function expectImmutability(resource: unknown): Promise<void> {
    type Data = KubeObject & { data?: Record<string, string>; immutable?: boolean };
    const client = of(resource as ResourceName<Data>);
    const free = await client.create({ metadata: { name: 'fixed', namespace }, data: { a: 'Yg==' } });
    const fixed = await client.update({ ...free, immutable: true });
    const immutable = 'field is immutable when `immutable` is set';
    await expect(client.update({ ...fixed, data: { a: 'Yw==' } })).rejects.toMatchObject(invalid('data', immutable));
    await expect(client.update({ ...fixed, immutable: false })).rejects.toMatchObject(invalid('immutable', immutable));
    const labels = { still: 'free' };
    expect((await client.update({ ...fixed, metadata: { ...fixed.metadata, labels } })).metadata.labels).toEqual(
      labels,
    );
    await client.delete('fixed', namespace);
    await expect(client.get('fixed', namespace)).rejects.toMatchObject({ code: 404 });
  }
});

describe('events', () => {
  const involvedObject = { kind: 'Pod', name: 'web', namespace };

  test('conformance: Event, manage lifecycle of an Event', async () => {
    const labelSelector = 'testevent-constant=true';
    const metadata = { name: 'event-test', namespace, labels: { 'testevent-constant': 'true' } };
    await of(events).create({ metadata, involvedObject, message: 'first', reason: 'Test', type: 'Normal', count: 1 });
    expect((await of(events).list({ labelSelector })).items.map(({ message }) => message)).toEqual(['first']);
    const patched = await of(events).patch('event-test', namespace, { message: 'patched' }, { type: 'strategic' });
    expect((await of(events).get('event-test', namespace)).message).toBe('patched');
    const series = { count: 100, lastObservedTime: '2024-01-01T00:00:00.000505Z' };
    await of(events).update({ ...patched, series });
    expect((await of(events).get('event-test', namespace)).series).toEqual(series);
    await of(events).delete('event-test', namespace);
    expect((await of(events).list({ labelSelector })).items).toEqual([]);
  });

  test('conformance: Event, delete a collection', async () => {
    const labelSelector = 'testevent-set=true';
    for (const name of ['event-1', 'event-2', 'event-3']) {
      await of(events).create({ metadata: { name, namespace, labels: { 'testevent-set': 'true' } }, involvedObject });
    }
    expect((await of(events).list({ labelSelector })).items).toHaveLength(3);
    await of(events).deleteCollection({ namespace, labelSelector });
    expect((await of(events).list({ labelSelector })).items).toEqual([]);
  });

  const fresh = (name: string): EventsEvent => ({
    metadata: { name, namespace, labels: { 'new-events': 'true' } },
    regarding: involvedObject,
    eventTime: '2024-01-01T00:00:00.000505Z',
    note: `This is ${name}`,
    reason: 'Test',
    action: 'Do',
    type: 'Normal',
    reportingController: 'test-controller',
    reportingInstance: 'test-node',
  });

  test('conformance: New Event resource lifecycle, testing a single event', async () => {
    const client = of(eventsEvents);
    const created = await client.create(fresh('event-new'));
    expect(names(await client.list({ labelSelector: 'new-events' }))).toEqual(['event-new']);
    for (const fieldSelector of ['reportingController=test-controller', 'regarding.name=web,type=Normal']) {
      expect(names(await client.list({ namespace, fieldSelector }))).toContain('event-new');
    }
    expect(names(await of(events).list({ namespace, fieldSelector: 'reportingComponent=test-controller' }))).toEqual([
      'event-new',
    ]);
    const series = { count: 2, lastObservedTime: '2024-01-01T00:00:00.000505Z' };
    await client.patch('event-new', namespace, { series }, { type: 'strategic' });
    expect((await client.get('event-new', namespace)).series).toEqual(series);
    const more = { count: 100, lastObservedTime: '2024-01-02T00:00:00.000505Z' };
    const { metadata } = await client.get('event-new', namespace);
    expect(await client.update({ ...created, metadata, series: more })).toMatchObject({
      ...fresh('event-new'),
      series: more,
    });
    await client.delete('event-new', namespace);
    await expect(of(events).get('event-new', namespace)).rejects.toMatchObject({ code: 404 });
  });

  test('conformance: New Event resource lifecycle, testing a list of events', async () => {
    const [client, labelSelector] = [of(eventsEvents), 'new-events'];
    for (const name of ['a', 'b', 'c']) await client.create(fresh(`list-${name}`));
    expect((await client.list({ labelSelector })).items).toHaveLength(3);
    await client.deleteCollection({ namespace, labelSelector });
    expect((await client.list({ labelSelector })).items).toEqual([]);
  });
});

describe('services', () => {
  test('conformance: Find Kubernetes Service in default Namespace', async () => {
    const { items } = await of(services).list();
    expect(items).toContainEqual(
      expect.objectContaining({ metadata: expect.objectContaining({ name: 'kubernetes', namespace: 'default' }) }),
    );
  });

  test('conformance: Service, complete ServiceStatus lifecycle', async () => {
    const watch = await watchLabelled(of(services), 'test-service=status');
    const metadata = { name: 'status', namespace, labels: { 'test-service': 'status' } };
    await of(services).create({ metadata, spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] } });
    await seen(watch, 'ADDED');
    const loadBalancer = { ingress: [{ ip: '203.0.113.1', ipMode: 'VIP' }] };
    const patch = { metadata: { annotations: { patchedstatus: 'true' } }, status: { loadBalancer } };
    const patched = await of(services).patch('status', namespace, patch, { subresource: 'status' });
    expect(patched).toMatchObject(patch);
    await seen(watch, 'ADDED', 'MODIFIED');
    const conditions = [
      {
        type: 'StatusUpdate',
        status: 'True',
        reason: 'E2E',
        message: 'Set',
        lastTransitionTime: '2024-01-01T00:00:00Z',
      },
    ];
    const updated = await of(services).updateStatus({ ...patched, status: { ...patched.status, conditions } });
    expect(updated.status).toEqual({ loadBalancer, conditions });
    await seen(watch, 'ADDED', 'MODIFIED', 'MODIFIED');
    await of(services).patch('status', namespace, { metadata: { labels: { patched: 'yes' } } }, { type: 'strategic' });
    await seen(watch, 'ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED');
    expect(watch.events.at(-1)!.object).toMatchObject({
      metadata: { labels: { patched: 'yes' } },
      status: updated.status,
    });
    await of(services).delete('status', namespace);
    await seen(watch, 'ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED');
    watch.close();
  });

  test('conformance: Service, deletes a collection of services', async () => {
    const set = { 'e2e-test': 'collection' };
    const made: [string, Record<string, string>][] = [
      ['one', set],
      ['two', set],
      ['other', {}],
    ];
    for (const [name, labels] of made) {
      await of(services).create({ metadata: { name, namespace, labels }, spec: { ports: [{ port: 80 }] } });
    }
    await of(services).deleteCollection({ namespace, labelSelector: 'e2e-test=collection' });
    expect(names(await of(services).list({ namespace }))).toEqual(['kubernetes', 'other']);
  });

  test('conformance: Endpoint resource lifecycle', async () => {
    const labelSelector = 'test-endpoint-static=true';
    const watch = await watchLabelled(of(endpoints), labelSelector);
    const metadata = { name: 'lifecycle', namespace, labels: { 'test-endpoint-static': 'true' } };
    const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
    const created = await of(endpoints).create({ metadata, subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports }] });
    const labels = { ...created.metadata.labels, 'test-service': 'updated' };
    await of(endpoints).update({ ...created, metadata: { ...created.metadata, labels } });
    expect(names(await of(endpoints).list({ labelSelector }))).toEqual(['lifecycle']);
    const subsets = [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }];
    await of(endpoints).patch(
      'lifecycle',
      namespace,
      { metadata: { labels: { p: '1' } }, subsets },
      { type: 'strategic' },
    );
    expect((await of(endpoints).get('lifecycle', namespace)).subsets).toEqual(subsets);
    await of(endpoints).deleteCollection({ namespace, labelSelector });
    await seen(watch, 'ADDED', 'MODIFIED', 'MODIFIED', 'DELETED');
    watch.close();
  });
});

describe('pods', () => {
  const container = { name: 'main', image: 'busybox:1.35' };
  const pod = (name: string, spec: object = {}, labels: Record<string, string> = {}): Pod => ({
    metadata: { name, namespace, labels },
    spec: { containers: [container], ...spec } as NonNullable<Pod['spec']>,
  });

  test('conformance: Pods, QOS', async () => {
    const resources = { limits: { cpu: '100m', memory: '100Mi' }, requests: { cpu: '100m', memory: '100Mi' } };
    await of(pods).create(pod('qos', { containers: [{ ...container, resources }] }));
    expect((await of(pods).get('qos', namespace)).status?.qosClass).toBe('Guaranteed');
  });

  test('conformance: Pods, patching status', async () => {
    await of(pods).create(pod('told'));
    const condition = { type: 'StatusUpdated', status: 'True', reason: 'E2E', message: 'Patched' };
    const status = { message: 'Patched', conditions: [condition] };
    const options = { subresource: 'status', type: 'strategic' } as const;
    await of(pods).patch('told', namespace, { metadata: { annotations: { p: '1' } }, status }, options);
    expect(await of(pods).get('told', namespace)).toMatchObject({ metadata: { annotations: { p: '1' } }, status });
  });

  test('conformance: Pods Generation, graceful delete', async () => {
    const created = await of(pods).create({
      ...pod('generations', { nodeName: 'somewhere' }),
      metadata: { name: 'generations', namespace, generation: 100 },
    });
    expect(created.metadata.generation).toBe(1);
    const deleted = (await of(pods).delete('generations', namespace, { gracePeriodSeconds: 5 })) as Pod;
    expect(deleted.metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 5 });
    await of(pods).delete('generations', namespace, atOnce);
  });

  test('conformance: Sysctls, reject invalid sysctls', async () => {
    const sysctls = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'].map((name) => ({ name, value: '1' }));
    const refused = await of(pods)
      .create(pod('sysctls', { securityContext: { sysctls } }))
      .catch((error: { message: string; code: number }) => error);
    expect(refused).toMatchObject({ code: 422 });
    const { message } = refused as { message: string };
    expect(message).toContain('spec.securityContext.sysctls[0].name: Invalid value: "foo-"');
    expect(message).toContain('spec.securityContext.sysctls[3].name: Invalid value: "bar.."');
    expect(message).not.toContain('shmmax');
    expect(message).not.toContain('safe-and-unsafe');
  });
});

describe('pod templates', () => {
  const template = { spec: { containers: [{ name: 'nginx', image: 'nginx' }] } };
  const create = (name: string, labels: Record<string, string>) =>
    of(podtemplates).create({ metadata: { name, namespace, labels }, template });

  test('conformance: PodTemplate lifecycle', async () => {
    await create('lifecycle', { 'podtemplate-static': 'true' });
    const patch = { metadata: { labels: { podtemplate: 'patched' } } };
    await of(podtemplates).patch('lifecycle', namespace, patch, { type: 'strategic' });
    expect((await of(podtemplates).get('lifecycle', namespace)).metadata.labels).toMatchObject({
      podtemplate: 'patched',
    });
    const labelSelector = 'podtemplate=patched';
    expect(names(await of(podtemplates).list({ labelSelector }))).toEqual(['lifecycle']);
    await of(podtemplates).delete('lifecycle', namespace);
    expect((await of(podtemplates).list({ labelSelector })).items).toEqual([]);
  });

  test('conformance: PodTemplate, delete a collection', async () => {
    const labelSelector = 'podtemplate-set=true';
    for (const name of ['set-1', 'set-2', 'set-3']) await create(name, { 'podtemplate-set': 'true' });
    expect((await of(podtemplates).list({ namespace, labelSelector })).items).toHaveLength(3);
    await of(podtemplates).deleteCollection({ namespace, labelSelector });
    expect((await of(podtemplates).list({ namespace, labelSelector })).items).toEqual([]);
  });

  test('conformance: PodTemplate, replace', async () => {
    const created = await create('replace', {});
    const annotations = { updated: 'true' };
    await of(podtemplates).update({ ...created, metadata: { ...created.metadata, annotations } });
    expect((await of(podtemplates).get('replace', namespace)).metadata.annotations).toEqual(annotations);
  });
});

describe('accounts, quotas, nodes, priorities', () => {
  test('conformance: ServiceAccount lifecycle test', async () => {
    const labelSelector = 'test-serviceaccount-static=true';
    const watch = await watchLabelled(of(serviceaccounts), labelSelector);
    const metadata = { name: 'lifecycle', namespace, labels: { 'test-serviceaccount-static': 'true' } };
    await of(serviceaccounts).create({ metadata });
    const patch = { automountServiceAccountToken: false };
    await of(serviceaccounts).patch('lifecycle', namespace, patch, { type: 'strategic' });
    expect((await of(serviceaccounts).list({ labelSelector })).items).toMatchObject([patch]);
    await of(serviceaccounts).deleteCollection({ namespace, labelSelector });
    await seen(watch, 'ADDED', 'MODIFIED', 'DELETED');
    watch.close();
  });

  test('conformance: ServiceAccount, update a ServiceAccount', async () => {
    const created = await of(serviceaccounts).create({ metadata: { name: 'update', namespace } });
    await of(serviceaccounts).update({ ...created, automountServiceAccountToken: true });
    expect((await of(serviceaccounts).get('update', namespace)).automountServiceAccountToken).toBe(true);
  });

  test('conformance: ResourceQuota, update and delete', async () => {
    const metadata = { name: 'update', namespace };
    const created = await of(resourcequotas).create({ metadata, spec: { hard: { cpu: '1', memory: '500Mi' } } });
    await of(resourcequotas).update({ ...created, spec: { hard: { cpu: '2', memory: '1Gi' } } });
    expect((await of(resourcequotas).get('update', namespace)).spec?.hard).toEqual({ cpu: '2', memory: '1Gi' });
    await of(resourcequotas).delete('update', namespace);
    await expect(of(resourcequotas).get('update', namespace)).rejects.toMatchObject({ code: 404 });
  });

  test('conformance: ResourceQuota, manage lifecycle of a ResourceQuota', async () => {
    const labelSelector = 'quota=lifecycle';
    const metadata = { name: 'lifecycle', namespace, labels: { quota: 'lifecycle' } };
    await of(resourcequotas).create({ metadata, spec: { hard: { cpu: '1', memory: '500Mi' } } });
    expect(names(await of(resourcequotas).list({ labelSelector }))).toEqual(['lifecycle']);
    const hard = { memory: '750Mi' };
    await of(resourcequotas).patch('lifecycle', namespace, { spec: { hard } }, { type: 'strategic' });
    expect((await of(resourcequotas).get('lifecycle', namespace)).spec?.hard).toEqual({ cpu: '1', ...hard });
    await of(resourcequotas).deleteCollection({ namespace, labelSelector });
    expect((await of(resourcequotas).list({ labelSelector })).items).toEqual([]);
  });

  test('conformance: Node, resource lifecycle', async () => {
    const created = await of(nodes).create({
      metadata: { name: 'fake' },
      spec: { unschedulable: true },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True', message: 'Set from test' }],
      },
    });
    expect((await of(nodes).get('fake')).metadata.uid).toBe(created.metadata.uid);
    await of(nodes).patch('fake', undefined, { metadata: { labels: { fake: 'patched' } } }, { type: 'strategic' });
    expect(names(await of(nodes).list({ labelSelector: 'fake=patched' }))).toEqual(['fake']);
    const { metadata, ...rest } = await of(nodes).get('fake');
    const labels = { ...metadata.labels, fake: 'updated' };
    expect((await of(nodes).update({ ...rest, metadata: { ...metadata, labels } })).metadata.labels).toEqual(labels);
    await of(nodes).delete('fake');
    await expect(of(nodes).get('fake')).rejects.toMatchObject({ code: 404 });
  });

  test('conformance: Scheduler, Verify PriorityClass endpoints', async () => {
    const client = of(priorityclasses);
    const created = await client.create({
      metadata: { name: 'p1', labels: { test: 'p' } },
      value: 1,
      description: 'one',
    });
    const immutable = { code: 422, details: { causes: [{ field: 'value', reason: 'FieldValueForbidden' }] } };
    await expect(client.update({ ...created, value: 2 })).rejects.toMatchObject(immutable);
    await expect(client.patch('p1', undefined, { value: 2 })).rejects.toMatchObject(immutable);
    expect((await client.update({ ...created, description: 'updated' })).description).toBe('updated');
    expect((await client.patch('p1', undefined, { description: 'patched' })).description).toBe('patched');
    expect(names(await client.list({ labelSelector: 'test=p' }))).toEqual(['p1']);
    await client.deleteCollection({ labelSelector: 'test=p' });
    await expect(client.get('p1')).rejects.toMatchObject({ code: 404 });
  });
});

describe('storage', () => {
  const condition = { type: 'Changed', status: 'True', reason: 'E2E', message: 'Set' };

  test('conformance: PersistentVolumes(Claims), apply changes to a pv/pvc status', async () => {
    const accessModes = ['ReadWriteOnce'];
    await of(persistentvolumes).create({
      metadata: { name: 'told' },
      spec: { accessModes, capacity: { storage: '1Gi' }, hostPath: { path: '/tmp/told' } },
    });
    await of(persistentvolumeclaims).create({
      metadata: { name: 'told', namespace },
      spec: { accessModes, resources: { requests: { storage: '1Gi' } } },
    });
    const options = { subresource: 'status' } as const;
    const volume = await of(persistentvolumes).patch('told', undefined, { status: { message: 'patched' } }, options);
    expect(volume.status).toMatchObject({ phase: 'Pending', message: 'patched' });
    const told = await of(persistentvolumes).updateStatus({
      ...volume,
      status: { ...volume.status, reason: 'Updated' },
    });
    expect(told.status).toMatchObject({ message: 'patched', reason: 'Updated' });
    const patch = { status: { conditions: [condition] } };
    const claim = await of(persistentvolumeclaims).patch('told', namespace, patch, options);
    expect(claim.status).toMatchObject({ phase: 'Pending', conditions: [condition] });
    const conditions = [{ ...condition, message: 'Updated' }];
    const updated = await of(persistentvolumeclaims).updateStatus({
      ...claim,
      status: { ...claim.status, conditions },
    });
    expect(updated.status?.conditions).toEqual(conditions);
  });
});
