/** Every verb on every kind, as its declaration says, on an apiserver on our store and on a real etcd. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersionOf, pathOfGroupVersion } from '../api/kind.ts';
import { type AnyKind, allKinds } from '../api/kinds/all.ts';
import { jobs } from '../api/kinds/jobs.ts';
import { loadSchema } from '../api/schema.ts';
import type { Job, KubeObject, List } from '../api/types.ts';
import { ApiServer, type RawAnswer } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { exampleOf } from './harness/example-objects.ts';

type Loose = KubeObject & Record<string, unknown> & { spec?: { replicas?: number } };

let store: EtcdServer;
let server: ApiServer;

/** What is not stored has tests of its own. */
const storedKinds = allKinds.filter(({ unstored }) => !unstored);

describe.each(backends(24_690))('on $name', ({ start }) => {
  beforeAll(async () => {
    store = await start();
    server = await ApiServer.start(store.endpoint, 24_693);
  });

  afterAll(async () => {
    await server?.remove();
    await store?.remove();
  });

  describe.each(storedKinds.map((kind) => [apiVersionOf(kind), kind.plural, kind] as const))('%s %s', (_, __, kind) =>
    everyVerb(kind),
  );
  describe('jobs', ofJobs);
});

function everyVerb(kind: AnyKind): void {
  const example = exampleOf(kind);
  const status = example.called?.('one').status ?? example.status;
  /** What an object has which these tests call by a word. */
  const called = (word: string): { name: string; content: object; status?: object } => ({
    name: word,
    content: example.content,
    ...example.called?.(word),
  });
  const real = (word: string): string => called(word).name;
  const set = { 'kinds-test': kind.plural };
  const mine = `labelSelector=kinds-test%3D${kind.plural}`;
  const collection = `/${pathOfGroupVersion(kind)}/${kind.namespaced ? 'namespaces/default/' : ''}${kind.plural}`;
  const at = (name: string, subresource = '') => `${collection}/${real(name)}${subresource && `/${subresource}`}`;
  const named = (name: string): object => ({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: real(name), labels: set },
    ...structuredClone(called(name).content),
  });

  async function ask<T = Loose>(method: string, path: string, body?: unknown, type = 'json'): Promise<T & RawAnswer> {
    const bytes = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'content-type': `application/${type}`, 'content-length': String(Buffer.byteLength(bytes)) };
    const answer = await server.raw(path, { method, headers, body: bytes, keepAlive: true });
    return { ...(JSON.parse(answer.text) as T), status: answer.status, headers: answer.headers, text: answer.text };
  }
  const create = (name: string) => ask('POST', collection, named(name));
  const read = async (name: string): Promise<Loose> =>
    JSON.parse((await server.raw(at(name), { keepAlive: true })).text) as Loose;
  const list = (query = mine) => ask<List>('GET', `${collection}?${query}`);
  const words = new Map(['one', 'two', 'three', 'dry'].map((word) => [real(word), word]));
  const names = ({ items }: List): string[] => items.map(({ metadata }) => words.get(metadata.name!) ?? metadata.name!);
  /** Nothing else finishes a delete here, so it must not wait for a collector. */
  const now = { propagationPolicy: 'Background', gracePeriodSeconds: 0 };

  test('create: as it was sent, with what the server sets', async () => {
    const answer = await create('one');
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    expect(answer.kind).toBe(kind.kind);
    expect(answer.apiVersion).toBe(apiVersionOf(kind));
    expect(JSON.parse(answer.text)).toMatchObject(called('one').content);
    expect(answer.metadata).toMatchObject({ name: real('one'), uid: expect.any(String), labels: set });
    const raised = kind.generation ?? loadSchema().mustType(kind.schema).fields.has('spec');
    expect(answer.metadata.generation).toBe(raised ? 1 : undefined);
    expect(await create('one')).toMatchObject({ code: 409, reason: 'AlreadyExists' });
    await eventually('the server is done with it', async () => example.settled?.(await read('one')) ?? true);
  });

  test('a write of what nothing acts on is warned of, and only that', async () => {
    const { headers } = await ask('PATCH', at('one'), { metadata: { annotations: { a: '1' } } }, 'merge-patch+json');
    const warnings = String(headers['warning'] ?? '');
    const always = kind.deprecation ? `299 - ${JSON.stringify(kind.deprecation)}` : '';
    if (kind.inert) expect(warnings).toContain(`${kind.kind} is stored and served, but nothing in this cluster acts`);
    else expect(warnings).toBe(always);
    expect(String((await list()).headers['warning'] ?? '')).toBe(always);
  });

  test('get, and 404', async () => {
    expect(await ask('GET', at('one'))).toMatchObject({ status: 200, metadata: { name: real('one') } });
    const message = `${kind.group ? `${kind.plural}.${kind.group}` : kind.plural} "${real('none')}" not found`;
    expect(await ask('GET', at('none'))).toMatchObject({ code: 404, reason: 'NotFound', message });
  });

  test('list, by label and by field', async () => {
    await create('two');
    const all = await list();
    expect([all.kind, all.apiVersion, names(all)]).toEqual([`${kind.kind}List`, apiVersionOf(kind), ['one', 'two']]);
    expect(names(await list(`${mine}&fieldSelector=metadata.name%3D${real('two')}`))).toEqual(['two']);
    expect(await list('fieldSelector=metadata.colour%3Dred')).toMatchObject({ code: 400 });
    for (const [field, get] of Object.entries(kind.fieldSelectors ?? {})) {
      const value = get(await read('two'));
      const selector = encodeURIComponent(`${field}=${value},metadata.name=${real('two')}`);
      expect([field, names(await list(`fieldSelector=${selector}`))]).toEqual([field, ['two']]);
      expect(names(await list(`fieldSelector=${encodeURIComponent(`${field}=no-such-value`)}`))).toEqual([]);
    }
  });

  test('a PUT names the version where it must, and creates where it may', async () => {
    const { metadata, ...content } = await read('two');
    const unversioned = await ask('PUT', at('two'), { ...content, metadata: { ...metadata, resourceVersion: '' } });
    const message = expect.stringContaining(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
    expect(unversioned).toMatchObject(kind.versionedUpdate ? { code: 422, message } : { status: 200 });
    const put = await ask('PUT', at('dry'), named('dry'));
    expect(put.status).toBe(kind.createOnUpdate ? 201 : 404);
    if (kind.createOnUpdate) expect((await ask('DELETE', at('dry'), now)).status).toBe(200);
  });

  test('pages', async () => {
    const pages: List[] = [await list(`${mine}&limit=1`)];
    expect(names(pages[0]!)).toEqual(['one']);
    // A page may be empty: more objects follow, of which none is selected.
    while (pages.at(-1)!.metadata.continue) {
      const token = encodeURIComponent(pages.at(-1)!.metadata.continue!);
      pages.push(await list(`${mine}&limit=1&continue=${token}`));
    }
    expect(pages.flatMap(names)).toEqual(['one', 'two']);
  });

  test('update, and one that came too late', async () => {
    const old = await read('one');
    const changed = { ...old, metadata: { ...old.metadata, labels: { ...old.metadata.labels, changed: 'yes' } } };
    expect(await ask('PUT', at('one'), changed)).toMatchObject({
      status: 200,
      metadata: { labels: { changed: 'yes' } },
    });
    expect((await read('one')).metadata.generation).toBe(old.metadata.generation);
    expect(await ask('PUT', at('one'), changed)).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  test.each([
    ['merge-patch+json', { metadata: { labels: { patch: 'merge' } } }, 'merge'],
    ['strategic-merge-patch+json', { metadata: { labels: { patch: 'strategic' } } }, 'strategic'],
    ['json-patch+json', [{ op: 'replace', path: '/metadata/labels/patch', value: 'json' }], 'json'],
  ])('%s', async (type, patch, expected) => {
    expect(await ask('PATCH', at('one'), patch, type)).toMatchObject({
      status: 200,
      metadata: { labels: { ...set, changed: 'yes', patch: expected } },
    });
    expect((await read('one')).metadata.labels).toMatchObject({ patch: expected });
  });

  test('status changes through its subresource alone', async () => {
    if (!kind.status) return expect(await ask('GET', at('one', 'status'))).toMatchObject({ code: 404 });
    expect(status, 'the example has a status').toBeDefined();
    const old = await read('one');
    const full = { ...old, spec: undefined, status };
    expect(await ask('PUT', at('one', 'status'), full)).toMatchObject({ status: expect.anything() });
    const written = await read('one');
    expect(written['status']).toMatchObject(status!);
    expect([written.spec, written.metadata.generation]).toEqual([old.spec, old.metadata.generation]);
    await ask('PATCH', at('one'), { status: null, metadata: { labels: { tried: 'status' } } }, 'merge-patch+json');
    expect((await read('one'))['status']).toEqual(written['status']);
    const patch = await ask('PATCH', at('one', 'status'), { status }, 'merge-patch+json');
    expect(JSON.parse(patch.text).status).toMatchObject(status!);
  });

  test('scale', async () => {
    if (!kind.scale) return expect(await ask('GET', at('one', 'scale'))).toMatchObject({ code: 404 });
    const scale = await ask('PATCH', at('one', 'scale'), { spec: { replicas: 3 } }, 'merge-patch+json');
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    expect((await read('one')).spec?.replicas).toBe(3);
  });

  test('a dry run says what would be, and does nothing', async () => {
    const before = await read('one');
    expect(await ask('POST', `${collection}?dryRun=All`, named('dry'))).toMatchObject({ status: 201 });
    expect(await ask('GET', at('dry'))).toMatchObject({ code: 404 });
    const patch = { metadata: { labels: { dry: 'run' } } };
    expect(await ask('PATCH', `${at('one')}?dryRun=All`, patch, 'merge-patch+json')).toMatchObject({
      metadata: { labels: { dry: 'run' } },
    });
    expect((await ask('DELETE', `${at('one')}?dryRun=All`, now)).status).toBe(200);
    expect(await read('one')).toEqual(before);
  });

  test('Table', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { text } = await server.raw(`${collection}?${mine}`, { headers: { accept } });
    const table = JSON.parse(text) as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
    const columns = (kind.columns ?? [{ name: 'Name' }, { name: 'Created At' }]).map(({ name }) => name);
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(columns);
    expect(table.rows).toHaveLength(2);
    for (const { cells } of table.rows) expect(cells).toHaveLength(columns.length);
  });

  test('unknown fields are refused where asked', async () => {
    const body = { ...named('strict'), colour: 'red' };
    expect(await ask('POST', `${collection}?fieldValidation=Strict`, body)).toMatchObject({
      code: 400,
      message: expect.stringContaining('unknown field "colour"'),
    });
  });

  test('watch: what is, what comes, what goes; then the collection is deleted', async () => {
    const { metadata } = await list();
    const watch = server.watch(`${collection}?watch=true&${mine}&resourceVersion=${metadata.resourceVersion}`);
    await create('three');
    await ask('PATCH', at('three'), { metadata: { labels: { seen: 'yes' } } }, 'merge-patch+json');
    expect(await deleteOne('three')).toBe(true);
    const told = () =>
      watch.events.filter(({ object }) => object.metadata.name === real('three')).map(({ type }) => type);
    await eventually('the watch has told all', () => told().slice(2).includes(lastEvent));
    expect(told().slice(0, 2)).toEqual(['ADDED', 'MODIFIED']);
    watch.close();

    const answer = await ask<List>('DELETE', `${collection}?${mine}`, now);
    if (kind.deleteCollection === false) {
      expect(answer).toMatchObject({ code: 405 });
      for (const name of ['one', 'two']) expect(await deleteOne(name)).toBe(true);
      // What waits for a finalizer may still be there.
    } else expect(names(answer).filter((name) => name !== 'three')).toEqual(['one', 'two']);
    if (!kind.finalizers) expect(names(await list())).toEqual([]);
  });

  test('server-side apply: creates, does nothing the second time, conflicts, takes away', async () => {
    const to = (part: string, manager: string) => `${at('four', part)}?fieldManager=${manager}`;
    const apply = (manager: string, config: object, part = '') =>
      ask('PATCH', to(part, manager), config, 'apply-patch+yaml');
    const { content } = called('four');
    const type = { apiVersion: apiVersionOf(kind), kind: kind.kind };
    const config = (labels: object, more: object = content) => ({
      ...type,
      metadata: { name: real('four'), labels },
      ...more,
    });
    const created = await apply('first', config(set));
    expect([created.status, created.text]).toEqual([201, expect.any(String)]);
    expect(created.metadata.managedFields).toMatchObject([
      { manager: 'first', operation: 'Apply', apiVersion: type.apiVersion },
    ]);
    // The server reports in the status of a definition meanwhile.
    await eventually('a second time changes nothing', async () => {
      const { resourceVersion } = (await read('four')).metadata;
      return (await apply('first', config(set))).metadata.resourceVersion === resourceVersion;
    });
    expect((await apply('first', config({ ...set, by: 'first' }))).metadata.labels).toMatchObject({ by: 'first' });
    expect(await apply('second', config({ by: 'second' }, {}))).toMatchObject({
      code: 409,
      message: 'Apply failed with 1 conflict: conflict with "first": .metadata.labels.by',
    });
    expect((await apply('first', config(set))).metadata.labels).not.toHaveProperty('by');
    if (kind.status) {
      const own = called('four').status ?? status!;
      const applied = await apply('third&force=true', config({}, { status: own }), 'status');
      expect(JSON.parse(applied.text).status).toMatchObject(own);
      const entries = applied.metadata.managedFields ?? [];
      expect(entries.find(({ manager }) => manager === 'third')).toMatchObject({ subresource: 'status' });
    }
    expect(await deleteOne('four')).toBe(true);
  });

  /** A kind with finalizers outside of its metadata waits for whoever removes them, and only says that it goes. */
  const lastEvent = kind.finalizers ? 'MODIFIED' : 'DELETED';
  async function deleteOne(name: string): Promise<boolean> {
    const answer = await ask('DELETE', at(name), now);
    if (kind.finalizers) return answer.text.includes('deletionTimestamp');
    const read = await server.raw(at(name), { keepAlive: true });
    return answer.status === 200 && read.status === 404;
  }
}

function ofJobs(): void {
  const collection = '/apis/batch/v1/namespaces/default/jobs';
  const job = (metadata: object) => JSON.stringify({ metadata, ...exampleOf(jobs as unknown as AnyKind).content });
  const post = async (metadata: object): Promise<Job> => {
    const { text } = await server.raw(collection, { method: 'POST', body: job(metadata) });
    return JSON.parse(text) as Job;
  };

  test('a generated name is in the labels of the pods', async () => {
    const { metadata, spec } = await post({ generateName: 'gen-' });
    expect(metadata.name).toMatch(/^gen-/);
    expect(spec?.template.metadata?.labels).toMatchObject({
      'job-name': metadata.name,
      'controller-uid': metadata.uid,
    });
  });

  test('a delete that does not say what becomes of the pods leaves them, and says so', async () => {
    await post({ name: 'kept' });
    const { headers } = await server.raw(`${collection}/kept`, { method: 'DELETE' });
    expect(headers['warning']).toContain('child pods are preserved by default when jobs are deleted');
    const { text } = await server.raw(`${collection}/kept`);
    expect((JSON.parse(text) as Job).metadata).toMatchObject({
      finalizers: ['orphan'],
      deletionTimestamp: expect.any(String),
    });
  });
}
