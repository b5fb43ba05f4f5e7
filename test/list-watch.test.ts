/**
 * Lists and watches as clients see them, on our store and on a real etcd: which revision a list shows, pages and what becomes of
 * them when the store forgets, and what watches are told.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { configmaps } from '../api/kinds/configmaps.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import type { ConfigMap, KubeObject, List, Status } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer, type OpenWatch, type RawAnswer, type WatchedEvent } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const etcdPort = 25_620;
const serverPort = 25_622;

describe.each(backends(etcdPort))('on $name', ({ start }) => {
  let store: EtcdServer;
  let server: ApiServer;
  let client: RestClient;
  let count = 0;
  let namespace: string;
  let path: string;
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
    namespace = `lw${count++}`;
    path = `/api/v1/namespaces/${namespace}/configmaps`;
    await client.of(namespaces).create({ metadata: { name: namespace } });
  }

  const create = (name: string, labels: Record<string, string> = {}): Promise<ConfigMap> =>
    client.of(configmaps).create({ metadata: { name, namespace, labels } });
  const createMany = (prefix: string, many: number): Promise<unknown> =>
    Promise.all(Array.from({ length: many }, (_, i) => create(`${prefix}${String(i).padStart(2, '0')}`)));
  const change = (name: string, data: Record<string, string>): Promise<ConfigMap> =>
    client.of(configmaps).patch(name, namespace, { data }, { type: 'merge' });
  const label = (name: string, labels: Record<string, string | null>): Promise<ConfigMap> =>
    client.of(configmaps).patch(name, namespace, { metadata: { labels } }, { type: 'merge' });
  const remove = (name: string): Promise<unknown> => client.of(configmaps).delete(name, namespace);
  const versionOf = ({ metadata }: KubeObject): string => metadata.resourceVersion!;

  const ask = (query: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
    server.raw(`${path}?${query}`, { headers });
  async function list(query = ''): Promise<List & { metadata: { continue?: string; remainingItemCount?: number } }> {
    const { status, text } = await ask(query);
    expect(status, text).toBe(200);
    return JSON.parse(text) as List;
  }
  async function refusal(query: string): Promise<Status> {
    const { text } = await ask(query);
    return JSON.parse(text) as Status;
  }
  const names = ({ items }: List): string[] => items.map(({ metadata }) => metadata.name!);

  function watch(query: string, headers?: Record<string, string>): OpenWatch {
    const opened = server.watch(`${path}?watch=true&${query}`, headers);
    open.push(opened);
    return opened;
  }
  const shown = ({ type, object }: WatchedEvent): string => `${type} ${object.metadata?.name ?? ''}`.trim();
  const sees = (opened: { events: WatchedEvent[] }, ...expected: string[]): Promise<unknown> =>
    eventually(
      `the watch sees ${expected.join(', ')}`,
      () => {
        expect(opened.events.map(shown)).toEqual(expected);
        return true;
      },
      { everyMs: 10 },
    );

  describe('which revision a list shows', () => {
    let old: string;
    let newest: string;
    beforeAll(async () => {
      await freshNamespace();
      await create('a');
      old = versionOf(await create('b'));
      newest = versionOf(await create('c'));
    });

    // RV: the version of b; 0, and a version that is far away.
    test.each([
      ['', ['a', 'b', 'c']],
      ['resourceVersion=0', ['a', 'b', 'c']],
      ['resourceVersion=0&limit=1', ['a', 'b', 'c']],
      ['resourceVersion=0&resourceVersionMatch=NotOlderThan', ['a', 'b', 'c']],
      ['resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=2', ['a', 'b', 'c']],
      ['resourceVersion=RV', ['a', 'b', 'c']],
      ['resourceVersion=RV&resourceVersionMatch=NotOlderThan', ['a', 'b', 'c']],
      ['resourceVersion=RV&resourceVersionMatch=NotOlderThan&limit=2', ['a', 'b']],
      ['resourceVersion=RV&resourceVersionMatch=Exact', ['a', 'b']],
      ['resourceVersion=RV&resourceVersionMatch=Exact&limit=1', ['a']],
      ['resourceVersion=RV&limit=5', ['a', 'b']],
      ['limit=2', ['a', 'b']],
    ])('%s', async (query, expected) => {
      const found = await list(query.replace('RV', old));
      expect(names(found)).toEqual(expected);
      const exact = query.includes('Exact') || query === 'resourceVersion=RV&limit=5';
      if (exact) expect(found.metadata.resourceVersion).toBe(old);
      else expect(Number(found.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(newest));
    });

    const forbidden = 'ListOptions.meta.k8s.io "" is invalid: ';
    test.each([
      [
        'resourceVersionMatch=Exact',
        `${forbidden}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
      ],
      [
        'resourceVersionMatch=Exact&resourceVersion=0',
        `${forbidden}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
      ],
      [
        'resourceVersionMatch=Newest&resourceVersion=1',
        `${forbidden}resourceVersionMatch: Unsupported value: "Newest": supported values: "", "Exact", "NotOlderThan"`,
      ],
      [
        'resourceVersionMatch=Exact&resourceVersion=1&continue=x',
        `${forbidden}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided`,
      ],
      ['sendInitialEvents=true', `${forbidden}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`],
      [
        'watch=true&sendInitialEvents=true',
        `${forbidden}resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
      ],
      [
        'watch=true&resourceVersionMatch=NotOlderThan',
        `${forbidden}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`,
      ],
    ])('%s is refused', async (query, message) => {
      expect(await refusal(query)).toMatchObject({ code: 422, reason: 'Invalid', message });
    });

    const notValid = 'invalid continue token: continue key is not valid';
    test.each([
      ['continue=RVTOKEN&resourceVersion=5', 'specifying resource version is not allowed when using continue'],
      ['continue=e30', `${notValid}: server does not recognize this encoded version`],
      [`continue=${token({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' })}`, `${notValid}: incorrect encoded start`],
      [`continue=${token({ v: 'meta.k8s.io/v1', rv: 3, start: '' })}`, `${notValid}: encoded start key empty`],
      [`continue=${token({ v: 'meta.k8s.io/v1', rv: 3, start: '../secrets' })}`, `${notValid}: ../secrets`],
      ['continue=bm9uc2Vuc2U', notValid],
      ['resourceVersion=x', 'strconv.ParseUint: parsing "x": invalid syntax'],
      ['limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ])('%s is a bad request', async (query, message) => {
      expect(await refusal(query)).toMatchObject({ code: 400, message: expect.stringContaining(message) });
    });

    test('a version that is not there yet is waited for, and then refused', async () => {
      const tooNew = {
        code: 504,
        reason: 'Timeout',
        message: expect.stringMatching(/^Timeout: Too large resource version: 99999999, current: \d+$/),
        details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
      };
      const [listed, exact, got, watched] = await Promise.all([
        refusal('resourceVersion=99999999'),
        refusal('resourceVersion=99999999&resourceVersionMatch=Exact'),
        server.raw(`${path}/a?resourceVersion=99999999`),
        ask(
          'watch=true&resourceVersion=99999999&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=9',
        ),
      ]);
      expect(listed).toMatchObject(tooNew);
      expect(exact).toMatchObject(tooNew);
      expect(JSON.parse(got.text)).toMatchObject(tooNew);
      expect([watched.status, JSON.parse(watched.text)]).toMatchObject([200, { type: 'ERROR', object: tooNew }]);
    });
  });

  function token(content: object): string {
    return Buffer.from(JSON.stringify(content)).toString('base64url');
  }

  describe('pages', () => {
    const next = ({ metadata }: { metadata: { continue?: string } }): string =>
      `continue=${encodeURIComponent(metadata.continue!)}`;

    test('conformance: API Chunking, server should return chunks of results for list calls', async () => {
      await freshNamespace();
      await createMany('m-', 40);
      const found: string[] = [];
      let page = await list('limit=17');
      const { resourceVersion } = page.metadata;
      for (;;) {
        found.push(...names(page));
        expect(page.metadata.resourceVersion).toBe(resourceVersion);
        const left = 40 - found.length;
        expect(page.metadata.remainingItemCount).toBe(left || undefined);
        if (!page.metadata.continue) break;
        // What changes meanwhile is not seen.
        await create(`m-${found.length}-new`);
        page = await list(`limit=17&${next(page)}`);
      }
      expect(found).toHaveLength(40);
      expect(found.every((name) => !name.endsWith('-new'))).toBe(true);
      expect(names(await list())).toHaveLength(42);
    });

    test('conformance: API Chunking, server should support continue listing from the last key even if the original version has been compacted away', async () => {
      await freshNamespace();
      await createMany('m-', 40);
      const first = await list('limit=10');
      await remove('m-05');
      await remove('m-15');
      await create('m-15b');
      const etcd = store.client();
      await etcd.compact({ revision: Number(versionOf(await create('m-99'))) });
      etcd.close();

      const expired = await refusal(`limit=10&${next(first)}`);
      expect(expired).toMatchObject({
        code: 410,
        reason: 'Expired',
        message: expect.stringMatching(
          /^The provided continue parameter is too old to display a consistent list result/,
        ),
        metadata: { continue: expect.any(String) },
      });
      const second = await list(`limit=10&${next(expired as { metadata: { continue?: string } })}`);
      expect(names(second).slice(4, 7)).toEqual(['m-14', 'm-15b', 'm-16']);
      expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
      // From here on it is one moment again.
      await remove('m-30');
      const rest = await list(next(second));
      expect(names(rest)).toContain('m-30');
      expect([...names(first), ...names(second), ...names(rest)]).toHaveLength(41);

      const exact = `resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`;
      expect(await refusal(exact)).toMatchObject({
        code: 410,
        reason: 'Expired',
        message: 'The resourceVersion for the provided list is too old.',
      });
      // At least that new is not exactly that.
      expect(names(await list(`resourceVersion=${first.metadata.resourceVersion}`))).toHaveLength(39);
    });

    test('of what a selector chooses: nobody counts what remains', async () => {
      await freshNamespace();
      for (const name of ['a', 'b', 'c', 'd', 'e']) await create(name, { odd: String('ace'.includes(name)) });
      const first = await list('limit=2&labelSelector=odd%3Dtrue');
      expect([names(first), first.metadata.remainingItemCount]).toEqual([['a', 'c'], undefined]);
      const second = await list(`limit=2&labelSelector=odd%3Dtrue&${next(first)}`);
      expect([names(second), second.metadata.continue]).toEqual([['e'], undefined]);
    });

    test('a collection is deleted page by page, and by selector', async () => {
      await freshNamespace();
      await createMany('m-', 12);
      await label('m-11', { keep: 'yes' });
      const { text } = await server.raw(`${path}?labelSelector=keep!%3Dyes&limit=5`, { method: 'DELETE' });
      const deleted = JSON.parse(text) as List;
      expect(names(deleted)).toHaveLength(5);
      expect(names(await list())).toHaveLength(7);
      await server.raw(`${path}?labelSelector=keep!%3Dyes`, { method: 'DELETE' });
      expect(names(await list())).toEqual(['m-11']);
    });
  });

  describe('watches', () => {
    test('conformance: watch-configmaps-with-multiple-watchers', async () => {
      await freshNamespace();
      const a = watch('labelSelector=watch%3Da');
      const b = watch('labelSelector=watch%3Db');
      const both = watch('labelSelector=watch%20in%20(a,b)');
      await eventually('they are connected', () => [a, b, both].every(({ status }) => status === 200));
      await create('one', { watch: 'a' });
      await change('one', { mutation: '1' });
      await remove('one');
      await create('two', { watch: 'b' });
      await remove('two');
      await sees(a, 'ADDED one', 'MODIFIED one', 'DELETED one');
      await sees(b, 'ADDED two', 'DELETED two');
      await sees(both, 'ADDED one', 'MODIFIED one', 'DELETED one', 'ADDED two', 'DELETED two');
      expect((a.events[1]!.object as unknown as ConfigMap).data).toEqual({ mutation: '1' });
    });

    test('conformance: watch-configmaps-from-resource-version', async () => {
      await freshNamespace();
      await create('a');
      const first = await change('a', { mutation: '1' });
      await change('a', { mutation: '2' });
      await remove('a');
      await sees(watch(`resourceVersion=${versionOf(first)}`), 'MODIFIED a', 'DELETED a');
    });

    test('conformance: watch-configmaps-closed-and-restarted', async () => {
      await freshNamespace();
      const first = watch('');
      await eventually('it is connected', () => first.status === 200);
      await create('a');
      await change('a', { mutation: '1' });
      await sees(first, 'ADDED a', 'MODIFIED a');
      first.close();
      await change('a', { mutation: '2' });
      await remove('a');
      await sees(watch(`resourceVersion=${versionOf(first.events[1]!.object)}`), 'MODIFIED a', 'DELETED a');
    });

    test('conformance: watch-configmaps-label-changed', async () => {
      await freshNamespace();
      const watching = watch('labelSelector=watch%3Dyes');
      await eventually('it is connected', () => watching.status === 200);
      await create('a', { watch: 'yes' });
      await change('a', { mutation: '1' });
      const away = await label('a', { watch: 'no' });
      await change('a', { mutation: '2' });
      await label('a', { watch: 'yes' });
      await change('a', { mutation: '3' });
      await remove('a');
      await sees(watching, 'ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a', 'MODIFIED a', 'DELETED a');
      // What left is shown as it was, at the version at which it left.
      const left = watching.events[2]!.object;
      expect([versionOf(left), left.metadata.labels]).toEqual([versionOf(away), { watch: 'yes' }]);
      expect((watching.events[3]!.object as unknown as ConfigMap).data).toEqual({ mutation: '2' });
    });

    test('conformance: watch-consistency — watches from every event see the same order while others write', async () => {
      await freshNamespace();
      const from = (await list()).metadata.resourceVersion!;
      const first = watch(`resourceVersion=${from}`);
      const writer = async (id: number): Promise<void> => {
        for (let round = 0; round < 10; round++) {
          await create(`w${id}`);
          await change(`w${id}`, { round: String(round) });
          await remove(`w${id}`);
        }
      };
      const writing = Promise.all([0, 1, 2, 3].map(writer));
      await eventually('it has begun', () => first.events.length > 10);
      const others = first.events
        .slice(0, 10)
        .map(({ object }) => [versionOf(object), watch(`resourceVersion=${versionOf(object)}`)] as const);
      await writing;
      await eventually('the first has all', () => first.events.length === 120);
      const versions = first.events.map(({ object }) => versionOf(object));
      expect(versions).toEqual([...versions].sort((a, b) => Number(a) - Number(b)));
      for (const [version, other] of others) {
        const expected = versions.slice(versions.indexOf(version) + 1);
        await eventually('it has the rest', () => other.events.length === expected.length);
        expect(other.events.map(({ object }) => versionOf(object))).toEqual(expected);
      }
    });

    const streaming = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    test.each([
      ['', ['ADDED a', 'ADDED b']],
      ['resourceVersion=0', ['ADDED a', 'ADDED b']],
      ['resourceVersion=RV', ['ADDED b']],
      [streaming, ['ADDED a', 'ADDED b', 'BOOKMARK']],
      [`${streaming}&resourceVersion=0`, ['ADDED a', 'ADDED b', 'BOOKMARK']],
      [`${streaming}&resourceVersion=RV`, ['ADDED a', 'ADDED b', 'BOOKMARK']],
      [`${streaming}&labelSelector=no%3Done`, ['BOOKMARK']],
      ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan', ['ADDED a', 'ADDED b']],
      ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan', []],
      ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0', []],
      ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=RV', ['ADDED b']],
    ])('begin with what was asked for: %s', async (query, expected) => {
      await freshNamespace();
      const a = await create('a');
      const b = await create('b');
      const watching = watch(query.replace('RV', versionOf(a)));
      await sees(watching, ...expected);
      const last = watching.events.at(-1);
      if (last?.type === 'BOOKMARK') {
        expect(last.object).toMatchObject({
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
        });
        expect(Number(versionOf(last.object))).toBeGreaterThanOrEqual(Number(versionOf(b)));
      }
      await eventually('it is connected', () => watching.status === 200);
      if (query.includes('no%3Done')) return;
      await create('c');
      await sees(watching, ...expected, 'ADDED c');
    });

    test('as tables: the columns are told once, bookmarks carry their version', async () => {
      await freshNamespace();
      await create('a');
      const watching = watch(streaming, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
      await eventually('both', () => watching.events.length === 2);
      await create('b');
      await eventually('all', () => watching.events.length === 3);
      const tables = watching.events.map(({ type, object }) => {
        const { columnDefinitions, rows } = object as unknown as {
          columnDefinitions: unknown[];
          rows: { cells: unknown[]; object: KubeObject }[];
        };
        return [type, object.kind, columnDefinitions.length, rows[0]!.cells[0], rows[0]!.object.kind];
      });
      expect(tables).toEqual([
        ['ADDED', 'Table', 3, 'a', 'PartialObjectMetadata'],
        ['BOOKMARK', 'Table', 0, undefined, 'PartialObjectMetadata'],
        ['ADDED', 'Table', 0, 'b', 'PartialObjectMetadata'],
      ]);
      expect(watching.events[1]!.object.rows![0]).toMatchObject({
        object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
      });
    });

    test('as metadata alone', async () => {
      await freshNamespace();
      await create('a', { color: 'red' });
      const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
      const watching = watch(streaming, { accept });
      await sees(watching, 'ADDED a', 'BOOKMARK');
      for (const { object } of watching.events) {
        expect(object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
        expect(object).not.toHaveProperty('data');
      }
      expect(watching.events[0]!.object.metadata.labels).toEqual({ color: 'red' });
    });

    test('as a WebSocket: an event a message', async () => {
      await freshNamespace();
      await create('a');
      const read = (file: string): Buffer => readFileSync(server.pki(file));
      const socket = new WebSocket(`${server.url.replace('https', 'wss')}${path}?watch=true`, {
        ca: read('ca.crt'),
        cert: read('admin.crt'),
        key: read('admin.key'),
      });
      const events: WatchedEvent[] = [];
      socket.on('message', (data, binary) => {
        expect(binary).toBe(false);
        events.push(JSON.parse(String(data)) as WatchedEvent);
      });
      await sees({ events }, 'ADDED a');
      await remove('a');
      await sees({ events }, 'ADDED a', 'DELETED a');
      socket.close();
      const refused = new WebSocket(`${server.url.replace('https', 'wss')}${path}?watch=true&labelSelector=a=b=c`, {
        ca: read('ca.crt'),
        cert: read('admin.crt'),
        key: read('admin.key'),
      });
      const status = await new Promise((resolve) => {
        refused.on('unexpected-response', (_request, answer) => resolve(answer.statusCode));
        refused.on('error', () => undefined);
      });
      expect(status).toBe(400);
    });

    test('of one object, by field and by the old path, which must agree', async () => {
      await freshNamespace();
      const old = `/api/v1/watch/namespaces/${namespace}/configmaps/a`;
      const byField = watch('fieldSelector=metadata.name%3Da');
      const byPath = server.watch(old);
      const everywhere = server.watch('/api/v1/watch/configmaps?fieldSelector=metadata.name%3Da&resourceVersion=0');
      open.push(byPath, everywhere);
      await eventually('they are connected', () => [byField, byPath, everywhere].every(({ status }) => status === 200));
      await create('b');
      await create('a');
      for (const opened of [byField, byPath, everywhere]) {
        await eventually('it is told', () => opened.events.map(shown).includes('ADDED a'));
        expect(opened.events.map(shown)).not.toContain('ADDED b');
      }
      const { text } = await server.raw(`${old}?fieldSelector=metadata.name%3Db`);
      expect(JSON.parse(text)).toMatchObject({
        code: 400,
        message: "fieldSelector metadata.name doesn't match requested name",
      });
    });

    test('from a version that is still to come: nothing until then', async () => {
      await freshNamespace();
      const now = Number(versionOf(await create('a')));
      const watching = watch(`resourceVersion=${now + 2}`);
      await eventually('it is connected', () => watching.status === 200);
      for (const name of ['b', 'c', 'd']) await create(name);
      await eventually('it has the last', () => watching.events.map(shown).includes('ADDED d'));
      expect(watching.events.every(({ object }) => Number(versionOf(object)) > now + 2)).toBe(true);
    });
  });
});
