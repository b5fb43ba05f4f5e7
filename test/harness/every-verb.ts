/**
 * What the conformance list asks of the API of a kind: it is in discovery, and takes every verb, each of which a watcher sees.
 * Objects are the kind's examples. Each check fails with what it was about.
 */
import { expect } from 'vitest';
import { apiVersionOf, pathOfGroupVersion } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import type { KubeObject } from '../../api/types.ts';
import type { ApiServer } from './apiserver.ts';
import { eventually } from './eventually.ts';
import { exampleOf } from './example-objects.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const words = ['alpha', 'beta', 'gamma'] as const;

/** The kinds of the declarations, whatever their objects. */
export const anyKind = (kind: unknown): AnyKind => kind as AnyKind;

/** Runs through the life of three objects of the kind. */
export async function acceptEveryVerb(server: ApiServer, declared: unknown): Promise<void> {
  const kind = anyKind(declared);
  const { content, status, called } = exampleOf(kind);
  const namespace = kind.namespaced ? 'default' : undefined;
  const labelSelector = `every-verb=${kind.plural}`;
  const objects = server.client().of(kind);
  await findInDiscovery(server, kind);

  const made: KubeObject[] = [];
  for (const word of words) {
    const { name, content: own = content } = called?.(word) ?? { name: word };
    const metadata = { name, namespace, labels: { 'every-verb': kind.plural } };
    made.push(await objects.create({ metadata, ...structuredClone(own) }));
  }
  const [first, , last] = made.map(({ metadata }) => metadata.name!) as [string, string, string];
  expect((await objects.get(first, namespace)).metadata.uid, 'get').toBe(made[0]!.metadata.uid);
  const listed = await objects.list({ namespace, labelSelector });
  expect(listed.items, 'list').toHaveLength(words.length);
  expect((await objects.list({ labelSelector })).items, 'list everywhere').toHaveLength(words.length);

  const { resourceVersion } = listed.metadata;
  const query = `watch=true&labelSelector=${encodeURIComponent(labelSelector)}&resourceVersion=${resourceVersion}`;
  const watch = server.watch(`${objects.path(namespace)}?${query}`);
  const seen = (type: string, name: string, annotation?: string): Promise<unknown> =>
    eventually(`a watcher has seen ${name} ${type} ${annotation ?? ''}`, () =>
      watch.events.some(
        ({ type: was, object: { metadata } }) =>
          was === type &&
          metadata.name === name &&
          (annotation === undefined || metadata.annotations?.[annotation] === 'yes'),
      ),
    );
  const annotate = (annotation: string) => ({ metadata: { annotations: { [annotation]: 'yes' } } });

  await objects.patch(first, namespace, annotate('patched'));
  await seen('MODIFIED', first, 'patched');
  const { metadata, ...rest } = await objects.get(first, namespace);
  const annotations = { ...metadata.annotations, updated: 'yes' };
  const updated = await objects.update({ ...rest, metadata: { ...metadata, annotations } });
  expect(updated.metadata.annotations, 'update').toEqual({ patched: 'yes', updated: 'yes' });
  await seen('MODIFIED', first, 'updated');

  if (kind.status) {
    expect(status, 'an example of a status').toBeDefined();
    const { name } = (await server.client().json<KubeObject>({ path: objects.path(namespace, last, 'status') }))
      .metadata;
    expect(name, 'get of the status').toBe(last);
    const patch = { ...annotate('status-patched'), status };
    expect(await objects.patch(last, namespace, patch, { subresource: 'status' })).toMatchObject(patch);
    await seen('MODIFIED', last, 'status-patched');
    const old = (await objects.get(last, namespace)) as KubeObject & { status: object };
    const written = await objects.updateStatus({
      ...old,
      metadata: { ...old.metadata, annotations: { ...old.metadata.annotations, 'status-updated': 'yes' } },
    });
    expect((written as KubeObject & { status: object }).status, 'update of the status').toEqual(old.status);
    await seen('MODIFIED', last, 'status-updated');
  }

  const atOnce = { gracePeriodSeconds: 0, propagationPolicy: 'Background' as const };
  await objects.delete(first, namespace, atOnce);
  await seen('DELETED', first);
  await expect(objects.get(first, namespace), 'a deleted object').rejects.toMatchObject({ code: 404 });
  await objects.deleteCollection({ namespace, labelSelector }, atOnce);
  await seen('DELETED', last);
  expect((await objects.list({ namespace, labelSelector })).items, 'after deletecollection').toEqual([]);
  watch.close();
}

/** The group, its version and the resource with its verbs, each in the document where clients look for it. */
async function findInDiscovery(server: ApiServer, kind: AnyKind): Promise<void> {
  const ask = async <T>(path: string): Promise<T> => server.client().json<T>({ path });
  if (kind.group) {
    const { groups } = await ask<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>('/apis');
    const versions = groups.find(({ name }) => name === kind.group)?.versions ?? [];
    expect(versions.map(({ groupVersion }) => groupVersion)).toContain(apiVersionOf(kind));
    expect(await ask(`/apis/${kind.group}`)).toMatchObject({ kind: 'APIGroup', name: kind.group });
  }
  const { resources } = await ask<{ resources: { name: string; kind: string; verbs: string[] }[] }>(
    `/${pathOfGroupVersion(kind)}`,
  );
  expect(resources).toContainEqual(expect.objectContaining({ name: kind.plural, kind: kind.kind, verbs }));
  if (!kind.status) return;
  const verbsOfStatus = ['get', 'patch', 'update'];
  expect(resources).toContainEqual(expect.objectContaining({ name: `${kind.plural}/status`, verbs: verbsOfStatus }));
}
