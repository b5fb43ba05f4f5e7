/** Watches of the apiserver, on our store and on a real etcd: what a watcher is told, from where, and when it has to start again. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import type { ConfigMap } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer, type OpenWatch } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const etcdPort = 25_660;
const serverPort = 25_662;

describe.each(backends(etcdPort))('on $name', ({ start }) => {
  let store: EtcdServer;
  let server: ApiServer;
  let client: RestClient;
  let count = 0;
  let namespace: string;
  const open: OpenWatch[] = [];

  beforeAll(async () => {
    store = await start();
    server = await ApiServer.start(store.endpoint, serverPort);
    client = server.client();
  });

  afterEach(() => {
    for (const watch of open.splice(0)) watch.close();
  });

  afterAll(async () => {
    client?.close();
    await server?.remove();
    await store?.remove();
  });

  /** Everything happens in a namespace of its own. */
  async function freshNamespace(): Promise<void> {
    namespace = `w${count++}`;
    await client.of(namespaces).create({ metadata: { name: namespace } });
  }

  const create = (name: string, labels: Record<string, string> = {}): Promise<ConfigMap> =>
    client.of(configmaps).create({ metadata: { name, namespace, labels }, data: {} });

  const label = (name: string, labels: Record<string, string | null>): Promise<ConfigMap> =>
    client.of(configmaps).patch(name, namespace, { metadata: { labels } }, { type: 'merge' });

  const remove = (name: string): Promise<unknown> => client.of(configmaps).delete(name, namespace);

  const version = async (): Promise<string> =>
    (await client.of(configmaps).list({ namespace })).metadata.resourceVersion!;

  function watch(query: string, headers?: Record<string, string>): OpenWatch {
    const opened = server.watch(`/api/v1/namespaces/${namespace}/configmaps?watch=true${query}`, headers);
    open.push(opened);
    return opened;
  }

  const seen = ({ events }: OpenWatch): string[] =>
    events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`.trim());

  const sees = (opened: OpenWatch, ...expected: string[]): Promise<true> =>
    eventually(
      `the watch sees ${expected.join(', ')}`,
      () => {
        expect(seen(opened)).toEqual(expected);
        return true as const;
      },
      { everyMs: 10 },
    );

  describe('from a version', () => {
    test('every change after it, in order, once', async () => {
      await freshNamespace();
      await create('before');
      const from = await version();
      await create('a');
      const watching = watch(`&resourceVersion=${from}`);
      await sees(watching, 'ADDED a');
      await label('a', { x: '1' });
      await remove('a');
      await create('b');
      await sees(watching, 'ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b');
      const versions = watching.events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual([...versions].sort((x, y) => x - y));
      expect(new Set(versions).size).toBe(4);
    });

    test('after the server has been started again, what it still knows goes on, and the rest is told to be gone, in the stream', async () => {
      await freshNamespace();
      await create('old');
      const from = await version();
      await server.stop('SIGKILL');
      await server.launch();
      const watching = watch(`&resourceVersion=${await version()}`);
      await create('new');
      await sees(watching, 'ADDED new');
      const gone = watch(`&resourceVersion=${Number(from) - 1}`);
      await eventually('it ends', () => gone.ended);
      expect([gone.status, gone.events]).toMatchObject([
        200,
        [{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }],
      ]);
      expect(gone.events[0]!.object.message).toMatch(/^too old resource version: \d+ \(\d+\)$/);
    });
  });

  describe('from now', () => {
    test('without a version the present comes first', async () => {
      await freshNamespace();
      await create('a');
      await create('b');
      const watching = watch('');
      await sees(watching, 'ADDED a', 'ADDED b');
      await remove('a');
      await sees(watching, 'ADDED a', 'ADDED b', 'DELETED a');
    });

    test('sendInitialEvents marks the end of the present', async () => {
      await freshNamespace();
      await create('a');
      const watching = watch('&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
      await sees(watching, 'ADDED a', 'BOOKMARK');
      const { metadata } = watching.events[1]!.object;
      expect(metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
      expect(Number(metadata.resourceVersion)).toBeGreaterThanOrEqual(
        Number(watching.events[0]!.object.metadata.resourceVersion),
      );
      await create('b');
      await sees(watching, 'ADDED a', 'BOOKMARK', 'ADDED b');
      const without = await server.raw('/api/v1/configmaps?watch=true&sendInitialEvents=true');
      expect(without.status).toBe(422);
    });

    test('timeoutSeconds ends it, with a bookmark for those who want one', async () => {
      await freshNamespace();
      const watching = watch('&timeoutSeconds=1&allowWatchBookmarks=true');
      await eventually('it ends', () => watching.ended);
      expect(seen(watching)).toEqual(['BOOKMARK']);
    });

    test('a table event for those who print', async () => {
      await freshNamespace();
      await create('a');
      const watching = watch('', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
      await eventually('a row', () => watching.events.length > 0);
      expect(watching.events[0]).toMatchObject({
        type: 'ADDED',
        object: { kind: 'Table', rows: [{ cells: ['a', 0, expect.any(String)] }] },
      });
    });
  });

  describe('selectors', () => {
    test('an object that begins to match is added, one that stops is deleted', async () => {
      await freshNamespace();
      await create('a', { color: 'red' });
      await create('b');
      const watching = watch('&labelSelector=color%3Dred');
      await sees(watching, 'ADDED a');
      await label('b', { color: 'red' });
      await label('a', { color: 'blue' });
      await label('a', { size: 'xl' });
      await label('b', { size: 'xl' });
      await remove('a');
      await remove('b');
      await sees(watching, 'ADDED a', 'ADDED b', 'DELETED a', 'MODIFIED b', 'DELETED b');
      // The state that left the selection, at the version at which it left.
      expect(watching.events[2]!.object.metadata.labels).toEqual({ color: 'red' });
    });

    test('one name, by field and by the old path', async () => {
      await freshNamespace();
      const byField = watch('&fieldSelector=metadata.name%3Da');
      const old = server.watch(`/api/v1/watch/namespaces/${namespace}/configmaps/a`);
      open.push(old);
      await create('b');
      await create('a');
      await sees(byField, 'ADDED a');
      await sees(old, 'ADDED a');
    });
  });

  describe('the store', () => {
    test('may be killed: watches go on where they were', async () => {
      await freshNamespace();
      const watching = watch('');
      await create('a');
      await sees(watching, 'ADDED a');
      await store.stop('SIGKILL');
      await store.restart();
      await eventually('it takes writes again', () => create('b'), { everyMs: 50 });
      await sees(watching, 'ADDED a', 'ADDED b');
      expect(watching.ended).toBe(false);
    });

    test('compacted under a server that was away: the server lists again, and its watchers start again', async () => {
      await freshNamespace();
      const watching = watch('');
      await create('a');
      await sees(watching, 'ADDED a');
      // While the server cannot see it, the store moves on and forgets.
      process.kill(server.pid, 'SIGSTOP');
      await store.stop('SIGKILL');
      await store.restart();
      const etcd = store.client();
      const put = (name: string) => {
        const value = JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace } });
        return etcd.put({ key: `/registry/configmaps/${namespace}/${name}`, value });
      };
      await put('missed');
      const { header } = await put('b');
      await etcd.compact({ revision: header!.revision });
      etcd.close();
      process.kill(server.pid, 'SIGCONT');
      await eventually('the watch, which has missed something, ends', () => watching.ended);
      await eventually(
        'the server has what was written',
        async () => (await client.of(configmaps).get('b', namespace)).metadata.name === 'b',
      );
    });
  });

  test('a thousand watchers get one event', async () => {
    await freshNamespace();
    const many = Array.from({ length: 1000 }, () => watch(`&labelSelector=all`));
    await eventually('they are connected', () => many.every(({ status }) => status === 200));
    await create('a', { all: 'yes' });
    await eventually('all have it', () => many.every(({ events }) => events.length === 1));
  });

  test('a watcher that does not read is cut off, and holds up nobody', async () => {
    await freshNamespace();
    const read = (file: string): Buffer => readFileSync(server.pki(file));
    const stuck = connect({
      port: server.cluster.ports.apiserver,
      ca: read('ca.crt'),
      cert: read('admin.crt'),
      key: read('admin.key'),
    });
    stuck.on('error', () => undefined);
    await new Promise<void>((resolve) => stuck.once('secureConnect', resolve));
    stuck.pause();
    stuck.write(`GET /api/v1/namespaces/${namespace}/configmaps?watch=true HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    const registered = async (): Promise<number> => {
      const { text } = await server.raw('/metrics');
      return Number(/apiserver_registered_watchers\{[^}]*kind="ConfigMap"\} (\d+)/.exec(text)?.[1]);
    };
    await eventually('it is connected', async () => (await registered()) === 1);
    const others = watch('');
    const blob = 'x'.repeat(900_000);
    for (let i = 0; i < 40; i++) {
      await client.of(configmaps).create({ metadata: { name: `big-${i}`, namespace }, data: { blob } });
    }
    await eventually('the reader has everything', () => others.events.length === 40);
    await eventually('only the reader is left', async () => (await registered()) === 1);
    stuck.destroy();
  });

  test('a clean stop ends watches and the process', async () => {
    await freshNamespace();
    const watching = watch('');
    await eventually('it is connected', () => watching.status === 200);
    expect(await server.stop('SIGTERM')).toBe(0);
    await eventually('it ends', () => watching.ended);
  });
});
