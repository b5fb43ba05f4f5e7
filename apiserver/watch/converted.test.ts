import { expect, test } from 'vitest';
import type { AnyKind } from '../../api/kinds/all.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import { builtInType } from '../../api/object-type.ts';
import type { KubeObject } from '../../api/types.ts';
import { Entry } from '../cache/entry.ts';
import { type Change, WatchCache } from '../cache/watch-cache.ts';
import type { Resource } from '../registry/resource.ts';
import { ConvertedWatch } from './converted.ts';
import type { WatchSink } from './watcher.ts';

const entry = (name: string, revision: number): Entry =>
  new Entry(name, revision, Buffer.from(JSON.stringify({ kind: 'A', apiVersion: 'v1', metadata: { name } })));
const change = (name: string, revision: number, previous?: Entry): Change => ({
  revision,
  deleted: false,
  entry: entry(name, revision),
  previous,
  frames: new Map(),
});

function resourceWith(toServed: (objects: readonly KubeObject[]) => Promise<readonly KubeObject[]>): Resource {
  const kind = configmaps as unknown as AnyKind;
  return {
    kind,
    type: builtInType(kind.schema),
    prefix: '/registry/configmaps/',
    cache: new WatchCache(),
    conversion: { stored: kind, toServed, toStored: (object) => object },
  };
}

/** Notes what it is told. */
function recorder() {
  const told: string[] = [];
  const sink: WatchSink = {
    initial: (entries, revision) => told.push(`initial ${entries.map(({ key }) => key).join()} ${revision}`),
    changed: (changes) => told.push(...changes.map((c) => `changed ${c.entry.key} ${c.previous?.revision ?? '-'}`)),
    bookmark: (revision, end) => told.push(`bookmark ${revision} ${end}`),
    lost: () => told.push('lost'),
  };
  return { told, sink };
}

test('order is kept, however long a conversion takes', async () => {
  const waiting: (() => void)[] = [];
  const slow = (objects: readonly KubeObject[]) =>
    new Promise<readonly KubeObject[]>((resolve) => waiting.push(() => resolve(objects.map((o) => ({ ...o })))));
  const { told, sink } = recorder();
  const watch = new ConvertedWatch(resourceWith(slow), sink);
  watch.initial([entry('a', 1)], 1);
  watch.bookmark(1, true);
  watch.changed([change('b', 2), change('a', 3, entry('a', 1))]);
  watch.bookmark(3, false);
  expect(told).toEqual([]);
  while (told.length < 5) {
    waiting.shift()?.();
    await new Promise(setImmediate);
  }
  expect(told).toEqual(['initial a 1', 'bookmark 1 true', 'changed b -', 'changed a 1', 'bookmark 3 false']);
});

test('what is served as it is stored is the same change for every watcher', async () => {
  const { sink } = recorder();
  const seen: Change[][] = [];
  const watch = new ConvertedWatch(
    resourceWith(async (objects) => objects),
    { ...sink, changed: (changes) => seen.push(changes) },
  );
  const changes = [change('a', 2, entry('a', 1))];
  watch.changed(changes);
  await new Promise(setImmediate);
  expect(seen[0]![0]).toBe(changes[0]);
});

test('a conversion that fails ends the watch', async () => {
  const { told, sink } = recorder();
  const watch = new ConvertedWatch(
    resourceWith(() => Promise.reject(new Error('no'))),
    sink,
  );
  watch.changed([change('a', 2)]);
  await new Promise(setImmediate);
  expect(told).toEqual(['lost']);
});
