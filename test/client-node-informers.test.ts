/**
 * `@kubernetes/client-node` against an API server alone: typed calls, and informers that go on when the server is started again
 * or the store has forgotten what they would resume from.
 */
import * as k8s from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

describe.each(backends(25_650))('on $name', ({ start }) => {
  let store: EtcdServer;
  let server: ApiServer;
  let config: k8s.KubeConfig;
  let core: k8s.CoreV1Api;
  const running: k8s.Informer<k8s.V1ConfigMap>[] = [];

  beforeAll(async () => {
    store = await start();
    server = await ApiServer.start(store.endpoint, 25_652);
    config = new k8s.KubeConfig();
    config.loadFromFile(server.paths.kubeconfig);
    core = config.makeApiClient(k8s.CoreV1Api);
  });

  afterEach(async () => {
    for (const informer of running.splice(0)) await informer.stop();
  });

  afterAll(async () => {
    await server?.remove();
    await store?.remove();
  });

  const namespace = 'default';
  const create = (name: string, labels: Record<string, string> = {}): Promise<k8s.V1ConfigMap> =>
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels }, data: { key: 'value' } } });
  /** A client that has lost its connection tries again, as programs do. */
  const persistently = <T>(call: () => Promise<T>): Promise<T> =>
    eventually('the server answers', () => call().then((value) => ({ value })), { everyMs: 50 }).then(
      ({ value }) => value,
    );

  /** An informer that starts again when its watch ends with an error, as the library's documentation has it. */
  async function informerOf(label: string): Promise<{ names(): string[]; restarts(): number }> {
    const labelSelector = `test=${label}`;
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = k8s.makeInformer(config, path, list, labelSelector);
    const known = new Set<string>();
    let restarts = 0;
    informer.on('add', ({ metadata }) => void known.add(metadata?.name ?? ''));
    informer.on('delete', ({ metadata }) => void known.delete(metadata?.name ?? ''));
    informer.on('error', () => {
      restarts += 1;
      setTimeout(() => void informer.start().catch(() => undefined), 50);
    });
    await informer.start();
    running.push(informer);
    return { names: () => [...known].sort(), restarts: () => restarts };
  }

  test('typed calls of several groups', async () => {
    const apps = config.makeApiClient(k8s.AppsV1Api);
    const batch = config.makeApiClient(k8s.BatchV1Api);
    const labels = { app: 'typed' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'busybox:1.35' }] } };
    const deployment = await apps.createNamespacedDeployment({
      namespace,
      body: { metadata: { name: 'typed' }, spec: { replicas: 2, selector: { matchLabels: labels }, template } },
    });
    expect(deployment.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(deployment.spec?.strategy?.rollingUpdate).toEqual({ maxSurge: '25%', maxUnavailable: '25%' });
    const scale = await apps.readNamespacedDeploymentScale({ name: 'typed', namespace });
    expect(scale.spec?.replicas).toBe(2);
    const patched = await apps.patchNamespacedDeployment(
      { name: 'typed', namespace, body: { spec: { paused: true } } },
      k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.StrategicMergePatch),
    );
    expect(patched.spec?.paused).toBe(true);
    const applied = await apps.patchNamespacedDeployment(
      {
        name: 'typed',
        namespace,
        fieldManager: 'client-node',
        force: true,
        body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'typed' }, spec: { replicas: 5 } },
      },
      k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.ServerSideApply),
    );
    expect([applied.spec?.replicas, applied.metadata?.managedFields?.map(({ manager }) => manager)]).toEqual([
      5,
      expect.arrayContaining(['client-node']),
    ]);
    const missing = batch.readNamespacedJob({ name: 'none', namespace });
    await expect(missing).rejects.toMatchObject({ code: 404 });
    await apps.deleteNamespacedDeployment({ name: 'typed', namespace, propagationPolicy: 'Background' });
    expect((await apps.listNamespacedDeployment({ namespace })).items).toEqual([]);
  });

  test('pages of a list', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) await create(name, { test: 'pages' });
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({
        namespace,
        labelSelector: 'test=pages',
        limit: 2,
        ...(token && { _continue: token }),
      });
      found.push(...page.items.map(({ metadata }) => metadata?.name ?? ''));
      token = page.metadata?._continue;
    } while (token);
    expect(found).toEqual(['page-1', 'page-2', 'page-3']);
  });

  test('an informer survives a restart of the API server, whatever happened meanwhile', async () => {
    await create('before', { test: 'restart' });
    await create('leaves', { test: 'restart' });
    const { names, restarts } = await informerOf('restart');
    await eventually('it knows them', () => names().length === 2);
    await server.stop('SIGKILL');
    const etcd = store.client();
    await etcd.deleteRange({ key: `/registry/configmaps/${namespace}/leaves` });
    etcd.close();
    await server.launch();
    await persistently(() => create('after', { test: 'restart' }));
    await eventually('it knows the present', () => names().join() === 'after,before');
    await core.deleteNamespacedConfigMap({ name: 'before', namespace });
    await eventually('it goes on', () => names().join() === 'after');
    expect(restarts()).toBeGreaterThan(0);
  });

  test('an informer goes on across a compaction', async () => {
    await create('old', { test: 'compaction' });
    const { names } = await informerOf('compaction');
    await eventually('it knows it', () => names().join() === 'old');
    // The server starts without history, and the store has forgotten what the informer saw last.
    await server.stop('SIGKILL');
    const etcd = store.client();
    const value = JSON.stringify({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'missed', namespace, uid: 'u', labels: { test: 'compaction' } },
    });
    const { header } = await etcd.put({ key: `/registry/configmaps/${namespace}/missed`, value });
    await etcd.compact({ revision: header!.revision });
    etcd.close();
    await server.launch();
    await eventually('it knows what it missed', () => names().join() === 'missed,old');
    await create('new', { test: 'compaction' });
    await eventually('it goes on', () => names().join() === 'missed,new,old');
  });

  test('a watch from before a compaction is told that it is too late', async () => {
    const { metadata } = await create('watched');
    const resourceVersion = metadata!.resourceVersion!;
    await server.stop('SIGKILL');
    const etcd = store.client();
    const { header } = await etcd.put({ key: '/registry/somebody/else', value: 'x' });
    await etcd.compact({ revision: header!.revision });
    etcd.close();
    await server.launch();
    const told = await new Promise<[string, k8s.V1Status]>((resolve, reject) => {
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      new k8s.Watch(config)
        .watch(
          path,
          { resourceVersion },
          (type, object) => resolve([type, object as k8s.V1Status]),
          (error) => reject(error ?? new Error('it ended')),
        )
        .catch(reject);
    });
    expect(told).toMatchObject(['ERROR', { code: 410, reason: 'Expired' }]);
  });
});
