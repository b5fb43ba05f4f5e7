/** The apiserver as a process, on our store and on a real etcd: who gets in, every verb and its errors, lists, and what it survives. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../api/errors.ts';
import { configmaps } from '../api/kinds/configmaps.ts';
import { events } from '../api/kinds/events.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import { replicasets } from '../api/kinds/replicasets.ts';
import { services } from '../api/kinds/services.ts';
import type { Pod, Status } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const etcdPort = 25_665;
const serverPort = 25_667;

describe.each(backends(etcdPort))('on $name', ({ start }) => {
  let store: EtcdServer;
  let server: ApiServer;
  let client: RestClient;

  beforeAll(async () => {
    store = await start();
    server = await ApiServer.start(store.endpoint, serverPort);
    client = server.client();
  });

  afterAll(async () => {
    client?.close();
    await server?.remove();
    await store?.remove();
  });

  const podNamed = (name: string, extra: Partial<Pod['metadata']> = {}): Pod => ({
    metadata: { name, namespace: 'default', ...extra },
    spec: { containers: [{ name: 'main', image: 'busybox:1.35' }] },
  });

  const mapNamed = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>) => ({
    metadata: { name, namespace: 'default', ...(labels && { labels }) },
    data,
  });

  /** The error that the promise is rejected with. */
  async function refusal(promise: Promise<unknown>): Promise<ApiError> {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  }

  const statusOf = (text: string): Status => JSON.parse(text) as Status;

  describe('who gets in', () => {
    test.each<[string, string, number]>([
      ['/healthz', 'ok', 200],
      ['/livez', 'ok', 200],
      ['/readyz', 'ok', 200],
      ['/version', 'v1.36', 200],
      ['/api', 'forbidden: User "system:anonymous" cannot get path "/api"', 403],
      ['/metrics', 'forbidden: User "system:anonymous" cannot get path "/metrics"', 403],
      [
        '/api/v1/namespaces/default/pods',
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
        403,
      ],
    ])('without a certificate: %s', async (path, expected, status) => {
      const answer = await server.raw(path, { identity: null });
      expect([answer.status, answer.status === 403 ? statusOf(answer.text).message : answer.text]).toEqual([
        status,
        expect.stringContaining(expected),
      ]);
    });

    test('a token that nobody issued, or a certificate of another CA, is a 401', async () => {
      const token = await server.raw('/api', { identity: null, headers: { authorization: 'Bearer abc' } });
      expect([token.status, statusOf(token.text).reason]).toEqual([401, 'Unauthorized']);
      const other = await ApiServer.strangerAsks(server, '/api');
      expect([other.status, statusOf(other.text).reason]).toEqual([401, 'Unauthorized']);
    });

    test('a component may do its work and nothing else', async () => {
      const scheduler = server.client('scheduler');
      await scheduler.of(pods).list();
      const error = await refusal(scheduler.of(configmaps).list({ namespace: 'default' }));
      expect(error.message).toBe(
        'configmaps is forbidden: User "system:kube-scheduler" cannot list resource "configmaps" in API group "" in the namespace "default"',
      );
      expect((await refusal(scheduler.of(nodes).delete('n'))).message).toBe(
        'nodes "n" is forbidden: User "system:kube-scheduler" cannot delete resource "nodes" in API group "" at the cluster scope',
      );
      scheduler.close();
    });

    test('acting as somebody else needs the right to', async () => {
      const answer = await server.raw('/api/v1/pods', {
        identity: 'scheduler',
        headers: { 'impersonate-user': 'bob' },
      });
      expect(statusOf(answer.text)).toMatchObject({
        code: 403,
        message: expect.stringContaining('cannot impersonate-on:user-info:list resource "pods"'),
      });
    });
  });

  describe('one object', () => {
    test('create sets what belongs to the server, and get returns it', async () => {
      const created = await client.of(pods).create(podNamed('first'));
      expect(created).toMatchObject({
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { name: 'first', namespace: 'default', generation: 1, uid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30 },
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      });
      expect(created.spec?.tolerations?.map((t) => [t.key, t.tolerationSeconds])).toEqual([
        ['node.kubernetes.io/not-ready', 300],
        ['node.kubernetes.io/unreachable', 300],
      ]);
      expect(await client.of(pods).get('first', 'default')).toEqual(created);
    });

    test('it is stored as readable JSON where Kubernetes stores it', async () => {
      const etcd = store.client();
      const { kvs } = await etcd.range({ key: '/registry/pods/default/first' });
      etcd.close();
      const stored = JSON.parse(kvs[0]!.value.toString()) as Pod;
      expect([stored.kind, stored.metadata.name, stored.metadata.resourceVersion]).toEqual(['Pod', 'first', undefined]);
    });

    test('the same name again is a conflict, a generated one never', async () => {
      const again = await refusal(client.of(pods).create(podNamed('first')));
      expect([again.code, again.reason, again.message]).toEqual([409, 'AlreadyExists', 'pods "first" already exists']);
      const made = await Promise.all(
        [1, 2, 3].map(() =>
          client.of(pods).create({ ...podNamed(''), metadata: { generateName: 'gen-', namespace: 'default' } }),
        ),
      );
      const names = made.map(({ metadata }) => metadata.name!);
      expect(new Set(names).size).toBe(3);
      for (const name of names) expect(name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    });

    test('a dry run leaves nothing behind', async () => {
      const answer = await server.raw('/api/v1/namespaces/default/pods?dryRun=All', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(podNamed('dry')),
      });
      expect(answer.status).toBe(201);
      expect((await refusal(client.of(pods).get('dry', 'default'))).message).toBe('pods "dry" not found');
    });

    test('update: the version must be the stored one, and what does not change is not written', async () => {
      const created = await client.of(configmaps).create(mapNamed('upd', { a: '1' }));
      const second = await client.of(configmaps).update({ ...created, data: { a: '2' } });
      expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
      const stale = await refusal(client.of(configmaps).update({ ...created, data: { a: '3' } }));
      expect([stale.code, stale.reason, stale.message]).toEqual([
        409,
        'Conflict',
        'Operation cannot be fulfilled on configmaps "upd": the object has been modified; please apply your changes to the latest version and try again',
      ]);
      expect((await client.of(configmaps).update(second)).metadata.resourceVersion).toBe(
        second.metadata.resourceVersion,
      );
      const uid = await refusal(
        client.of(configmaps).update({ ...second, metadata: { ...second.metadata, uid: 'x' } }),
      );
      expect(uid.message).toContain('Precondition failed: UID in precondition: x');
      expect((await refusal(client.of(configmaps).update(mapNamed('none')))).code).toBe(404);
    });

    test('spec and status are written apart, and the generation counts the spec', async () => {
      const replicaSet = {
        metadata: { name: 'gen', namespace: 'default' },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'gen' } },
          template: { metadata: { labels: { app: 'gen' } }, spec: podNamed('').spec! },
        },
      };
      const created = await client.of(replicasets).create(replicaSet);
      const status = await client
        .of(replicasets)
        .updateStatus({ ...created, spec: { ...created.spec!, replicas: 7 }, status: { replicas: 1 } });
      expect([status.spec?.replicas, status.status?.replicas, status.metadata.generation]).toEqual([1, 1, 1]);
      const spec = await client
        .of(replicasets)
        .update({ ...status, spec: { ...status.spec!, replicas: 2 }, status: { replicas: 9 } });
      expect([spec.spec?.replicas, spec.status?.replicas, spec.metadata.generation]).toEqual([2, 1, 2]);

      const scale = await server.raw('/apis/apps/v1/namespaces/default/replicasets/gen/scale', {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: '{"spec":{"replicas":5}}',
      });
      expect(JSON.parse(scale.text)).toMatchObject({
        kind: 'Scale',
        spec: { replicas: 5 },
        status: { replicas: 1, selector: 'app=gen' },
      });
      expect((await client.of(replicasets).get('gen', 'default')).spec?.replicas).toBe(5);
    });

    test('patches of each type', async () => {
      await client.of(pods).create(podNamed('patched', { labels: { a: '1' } }));
      const patch = (body: unknown, type: 'json' | 'merge' | 'strategic') =>
        client.of(pods).patch('patched', 'default', body, { type });
      expect((await patch({ metadata: { labels: { b: '2' } } }, 'merge')).metadata.labels).toEqual({ a: '1', b: '2' });
      expect((await patch([{ op: 'remove', path: '/metadata/labels/b' }], 'json')).metadata.labels).toEqual({ a: '1' });
      const image = await patch({ spec: { containers: [{ name: 'main', image: 'busybox:2' }] } }, 'strategic');
      expect(image.spec?.containers).toMatchObject([
        { name: 'main', image: 'busybox:2', imagePullPolicy: 'IfNotPresent' },
      ]);
      expect((await refusal(patch({ metadata: { resourceVersion: '1' } }, 'merge'))).reason).toBe('Conflict');
      expect((await refusal(patch([{ op: 'test', path: '/kind', value: 'x' }], 'json'))).code).toBe(422);
      expect((await refusal(patch('nonsense', 'merge'))).code).toBe(400);
      const cbor = await server.raw('/api/v1/namespaces/default/pods/patched', {
        method: 'PATCH',
        headers: { 'content-type': 'application/apply-patch+cbor' },
        body: '{}',
      });
      expect(cbor.status).toBe(415);
    });

    test('sixteen writers lose no update', async () => {
      await client.of(configmaps).create(mapNamed('counter', { n: '0' }));
      const increment = async (): Promise<void> => {
        for (;;) {
          const current = await client.of(configmaps).get('counter', 'default');
          try {
            await client.of(configmaps).update({ ...current, data: { n: String(Number(current.data!['n']) + 1) } });
            return;
          } catch (error) {
            if ((error as ApiError).reason !== 'Conflict') throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: 16 }, increment));
      expect((await client.of(configmaps).get('counter', 'default')).data).toEqual({ n: '16' });
    });
  });

  describe('delete', () => {
    test('a pod that nobody runs goes at once; one on a node waits for its kubelet', async () => {
      await client.of(pods).create(podNamed('loose'));
      await client.of(pods).delete('loose', 'default');
      expect((await refusal(client.of(pods).get('loose', 'default'))).code).toBe(404);

      await client.of(pods).create(podNamed('bound'));
      const bind = (node: string) =>
        server.raw('/api/v1/namespaces/default/pods/bound/binding', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ metadata: { name: 'bound' }, target: { kind: 'Node', name: node } }),
        });
      expect((await bind('n1')).status).toBe(201);
      expect(statusOf((await bind('n2')).text).message).toBe(
        'Operation cannot be fulfilled on pods "bound": pod bound is already assigned to node "n1"',
      );
      await client.of(pods).delete('bound', 'default', { gracePeriodSeconds: 20 });
      const terminating = await client.of(pods).get('bound', 'default');
      expect([terminating.metadata.deletionGracePeriodSeconds, terminating.spec?.nodeName]).toEqual([20, 'n1']);
      expect(terminating.status?.conditions?.[0]).toMatchObject({ type: 'PodScheduled', status: 'True' });
      await client.of(pods).delete('bound', 'default', { gracePeriodSeconds: 0 });
      expect((await refusal(client.of(pods).get('bound', 'default'))).code).toBe(404);
    });

    test('preconditions', async () => {
      const { metadata } = await client.of(configmaps).create(mapNamed('guarded'));
      const wrong = await refusal(
        client.of(configmaps).delete('guarded', 'default', { preconditions: { uid: 'other' } }),
      );
      expect(wrong.message).toBe(
        `Operation cannot be fulfilled on configmaps "guarded": Precondition failed: UID in precondition: other, UID in object meta: ${metadata.uid}`,
      );
      await client.of(configmaps).delete('guarded', 'default', { preconditions: { uid: metadata.uid } });
    });

    test('finalizers hold an object; propagation adds those of the garbage collector', async () => {
      await client.of(configmaps).create({
        ...mapNamed('held'),
        metadata: { name: 'held', namespace: 'default', finalizers: ['example.com/x'] },
      });
      await client.of(configmaps).delete('held', 'default', { propagationPolicy: 'Foreground' });
      const held = await client.of(configmaps).get('held', 'default');
      expect(held.metadata).toMatchObject({
        finalizers: ['example.com/x', 'foregroundDeletion'],
        deletionTimestamp: expect.any(String),
      });
      const added = await refusal(
        client.of(configmaps).update({
          ...held,
          metadata: { ...held.metadata, finalizers: [...held.metadata.finalizers!, 'example.com/y'] },
        }),
      );
      expect(added.message).toContain('no new finalizers can be added if the object is being deleted');
      await client.of(configmaps).patch('held', 'default', { metadata: { finalizers: null } }, { type: 'merge' });
      expect((await refusal(client.of(configmaps).get('held', 'default'))).code).toBe(404);
    });

    test('a namespace stays until it has been finalized, and takes nothing new', async () => {
      await client.of(namespaces).create({ metadata: { name: 'going' } });
      await client.of(namespaces).delete('going');
      const going = await client.of(namespaces).get('going');
      expect([going.status?.phase, going.spec?.finalizers]).toEqual(['Terminating', ['kubernetes']]);
      const late = await refusal(client.of(configmaps).create({ metadata: { name: 'late', namespace: 'going' } }));
      expect([late.code, late.message]).toEqual([
        403,
        'configmaps "late" is forbidden: unable to create new content in namespace going because it is being terminated',
      ]);
      await server.raw('/api/v1/namespaces/going/finalize', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...going, spec: { finalizers: [] } }),
      });
      expect((await refusal(client.of(namespaces).get('going'))).code).toBe(404);
      expect(
        (await refusal(client.of(configmaps).create({ metadata: { name: 'x', namespace: 'gone' } }))).message,
      ).toBe('namespaces "gone" not found');
      expect((await refusal(client.of(namespaces).delete('default'))).message).toBe(
        'namespaces "default" is forbidden: this namespace may not be deleted',
      );
    });

    test('a collection, by selector', async () => {
      for (const name of ['c1', 'c2', 'c3'])
        await client.of(configmaps).create(mapNamed(name, {}, { set: name === 'c3' ? 'b' : 'a' }));
      await server.raw('/api/v1/namespaces/default/configmaps?labelSelector=set%3Da', { method: 'DELETE' });
      const left = await client.of(configmaps).list({ namespace: 'default', labelSelector: 'set' });
      expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['c3']);
    });
  });

  describe('services', () => {
    const service = (name: string, spec: object) => ({
      metadata: { name, namespace: 'default' },
      spec: { ports: [{ port: 80 }], ...spec },
    });

    test('get addresses and ports of their own, and keep them', async () => {
      const first = await client.of(services).create(service('one', { type: 'NodePort' }));
      const second = await client.of(services).create(service('two', {}));
      expect(first.spec?.clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
      expect(second.spec?.clusterIP).not.toBe(first.spec?.clusterIP);
      const port = first.spec?.ports?.[0]?.nodePort ?? 0;
      expect(port).toBeGreaterThanOrEqual(30000);
      expect(port).toBeLessThanOrEqual(32767);
      const taken = await refusal(client.of(services).create(service('three', { clusterIP: first.spec?.clusterIP })));
      expect([taken.code, taken.message]).toEqual([422, expect.stringContaining('provided IP is already allocated')]);
      const ports = { type: 'NodePort', ports: [{ port: 80, nodePort: port }] };
      expect((await refusal(client.of(services).create(service('four', ports)))).message).toBe(
        `Service "four" is invalid: spec.ports[0].nodePort: Invalid value: ${port}: provided port is already allocated`,
      );
      expect((await refusal(client.of(services).create(service('five', { clusterIP: '1.2.3.4' })))).message).toContain(
        'is not in the valid range',
      );
      await client.of(services).delete('one', 'default');
      await client.of(services).create(service('three', { clusterIP: first.spec?.clusterIP }));
    });

    test('many at once never share an address', async () => {
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, i) => client.of(services).create(service(`many-${i}`, { type: 'NodePort' }))),
      );
      expect(new Set(made.map(({ spec }) => spec?.clusterIP)).size).toBe(20);
      expect(new Set(made.map(({ spec }) => spec?.ports?.[0]?.nodePort)).size).toBe(20);
    });

    test('kubernetes is there', async () => {
      expect((await client.of(services).get('kubernetes', 'default')).spec).toMatchObject({
        clusterIP: '10.96.0.1',
        ports: [{ port: 443 }],
      });
    });
  });

  describe('lists', () => {
    beforeAll(async () => {
      await client.of(namespaces).create({ metadata: { name: 'lists' } });
      for (let i = 0; i < 7; i++) {
        const labels = { parity: i % 2 ? 'odd' : 'even' };
        await client.of(pods).create({ ...podNamed(''), metadata: { name: `p${i}`, namespace: 'lists', labels } });
      }
    });

    const names = (items: { metadata: { name?: string } }[]) => items.map(({ metadata }) => metadata.name);

    test('selectors', async () => {
      const list = (options: object) => client.of(pods).list({ namespace: 'lists', ...options });
      expect(names((await list({ labelSelector: 'parity in (odd)' })).items)).toEqual(['p1', 'p3', 'p5']);
      expect(names((await list({ labelSelector: 'parity!=odd' })).items)).toEqual(['p0', 'p2', 'p4', 'p6']);
      expect(names((await list({ fieldSelector: 'metadata.name=p4,spec.nodeName=' })).items)).toEqual(['p4']);
      expect((await refusal(list({ fieldSelector: 'spec.foo=1' }))).message).toContain(
        'field label not supported: spec.foo',
      );
      expect((await refusal(list({ labelSelector: 'a=b=c' }))).code).toBe(400);
    });

    test('pages show one moment, whatever happens between them', async () => {
      const first = await client.of(pods).list({ namespace: 'lists', limit: 3 });
      expect([names(first.items), first.metadata.remainingItemCount]).toEqual([['p0', 'p1', 'p2'], 4]);
      await client.of(pods).create({ ...podNamed(''), metadata: { name: 'p3b', namespace: 'lists' } });
      const second = await client
        .of(pods)
        .list({ namespace: 'lists', limit: 3, continue: (first.metadata as { continue?: string }).continue });
      expect(names(second.items)).toEqual(['p3', 'p4', 'p5']);
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      const third = await client
        .of(pods)
        .list({ namespace: 'lists', limit: 3, continue: (second.metadata as { continue?: string }).continue });
      expect([names(third.items), (third.metadata as { continue?: string }).continue]).toEqual([['p6'], undefined]);
      expect(
        (await refusal(client.of(pods).list({ namespace: 'lists', limit: 3, continue: 'bm9uc2Vuc2U' }))).code,
      ).toBe(400);
      await client.of(pods).delete('p3b', 'lists');
    });

    test('resourceVersion: exact, too new, nonsense', async () => {
      const now = await client.of(configmaps).list({ namespace: 'default' });
      await client.of(configmaps).create(mapNamed('later'));
      const exact = await server.raw(
        `/api/v1/namespaces/default/configmaps?resourceVersion=${now.metadata.resourceVersion}&resourceVersionMatch=Exact`,
      );
      expect(names((JSON.parse(exact.text) as typeof now).items)).toEqual(names(now.items));
      const tooNew = await server.raw('/api/v1/pods?resourceVersion=99999999');
      expect([tooNew.status, statusOf(tooNew.text).message]).toEqual([
        504,
        expect.stringContaining('Too large resource version'),
      ]);
      for (const query of [
        'resourceVersion=x',
        'limit=x',
        'resourceVersionMatch=Exact',
        'continue=a&resourceVersionMatch=Exact&resourceVersion=1',
      ]) {
        expect([query, (await server.raw(`/api/v1/pods?${query}`)).status]).toEqual([
          query,
          expect.toSatisfy((s: number) => s === 400 || s === 422),
        ]);
      }
    });

    test('tables, metadata alone, YAML, and what is not acceptable', async () => {
      const get = async (accept: string, path = '/api/v1/namespaces/lists/pods') =>
        server.raw(path, { headers: { accept } });
      const table = JSON.parse((await get('application/json;as=Table;v=v1;g=meta.k8s.io,application/json')).text);
      expect([table.kind, table.columnDefinitions[0].name, table.rows[0].cells[0], table.rows[0].object.kind]).toEqual([
        'Table',
        'Name',
        'p0',
        'PartialObjectMetadata',
      ]);
      const partial = JSON.parse((await get('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')).text);
      expect([partial.kind, partial.items[0].metadata.name, partial.items[0].spec]).toEqual([
        'PartialObjectMetadataList',
        'p0',
        undefined,
      ]);
      expect((await get('application/yaml', '/api/v1/namespaces/lists/pods/p0')).text).toContain('\n  name: p0\n');
      expect((await get('application/vnd.kubernetes.protobuf,application/json')).status).toBe(200);
      expect((await get('text/html')).status).toBe(406);
    });
  });

  describe('events', () => {
    test('are forgotten by the store after an hour', async () => {
      await client.of(events).create({
        metadata: { name: 'e1', namespace: 'default' },
        involvedObject: { kind: 'Pod', name: 'first', namespace: 'default' },
        reason: 'Tested',
      });
      const etcd = store.client();
      const { kvs } = await etcd.range({ key: '/registry/events/default/e1' });
      const { grantedTtl } = await etcd.leaseTimeToLive({ id: kvs[0]!.lease });
      etcd.close();
      expect(grantedTtl).toBeGreaterThanOrEqual(3600);
    });
  });

  describe('discovery', () => {
    const json = async <T>(path: string): Promise<T> => JSON.parse((await server.raw(path)).text) as T;
    interface Groups {
      groups: {
        name: string;
        versions: { groupVersion: string; version: string }[];
        preferredVersion: { groupVersion: string };
      }[];
    }

    test('conformance: Discovery, confirm the PreferredVersion for each api group', async () => {
      const { groups } = await json<Groups>('/apis');
      expect(groups.length).toBeGreaterThan(10);
      for (const { name, preferredVersion, versions } of groups) {
        expect(versions.map(({ groupVersion }) => groupVersion)).toContain(preferredVersion.groupVersion);
        const group = await json<Groups['groups'][number]>(`/apis/${name}`);
        expect(group).toMatchObject({ kind: 'APIGroup', name, preferredVersion });
      }
    });

    test('conformance: Discovery, confirm the groupVerion and a resourcefrom each apiGroup', async () => {
      const { groups } = await json<Groups>('/apis');
      for (const { groupVersion } of groups.flatMap(({ versions }) => versions)) {
        const list = await json<{ groupVersion: string; resources: { name: string }[] }>(`/apis/${groupVersion}`);
        expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion });
        expect(list.resources.length).toBeGreaterThan(0);
      }
    });

    test('conformance: Confirm a server version', async () => {
      const { major, minor } = await json<{ major: string; minor: string }>('/version');
      expect([major, minor]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+\+?$/)]);
    });

    test('plain, aggregated in both versions, and openapi', async () => {
      const plain = JSON.parse((await server.raw('/apis/apps/v1')).text);
      expect(plain.resources.map((r: { name: string }) => r.name)).toEqual(
        expect.arrayContaining(['deployments', 'deployments/scale', 'deployments/status', 'replicasets']),
      );
      for (const version of ['v2', 'v2beta1']) {
        const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;
        const answer = await server.raw('/apis', { headers: { accept } });
        expect(JSON.parse(answer.text)).toMatchObject({
          kind: 'APIGroupDiscoveryList',
          apiVersion: `apidiscovery.k8s.io/${version}`,
        });
        const known = await server.raw('/apis', {
          headers: { accept, 'if-none-match': String(answer.headers['etag']) },
        });
        expect([known.status, known.text]).toEqual([304, '']);
      }
      const index = JSON.parse((await server.raw('/openapi/v3')).text);
      const url = index.paths['apis/apps/v1'].serverRelativeURL as string;
      const document = await server.raw(url);
      expect(document.headers['cache-control']).toBe('public, immutable');
      expect(JSON.parse(document.text).components.schemas).toHaveProperty(['io.k8s.api.apps.v1.ReplicaSet']);
    });

    test('metrics name the requests', async () => {
      const { text } = await server.raw('/metrics');
      expect(text).toMatch(/apiserver_request_total\{[^}]*verb="POST"[^}]*resource="pods"[^}]*code="201"\} \d+/);
      expect(text).toMatch(/apiserver_storage_objects\{resource="pods"\} \d+/);
    });
  });

  describe('what the server survives', () => {
    test('bad requests of all kinds get an answer, and it goes on', async () => {
      const pid = server.pid;
      const deep = '['.repeat(200_000);
      const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const pods = '/api/v1/namespaces/default/pods';
      const expected: [string, Parameters<ApiServer['raw']>[1], number[]][] = [
        [pods, { ...post, body: '{"kind":"Pod","metadata":{' }, [400]],
        [pods, { ...post, body: '[]' }, [400]],
        [pods, { ...post, body: 'null' }, [400]],
        [pods, { ...post, body: '' }, [400]],
        [pods, { ...post, body: deep }, [400]],
        [pods, { ...post, body: '{"metadata":"x"}' }, [400]],
        [pods, { ...post, body: '{"metadata":{"name":5}}' }, [400]],
        [pods, { ...post, body: '{"kind":"Service","apiVersion":"v1"}' }, [400]],
        [pods, { ...post, body: '{"kind":"Pod","apiVersion":"v2"}' }, [400]],
        [pods, { ...post, body: '{"__proto__":{"a":1},"metadata":{"name":"proto","__proto__":{"b":1}}}' }, [422]],
        [
          pods,
          { ...post, body: '{"metadata":{"name":"UPPER"},"spec":{"containers":[{"name":"a","image":"b"}]}}' },
          [422],
        ],
        [pods, { ...post, body: Buffer.alloc(10 * 1024 * 1024, 'x') }, [413]],
        [pods, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }, [415]],
        [pods, { method: 'POST', headers: { 'content-type': 'application/yaml' }, body: 'a: [b' }, [400]],
        [pods, { method: 'PUT' }, [405]],
        ['/api/v1/pods', { ...post, body: '{}' }, [405]],
        ['/api/v1/nope', {}, [404]],
        ['/apis/nope/v1/pods', {}, [404]],
        ['/nope', {}, [404]],
        ['/api/v1/namespaces/default/nodes', {}, [404]],
        ['/api/v1/namespaces/default/pods/a/b/c/d', {}, [404]],
        ['/%', {}, [400]],
        ['/api/v1/namespaces/%2e%2e/pods/%ff', {}, [400]],
        ['/api/v1/namespaces/default/pods/..%2f..%2fsecrets', {}, [404, 405]],
        [`/${'a'.repeat(8000)}`, {}, [404]],
        ['/api/v1/pods', { headers: { 'x-large': 'a'.repeat(1_100_000) } }, [431]],
        [`${pods}?fieldValidation=Sometimes`, { ...post, body: '{}' }, [422]],
        [`${pods}?dryRun=maybe`, { ...post, body: '{}' }, [422]],
      ];
      for (const [path, options, statuses] of expected) {
        const answer = await server.raw(path, options);
        expect([path.slice(0, 80), statuses]).toEqual([path.slice(0, 80), expect.arrayContaining([answer.status])]);
        if (answer.status !== 431)
          expect(statusOf(answer.text)).toMatchObject({ kind: 'Status', status: 'Failure', code: answer.status });
      }
      expect(server.alive && server.pid).toBe(pid);
      expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    });

    test('unknown fields: strict, warn, ignore', async () => {
      const body = JSON.stringify({ ...podNamed('fields'), spec: { ...podNamed('').spec, foo: 1 } });
      const create = (mode: string) =>
        server.raw(`/api/v1/namespaces/default/pods?dryRun=All&fieldValidation=${mode}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
      const strict = await create('Strict');
      expect([strict.status, statusOf(strict.text).message]).toEqual([
        400,
        'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo"',
      ]);
      const warn = await create('Warn');
      expect([warn.status, warn.headers['warning']]).toEqual([201, '299 - "unknown field \\"spec.foo\\""']);
      const ignore = await create('Ignore');
      expect([ignore.status, ignore.headers['warning']]).toEqual([201, undefined]);
    });

    test('a store that is killed and comes back', async () => {
      await store.stop('SIGKILL');
      const away = await server.raw('/api/v1/namespaces/default/pods');
      expect([away.status, statusOf(away.text).reason]).toEqual([503, 'ServiceUnavailable']);
      expect((await server.raw('/livez')).status).toBe(200);
      await store.restart();
      await eventually('it serves again', async () => (await server.raw('/readyz')).status === 200, { everyMs: 50 });
      const made = await client.of(configmaps).create(mapNamed('after-crash'));
      expect((await client.of(configmaps).get('after-crash', 'default')).metadata.uid).toBe(made.metadata.uid);
    });

    test('it is killed and comes back', async () => {
      await server.stop('SIGKILL');
      await server.launch();
      expect((await client.of(pods).get('first', 'default')).metadata.name).toBe('first');
      expect(await server.stop('SIGTERM')).toBe(0);
      await server.launch();
    });
  });
});
