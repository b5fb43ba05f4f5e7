import { describe, expect, test } from 'vitest';
import type { AnyKind } from '../../api/kinds/all.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import { builtInType } from '../../api/object-type.ts';
import type { KubeObject } from '../../api/types.ts';
import { Entry } from '../cache/entry.ts';
import { WatchCache } from '../cache/watch-cache.ts';
import type { Resource } from './resource.ts';
import { Resources } from './resources.ts';
import { encodeStored, isStoredOtherwise, viewOf, viewsOf } from './view.ts';

type Thing = KubeObject & { size?: number; length?: number };

const kind = (version: string, plural = 'things'): AnyKind =>
  ({ ...configmaps, group: 'example.com', version, kind: 'Thing', plural }) as unknown as AnyKind;

/** v2 says `length` where v1, which is stored, says `size`. */
function versions(asynchronous = false) {
  const storage = { prefix: '/registry/example.com/things/', cache: new WatchCache() };
  const type = builtInType(configmaps.schema);
  let asked = 0;
  const v1: Resource = { kind: kind('v1'), type, ...storage };
  const v2: Resource = {
    kind: kind('v2'),
    type,
    ...storage,
    conversion: {
      stored: v1.kind,
      toServed: (objects) => {
        asked += objects.length;
        const served = (objects as Thing[]).map(({ size, ...rest }) => ({ ...rest, length: size! }) as Thing);
        return asynchronous ? Promise.resolve(served) : served;
      },
      toStored: ({ length, ...rest }: Thing) => ({ ...rest, size: length }) as Thing,
    },
  };
  return { v1, v2, asked: () => asked };
}

const stored = (name: string, size: number, revision: number): Entry =>
  new Entry(
    name,
    revision,
    Buffer.from(JSON.stringify({ kind: 'Thing', apiVersion: 'example.com/v1', metadata: { name }, size })),
  );

describe.each([false, true])('a converted version (asynchronous: %s)', (asynchronous) => {
  test('shows stored objects as its own, once for each', async () => {
    const { v2, asked } = versions(asynchronous);
    const [a, b, c] = [stored('a', 1, 5), stored('b', 2, 6), stored('c', 3, 7)];
    const first = await viewsOf(v2, [a, b]);
    const second = await viewsOf(v2, [c, a, b]);
    expect(second.map(({ object }) => object)).toEqual(
      [
        ['c', 3, '7'],
        ['a', 1, '5'],
        ['b', 2, '6'],
      ].map(([name, length, resourceVersion]) => ({
        kind: 'Thing',
        apiVersion: 'example.com/v2',
        metadata: { name, resourceVersion },
        length,
      })),
    );
    expect(second[1]).toBe(first[0]);
    expect(asked()).toBe(3);
  });

  test('is written in the stored version', async () => {
    const { v2 } = versions(asynchronous);
    const { object } = await viewOf(v2, stored('a', 1, 5));
    expect(JSON.parse(await encodeStored(v2, object))).toEqual({
      kind: 'Thing',
      apiVersion: 'example.com/v1',
      metadata: { name: 'a' },
      size: 1,
    });
  });
});

test('the stored version needs no conversion', async () => {
  const { v1, v2 } = versions();
  const entry = stored('a', 1, 5);
  expect(await viewOf(v1, entry)).toBe(entry);
  expect(isStoredOtherwise(v1, entry)).toBe(false);
  expect(isStoredOtherwise(v2, entry)).toBe(false);
  const newer: Resource = { ...v2, conversion: { ...v2.conversion!, stored: v2.kind } };
  expect(isStoredOtherwise(newer, entry)).toBe(true);
});

test('resources come and go', () => {
  const { v1, v2 } = versions();
  const resources = new Resources([v1]);
  const before = resources.version;
  expect(resources.find('example.com', 'v2', 'things')).toBeUndefined();
  resources.replace([], [v2]);
  expect(resources.version).not.toBe(before);
  expect(resources.find('example.com', 'v2', 'things')).toBe(v2);
  expect(resources.must('example.com', 'things')).toBe(v1);
  expect(resources.caches()).toEqual([v1.cache]);
  expect(resources.locate('/registry/example.com/things/default/a')).toEqual({ cache: v1.cache, key: 'default/a' });
  resources.replace([v1, v2], []);
  expect(resources.all()).toEqual([]);
  expect(resources.locate('/registry/example.com/things/default/a')).toBeUndefined();
  expect(() => resources.must('example.com', 'things')).toThrow('is not served');
});

test('the longest prefix decides whose a key is', () => {
  const services = { ...versions().v1, prefix: '/registry/services/specs/', cache: new WatchCache() };
  const endpoints = {
    ...versions().v1,
    kind: kind('v1', 'endpoints'),
    prefix: '/registry/services/endpoints/',
    cache: new WatchCache(),
  };
  const resources = new Resources([services, endpoints]);
  expect(resources.locate('/registry/services/endpoints/default/a')?.cache).toBe(endpoints.cache);
  expect(resources.locate('/registry/services/specs/default/a')?.cache).toBe(services.cache);
  expect(resources.locate('/registry/services/other/default/a')).toBeUndefined();
});
