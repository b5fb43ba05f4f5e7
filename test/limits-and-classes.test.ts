/** What admission fills in and refuses because of LimitRanges, PriorityClasses, RuntimeClasses and default classes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingressclasses } from '../api/kinds/ingressclasses.ts';
import { ingresses } from '../api/kinds/ingresses.ts';
import { limitranges } from '../api/kinds/limitranges.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { persistentvolumeclaims } from '../api/kinds/persistentvolumeclaims.ts';
import { pods } from '../api/kinds/pods.ts';
import { priorityclasses } from '../api/kinds/priorityclasses.ts';
import { runtimeclasses } from '../api/kinds/runtimeclasses.ts';
import { storageclasses } from '../api/kinds/storageclasses.ts';
import { conditionOf } from '../api/meta.ts';
import type { Ingress, LimitRange, PersistentVolumeClaim, Pod, PodSpec, StorageClass } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { addNode } from './harness/node.ts';

let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let scheduler: Running;

beforeAll(async () => {
  store = await startStore();
  // No controller makes service accounts here.
  server = await ApiServer.start(store.endpoint, 25_540, { 'disable-admission-plugins': 'ServiceAccount' });
  client = server.client();
  scheduler = await startComponent('scheduler', server, 25_541, ['--leader-elect=false']);
  await addNode(client, 'n1', '1');
});

afterAll(async () => {
  await scheduler?.stop();
  client?.close();
  await server?.remove();
  await store?.remove();
});

type Resources = PodSpec['containers'][number]['resources'];

const namespace = async (name: string): Promise<string> => {
  await client.of(namespaces).create({ metadata: { name } });
  return name;
};
/** Of no scheduler that there is, unless it says otherwise. */
const pod = (namespace: string, name: string, resources: Resources, spec: Partial<PodSpec> = {}): Pod => ({
  metadata: { name, namespace },
  spec: {
    schedulerName: 'none',
    containers: [{ name: 'c', image: 'busybox', ...(resources && { resources }) }],
    ...spec,
  },
});
const create = (made: Pod): Promise<Pod> => client.of(pods).create(made);
const refused = async (doing: Promise<unknown>): Promise<string> => {
  const error = await doing.then(
    () => undefined,
    (reason: Error) => reason,
  );
  return error?.message ?? 'not refused';
};
const all = (cpu: string, memory: string, storage: string) => ({ cpu, memory, 'ephemeral-storage': storage });

describe('LimitRange', () => {
  const range = (name: string, namespace: string): LimitRange => ({
    metadata: { name, namespace, labels: { test: name } },
    spec: {
      limits: [
        {
          type: 'Container',
          min: all('50m', '100Mi', '100Gi'),
          max: all('500m', '500Mi', '500Gi'),
          default: all('500m', '500Mi', '500Gi'),
          defaultRequest: all('100m', '200Mi', '200Gi'),
        },
      ],
    },
  });

  test('conformance: LimitRange, resources', async () => {
    const ns = await namespace('ranged');
    await client.of(limitranges).create(range('limits', ns));
    const bare = await eventually('a pod gets the defaults', async () => {
      const created = await create(pod(ns, `bare-${Math.random().toString(36).slice(2)}`, undefined));
      return created.spec?.containers[0]?.resources?.limits && created;
    });
    expect(bare.spec?.containers[0]?.resources).toEqual({
      requests: all('100m', '200Mi', '200Gi'),
      limits: all('500m', '500Mi', '500Gi'),
    });
    expect(bare.metadata.annotations?.['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu, ephemeral-storage, memory request for container c; cpu, ephemeral-storage, memory limit for container c',
    );
    const part = await create(pod(ns, 'part', { requests: { cpu: '300m', memory: '150Mi' }, limits: { cpu: '300m' } }));
    expect(part.spec?.containers[0]?.resources).toEqual({
      requests: all('300m', '150Mi', '200Gi'),
      limits: all('300m', '500Mi', '500Gi'),
    });
    const small = pod(ns, 'small', { requests: all('10m', '50Mi', '50Gi'), limits: all('500m', '500Mi', '500Gi') });
    expect(await refused(create(small))).toBe(
      'pods "small" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, minimum ephemeral-storage usage per Container is 100Gi, but request is 50Gi, minimum memory usage per Container is 100Mi, but request is 50Mi]',
    );
    const large = pod(ns, 'large', { limits: { cpu: '600m' } });
    expect(await refused(create(large))).toBe(
      'pods "large" is forbidden: maximum cpu usage per Container is 500m, but limit is 600m',
    );
    const { spec } = await client.of(limitranges).get('limits', ns);
    const lower = { ...spec!.limits[0]!, min: all('9m', '49Mi', '49Gi') };
    await client.of(limitranges).patch('limits', ns, { spec: { limits: [lower] } });
    await eventually('what was too small is not any more', () => create(small));
    expect(await refused(create(large))).toContain('maximum cpu usage per Container is 500m');
    await client.of(limitranges).delete('limits', ns);
    await eventually('what was too large is not any more', () => create(large));
  });

  test('conformance: LimitRange, list, patch and delete a LimitRange by collection', async () => {
    const [first, second] = [await namespace('ranges-1'), await namespace('ranges-2')];
    for (const ns of [first, second]) await client.of(limitranges).create(range('listed', ns));
    const labelSelector = 'test=listed';
    expect((await client.of(limitranges).list({ labelSelector })).items).toHaveLength(2);
    const patched = await client
      .of(limitranges)
      .patch('listed', first, { metadata: { labels: { patched: 'yes' } }, spec: { limits: [] } });
    expect(patched.metadata.labels).toEqual({ test: 'listed', patched: 'yes' });
    await client.of(limitranges).deleteCollection({ namespace: first, labelSelector: 'patched=yes' });
    expect(
      (await client.of(limitranges).list({ labelSelector })).items.map(({ metadata }) => metadata.namespace),
    ).toEqual([second]);
  });

  test('of pods: init containers, sidecars and ratios; of claims: what they request', async () => {
    const ns = await namespace('pod-ranges');
    await client.of(limitranges).create({
      metadata: { name: 'limits', namespace: ns },
      spec: {
        limits: [
          { type: 'Pod', max: { cpu: '1' }, maxLimitRequestRatio: { memory: '2' } },
          { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } },
        ],
      },
    });
    const claim = (storage: string): PersistentVolumeClaim => ({
      metadata: { name: 'claim', namespace: ns },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
    expect(
      await eventually('the range counts', async () => {
        const text = await refused(client.of(persistentvolumeclaims).create(claim('3Gi')));
        return text.includes('forbidden') && text;
      }),
    ).toBe(
      'persistentvolumeclaims "claim" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    );
    expect(await refused(client.of(persistentvolumeclaims).create(claim('100Mi')))).toContain(
      'minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 100Mi',
    );
    await client.of(persistentvolumeclaims).create(claim('1536Mi'));
    const resources = { requests: { memory: '1Gi' }, limits: { cpu: '600m', memory: '2Gi' } };
    const sidecar = { name: 'side', image: 'busybox', restartPolicy: 'Always', resources: { limits: { cpu: '500m' } } };
    expect(await refused(create(pod(ns, 'sum', resources, { initContainers: [sidecar] })))).toBe(
      'pods "sum" is forbidden: maximum cpu usage per Pod is 1, but limit is 1100m',
    );
    await create(pod(ns, 'after', resources, { initContainers: [{ ...sidecar, restartPolicy: undefined! }] }));
    expect(await refused(create(pod(ns, 'ratio', { ...resources, requests: { memory: '512Mi' } })))).toContain(
      'memory max limit to request ratio per Pod is 2, but provided ratio is 4.000000',
    );
  });
});

describe('PriorityClass', () => {
  const ns = 'default';

  test('a pod has the priority of its class, and 0 without one', async () => {
    await client.of(priorityclasses).create({ metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
    const { spec } = await create(pod(ns, 'high', undefined, { priorityClassName: 'high' }));
    expect(spec).toMatchObject({ priority: 1000, preemptionPolicy: 'Never', priorityClassName: 'high' });
    const plain = await create(pod(ns, 'plain', undefined));
    expect(plain.spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    expect(plain.spec?.priorityClassName).toBeUndefined();
    const critical = await create(pod(ns, 'critical', undefined, { priorityClassName: 'system-node-critical' }));
    expect(critical.spec?.priority).toBe(2_000_001_000);
    const { priority: _, ...without } = plain.spec!;
    const kept = await client.of(pods).update({ ...plain, spec: without });
    expect(kept.spec?.priority).toBe(0);
  });

  test.each([
    [{ priorityClassName: 'none' }, 'no PriorityClass with name none was found'],
    [
      { priority: 7 },
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ])('%j is refused', async (spec, why) => {
    expect(await refused(create(pod(ns, 'wrong', undefined, spec)))).toBe(`pods "wrong" is forbidden: ${why}`);
  });

  test('there is one default class, which pods that name none have', async () => {
    const make = (name: string) =>
      client.of(priorityclasses).create({ metadata: { name }, value: 5, globalDefault: true });
    await make('usual');
    const given = await eventually('it is the default', async () => {
      const { metadata, spec } = await create(pod(ns, 'of-default', undefined));
      if (spec?.priority === 5) return spec;
      await client.of(pods).delete(metadata.name!, ns);
      return undefined;
    });
    expect(given.priorityClassName).toBe('usual');
    expect(await refused(make('other'))).toBe(
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    );
    await client.of(priorityclasses).delete('usual');
  });
});

describe('RuntimeClass', () => {
  const classOf = (name: string, more: object = {}) => ({ metadata: { name }, handler: 'runc', ...more });
  const withClass = (name: string, runtimeClassName: string, spec: Partial<PodSpec> = {}): Pod =>
    pod('default', name, undefined, { runtimeClassName, ...spec });

  test('conformance: Pod with the non-existing RuntimeClass is rejected.', async () => {
    expect(await refused(create(withClass('nobody', 'nonexistent')))).toBe(
      'pods "nobody" is forbidden: pod rejected: RuntimeClass "nonexistent" not found',
    );
  });

  test('conformance: Pod with the deleted RuntimeClass is rejected.', async () => {
    await client.of(runtimeclasses).create(classOf('deleted'));
    await create(withClass('while-it-was', 'deleted'));
    await client.of(runtimeclasses).delete('deleted');
    await eventually('it is gone for admission', async () =>
      (await refused(create(withClass(`later-${Date.now()}`, 'deleted')))).includes('"deleted" not found'),
    );
  });

  const schedulerName = 'default-scheduler';
  const nodeOf = async (name: string) => (await client.of(pods).get(name, 'default')).spec?.nodeName;

  test('conformance: Can schedule a pod requesting existing RuntimeClass.', async () => {
    await client.of(runtimeclasses).create(classOf('plain'));
    const { spec } = await create(withClass('with-class', 'plain', { schedulerName }));
    expect(spec?.overhead).toBeUndefined();
    await eventually('it has a node', () => nodeOf('with-class'));
  });

  test('conformance: RuntimeClass Overhead field must be respected.', async () => {
    const overhead = { podFixed: { cpu: '300m', memory: '1Mi' } };
    await client.of(runtimeclasses).create(classOf('heavy', { overhead }));
    const containers = (cpu: string) => [{ name: 'c', image: 'busybox', resources: { requests: { cpu } } }];
    // The node has one CPU: it is the overhead that is too much.
    await create(withClass('too-heavy', 'heavy', { schedulerName, containers: containers('800m') }));
    await create(withClass('heavy', 'heavy', { schedulerName, containers: containers('100m') }));
    await eventually('it has a node', () => nodeOf('heavy'));
    expect((await client.of(pods).get('heavy', 'default')).spec?.overhead).toEqual(overhead.podFixed);
    await eventually('the other one fits nowhere', async () => {
      const { status } = await client.of(pods).get('too-heavy', 'default');
      return conditionOf(status?.conditions, 'PodScheduled')?.message?.includes('Insufficient cpu');
    });
  });

  test('the overhead is filled in, the scheduling merged, and neither may differ', async () => {
    const podFixed = { cpu: '10m', memory: '1Mi' };
    const tolerations = [{ key: 'vm', operator: 'Exists', effect: 'NoSchedule' }];
    await client
      .of(runtimeclasses)
      .create(classOf('costly', { overhead: { podFixed }, scheduling: { nodeSelector: { vm: 'yes' }, tolerations } }));
    const own = [{ key: 'mine', operator: 'Exists' }];
    const { spec } = await create(withClass('costly', 'costly', { nodeSelector: { disk: 'ssd' }, tolerations: own }));
    expect(spec).toMatchObject({ overhead: podFixed, nodeSelector: { vm: 'yes', disk: 'ssd' } });
    expect(spec?.tolerations).toEqual(expect.arrayContaining([...tolerations, ...own]));
    expect(await refused(create(withClass('other', 'costly', { nodeSelector: { vm: 'no' } })))).toBe(
      'pods "other" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
    );
    expect(await refused(create(withClass('other', 'costly', { overhead: { cpu: '1' } })))).toContain(
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    );
    expect(await refused(create(pod('default', 'other', undefined, { overhead: podFixed })))).toContain(
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    );
    await create(withClass('equal', 'costly', { overhead: { cpu: '0.010', memory: '1024Ki' } }));
  });
});

describe('default classes', () => {
  const marked = (group: string) => ({ [`${group}.kubernetes.io/is-default-class`]: 'true' });

  test('a claim gets the default StorageClass, and grows only where its class allows it', async () => {
    const claim = (name: string, storageClassName?: string): PersistentVolumeClaim => ({
      metadata: { name, namespace: 'default' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        ...(storageClassName !== undefined && { storageClassName }),
      },
    });
    const claims = client.of(persistentvolumeclaims);
    const made = await claims.create(claim('none'));
    expect(made.spec?.storageClassName).toBeUndefined();
    const storageClass = (name: string, allowVolumeExpansion: boolean): StorageClass => ({
      metadata: { name, annotations: marked('storageclass') },
      provisioner: 'example.com/none',
      allowVolumeExpansion,
    });
    await client.of(storageclasses).create(storageClass('fast', true));
    const fast = await eventually('it is the default', async () => {
      const created = await claims.create(claim('fast'));
      if (created.spec?.storageClassName === 'fast') return created;
      await claims.delete('fast', 'default');
      return undefined;
    });
    expect((await claims.create(claim('empty', ''))).spec?.storageClassName).toBe('');
    const grow = (name: string) =>
      claims.patch(name, 'default', { spec: { resources: { requests: { storage: '2Gi' } } } });
    expect(await refused(grow('fast'))).toContain('spec is immutable after creation');
    await claims.updateStatus({ ...fast, status: { phase: 'Bound' } });
    expect((await grow('fast')).spec?.resources?.requests).toEqual({ storage: '2Gi' });
    await client.of(storageclasses).create({ ...storageClass('slow', false), metadata: { name: 'slow' } });
    await claims.updateStatus({ ...(await claims.create(claim('slow', 'slow'))), status: { phase: 'Bound' } });
    expect(await refused(grow('slow'))).toBe(
      'persistentvolumeclaims "slow" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  });

  test('an Ingress gets the default IngressClass: the newest, and of those the first by name', async () => {
    for (const name of ['b', 'a'])
      await client.of(ingressclasses).create({
        metadata: { name, annotations: marked('ingressclass') },
        spec: { controller: 'example.com/c' },
      });
    const ingress = (name: string, annotations: Record<string, string> = {}): Ingress => ({
      metadata: { name, namespace: 'default', annotations },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
    });
    const classOf = async (name: string, annotations?: Record<string, string>) =>
      (await client.of(ingresses).create(ingress(name, annotations))).spec?.ingressClassName;
    await eventually('it is the default', async () => (await classOf(`i-${Date.now()}`)) === 'a');
    expect(await classOf('annotated', { 'kubernetes.io/ingress.class': 'own' })).toBeUndefined();
  });
});
