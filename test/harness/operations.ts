/**
 * What Kubernetes' own tests of an API do with every kind: find it in discovery, then create, read, list, watch, patch, replace
 * and delete its objects, one by one and as a collection, and write each of its subresources that are the object itself.
 */
import { expect } from 'vitest';
import { apiVersionOf } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import type { KubeObject } from '../../api/types.ts';
import type { ApiServer } from './apiserver.ts';
import { eventually } from './eventually.ts';
import { exampleOf } from './example-objects.ts';

type Loose = KubeObject & Record<string, unknown>;

export interface Operations {
  /** What an object has besides its metadata. */
  content: object;
  /** What a PUT changes; an annotation when nothing else can be changed. */
  change?: object;
  /** By subresource: what is written to it, by a patch and by a PUT. */
  parts?: Record<string, [patched: object, replaced: object]>;
}

/** All operations on the kind, in Kubernetes' order. Objects are named after the kind. */
export async function expectOperations(server: ApiServer, given: unknown, operations: Operations): Promise<void> {
  const kind = given as AnyKind;
  const { content, change = {}, parts = {} } = operations;
  const { settled } = exampleOf(kind);
  await expectDiscovery(server, kind, Object.keys(parts));

  const client = server.client().of<Loose>(kind as never);
  const namespace = kind.namespaced ? 'default' : undefined;
  const mine = { labelSelector: `operations=${kind.plural}` };
  const [first, second, third] = ['a', 'b', 'c'].map((end) => `${kind.singular}-${end}`) as [string, string, string];
  const create = (name: string): Promise<Loose> => {
    const labels = { operations: kind.plural };
    return client.create({ metadata: { name, labels, ...(namespace && { namespace }) }, ...structuredClone(content) });
  };
  const named = async (scope?: string): Promise<string[]> =>
    (await client.list({ namespace: scope, ...mine })).items.map(({ metadata }) => metadata.name!).sort();

  const created = await create(first);
  expect(created).toMatchObject({ kind: kind.kind, apiVersion: apiVersionOf(kind), ...content });
  const read = await eventually('the server is done with it', async () => {
    const object = await client.get(first, namespace);
    return (settled?.(object) ?? true) && object;
  });
  expect(read).toEqual(settled ? { ...created, metadata: read.metadata, status: read['status'] } : created);
  await Promise.all([create(second), create(third)]);
  expect(await named(namespace)).toEqual([first, second, third]);
  expect(await named()).toEqual([first, second, third]);

  const { metadata } = await client.list({ namespace, ...mine });
  const query = new URLSearchParams({ watch: 'true', resourceVersion: metadata.resourceVersion!, ...mine });
  const watch = server.watch(`${client.path(namespace)}?${query}`);
  const told = (type: string, annotation?: string) =>
    eventually(`the watch tells ${type} ${annotation ?? ''}`, () =>
      watch.events.some(
        (event) =>
          event.type === type &&
          event.object.metadata.name === first &&
          (!annotation || event.object.metadata.annotations?.[annotation] !== undefined),
      ),
    );

  const patched = await client.patch(first, namespace, { metadata: { annotations: { patched: 'true' } } });
  expect(patched.metadata.annotations).toMatchObject({ patched: 'true' });
  expect(patched.metadata.generation).toBe(created.metadata.generation);
  await told('MODIFIED', 'patched');

  const current = await client.get(first, namespace);
  const annotations = { ...current.metadata.annotations, updated: 'true' };
  const updated = await client.update({ ...current, ...change, metadata: { ...current.metadata, annotations } });
  expect(updated).toMatchObject({ ...change, metadata: { annotations } });
  await told('MODIFIED', 'updated');

  for (const [part, [bySmall, byWhole]] of Object.entries(parts)) {
    const path = client.path(namespace, first, part);
    const read = async (): Promise<Loose> => JSON.parse((await server.raw(path)).text) as Loose;
    expect(await read()).toMatchObject({ kind: kind.kind, metadata: { name: first } });
    expect(await client.patch(first, namespace, bySmall, { subresource: part })).toMatchObject(bySmall);
    const answer = await server.raw(path, { method: 'PUT', body: JSON.stringify({ ...(await read()), ...byWhole }) });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, expect.objectContaining({ kind: kind.kind })]);
    expect(await client.get(first, namespace)).toMatchObject(byWhole);
  }

  await client.delete(first, namespace);
  await expect(client.get(first, namespace)).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
  await told('DELETED');
  watch.close();
  await client.deleteCollection({ namespace, ...mine });
  expect(await named(namespace)).toEqual([]);
}

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

interface Groups {
  groups: { name: string; versions: { version: string }[] }[];
}

interface Resources {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/** The kind is found on the way a client goes: from the groups to the group, to its version, to the resource. */
async function expectDiscovery(server: ApiServer, kind: AnyKind, parts: string[]): Promise<void> {
  const get = async <T>(path: string): Promise<T> => JSON.parse((await server.raw(path)).text) as T;
  const { group, version, plural, namespaced } = kind;
  const { groups } = await get<Groups>('/apis');
  const found = expect.objectContaining({ version });
  expect(groups).toContainEqual(expect.objectContaining({ name: group, versions: expect.arrayContaining([found]) }));
  expect(await get(`/apis/${group}`)).toMatchObject({ kind: 'APIGroup', name: group });
  const { resources } = await get<Resources>(`/apis/${group}/${version}`);
  const resource = (name: string): object | undefined => resources.find((r) => r.name === name);
  expect(resource(plural)).toMatchObject({ kind: kind.kind, namespaced, verbs });
  for (const part of parts) {
    expect(resource(`${plural}/${part}`)).toMatchObject({ kind: kind.kind, verbs: ['get', 'patch', 'update'] });
  }
}
