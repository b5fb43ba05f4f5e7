/** Conformance rows about the API of workloads, of which no controller is needed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { daemonsets } from '../api/kinds/daemonsets.ts';
import { deployments } from '../api/kinds/deployments.ts';
import { jobs } from '../api/kinds/jobs.ts';
import { poddisruptionbudgets } from '../api/kinds/poddisruptionbudgets.ts';
import { replicasets } from '../api/kinds/replicasets.ts';
import { statefulsets } from '../api/kinds/statefulsets.ts';
import type { KubeObject } from '../api/types.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { anyKind } from './harness/every-verb.ts';
import { exampleOf } from './harness/example-objects.ts';

const namespace = 'default';
/** A Job or a ReplicationController would keep its dependents otherwise, and wait for somebody who frees them. */
const background = { propagationPolicy: 'Background' } as const;

interface WithStatus extends KubeObject {
  spec: object;
  status: { conditions?: object[] };
}

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25204);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const of = (kind: unknown) => server.client().of<WithStatus>(anyKind(kind) as never);

function create(kind: unknown, name: string, labels: Record<string, string>): Promise<WithStatus> {
  const content = structuredClone(exampleOf(anyKind(kind)).content) as Pick<WithStatus, 'spec'>;
  return of(kind).create({ metadata: { name, namespace, labels }, ...content } as WithStatus);
}

describe('status', () => {
  const condition = (type: string) => ({ type, status: 'True', reason: 'E2E', message: `Set by ${type}` });

  /** The status is read, replaced and patched through its subresource, and who watches sees each change. */
  async function statusIsASubresource(kind: unknown): Promise<void> {
    const client = of(kind);
    const { kind: name } = anyKind(kind);
    const labels = { 'test-status': name };
    const created = await create(kind, `status-of-${name.toLowerCase()}`, labels);
    const { resourceVersion, name: object = '' } = created.metadata;
    const query = `watch=true&labelSelector=test-status%3D${name}&resourceVersion=${resourceVersion}`;
    const watch = server.watch(`${client.path(namespace)}?${query}`);
    const seen = (type: string) =>
      eventually(`a watcher has seen ${type}`, () =>
        watch.events.some((event) => JSON.stringify(event.object).includes(`Set by ${type}`)),
      );

    const path = client.path(namespace, object, 'status');
    const read = await server.client().json<WithStatus>({ path });
    expect(read.metadata.uid).toBe(created.metadata.uid);
    const updated = await client.updateStatus({
      ...read,
      status: { ...read.status, conditions: [condition('StatusUpdate')] },
    });
    expect(updated.status.conditions).toMatchObject([condition('StatusUpdate')]);
    await seen('StatusUpdate');

    const patch = { status: { conditions: [condition('StatusPatched')] } };
    const patched = await client.patch(object, namespace, patch, { subresource: 'status' });
    expect(patched.status.conditions).toMatchObject([condition('StatusPatched')]);
    expect([patched.spec, patched.metadata.generation]).toEqual([created.spec, 1]);
    await seen('StatusPatched');
    watch.close();
  }

  test('conformance: Deployment, status sub-resource', () => statusIsASubresource(deployments));
  test('conformance: ReplicaSet, status sub-resource', () => statusIsASubresource(replicasets));
  test('conformance: StatefulSet, status sub-resource', () => statusIsASubresource(statefulsets));
  test('conformance: DaemonSet, status sub-resource', () => statusIsASubresource(daemonsets));
  test('conformance: Jobs, apply changes to status', () => statusIsASubresource(jobs));

  test('conformance: PodDisruptionBudget: update and patch status', async () => {
    await create(poddisruptionbudgets, 'told', {});
    const old = await of(poddisruptionbudgets).get('told', namespace);
    const counts = { currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 };
    const updated = await of(poddisruptionbudgets).updateStatus({ ...old, status: counts } as WithStatus);
    expect(updated.status).toMatchObject(counts);
    const patch = { status: { disruptionsAllowed: 0, disruptedPods: { web: '2024-01-01T00:00:00Z' } } };
    const patched = await of(poddisruptionbudgets).patch('told', namespace, patch, { subresource: 'status' });
    expect(patched.status).toMatchObject({ ...counts, ...patch.status });
  });
});

describe('collections', () => {
  /** Objects are found by their label, and go together. */
  async function listAndDelete(kind: unknown): Promise<void> {
    const labelSelector = 'test-collection=yes';
    for (const name of ['one', 'two', 'three']) await create(kind, name, { 'test-collection': 'yes' });
    await create(kind, 'other', {});
    expect((await of(kind).list({ labelSelector })).items).toHaveLength(3);
    await of(kind).deleteCollection({ namespace, labelSelector }, background);
    expect((await of(kind).list({ labelSelector })).items).toEqual([]);
    expect((await of(kind).get('other', namespace)).metadata.deletionTimestamp).toBeUndefined();
    await of(kind).delete('other', namespace, background);
  }

  test('conformance: ReplicaSet, list and delete a collection of ReplicaSets', () => listAndDelete(replicasets));
  test('conformance: DaemonSet, list and delete a collection of DaemonSets', () => listAndDelete(daemonsets));
  test('conformance: PodDisruptionBudget: list and delete collection', () => listAndDelete(poddisruptionbudgets));

  test('conformance: StatefulSet, list, patch and delete a collection of StatefulSets', async () => {
    await create(statefulsets, 'patched', { patch: 'no' });
    const patch = { metadata: { labels: { patch: 'yes' } }, spec: { replicas: 2 } };
    expect(await of(statefulsets).patch('patched', namespace, patch, { type: 'strategic' })).toMatchObject(patch);
    await listAndDelete(statefulsets);
  });

  test('conformance: Jobs, manage lifecycle', async () => {
    const labelSelector = 'test-job=yes';
    const created = await create(jobs, 'managed', { 'test-job': 'yes' });
    const patch = { metadata: { labels: { patched: 'yes' } }, spec: { suspend: true } };
    expect(await of(jobs).patch('managed', namespace, patch, { type: 'strategic' })).toMatchObject(patch);
    const old = await of(jobs).get('managed', namespace);
    const annotations = { updated: 'true' };
    const updated = await of(jobs).update({
      ...old,
      metadata: { ...old.metadata, annotations },
      spec: { ...old.spec, suspend: false },
    });
    expect(updated).toMatchObject({ metadata: { uid: created.metadata.uid, annotations }, spec: { suspend: false } });
    expect((await of(jobs).list({ labelSelector })).items).toHaveLength(1);
    await of(jobs).deleteCollection({ namespace, labelSelector }, background);
    expect((await of(jobs).list({ labelSelector })).items).toEqual([]);
  });
});
