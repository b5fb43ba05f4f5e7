import { expect, test } from 'vitest';
import type { AnyKind } from '../../api/kinds/all.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import type { KubeObject } from '../../api/types.ts';
import { Entry } from '../cache/entry.ts';
import { type Frame, WatchCache } from '../cache/watch-cache.ts';
import type { Selection } from '../registry/selection.ts';
import { negotiate } from '../request/negotiate.ts';
import { frameFormat } from './frames.ts';
import { WatchFigures } from './metrics.ts';
import type { WatchStream } from './stream.ts';
import { Watcher } from './watcher.ts';

const kind = configmaps as unknown as AnyKind;
const all: Selection = { keyPrefix: '', selective: false, matches: () => true };
const red: Selection = {
  ...all,
  selective: true,
  matches: ({ object }) => object.metadata.labels?.['color'] === 'red',
};

const put = (name: string, revision: number, color = 'red') => {
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, labels: { color } } };
  return { key: name, revision, entry: new Entry(name, revision, Buffer.from(JSON.stringify(object))) };
};
const gone = (name: string, revision: number) => ({ key: name, revision, entry: undefined });

/** Keeps what it is sent, write by write. */
function recorder() {
  const writes: (readonly Frame[])[] = [];
  const sent: (() => void)[] = [];
  const stream: WatchStream & { pendingBytes: number; destroyed: boolean } = {
    pendingBytes: 0,
    destroyed: false,
    closed: new Promise<void>(() => undefined),
    send(frames, done) {
      writes.push([...frames]);
      if (done) sent.push(done);
    },
    end: () => undefined,
    destroy() {
      stream.destroyed = true;
    },
  };
  const shown = () =>
    writes.flat().map(({ line }) => {
      const { type, object } = JSON.parse(line.toString()) as { type: string; object: KubeObject };
      return `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`;
    });
  return { stream, writes, sent, shown };
}

const flushed = (): Promise<unknown> => new Promise(setImmediate);

function watching(cache: WatchCache, selection: Selection, accept?: string) {
  const recorded = recorder();
  const format = frameFormat(kind, negotiate(accept), 'Metadata');
  const figures = new WatchFigures();
  const watcher = new Watcher(recorded.stream, selection, format, 0, figures);
  cache.subscribe(watcher);
  return { ...recorded, watcher, figures };
}

test('an event is encoded once for all who see it in the same way', async () => {
  const cache = new WatchCache();
  cache.replace([], 1);
  const watchers = [all, all, red, red].map((selection) => watching(cache, selection));
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const tables = [watching(cache, all, table), watching(cache, all, table)];
  cache.apply([put('a', 2)]);
  cache.apply([put('a', 3, 'blue')]);
  await flushed();
  const [first, second, third, fourth] = watchers.map(({ writes }) => writes.flat());
  expect(first![0]).toBe(second![0]);
  expect(first![0]).toBe(third![0]);
  // What one keeps is changed for it; those whom it leaves share that as well.
  expect(first![1]).toBe(second![1]);
  expect(third![1]).toBe(fourth![1]);
  expect(watchers.map(({ shown }) => shown())).toEqual([
    ['ADDED a 2', 'MODIFIED a 3'],
    ['ADDED a 2', 'MODIFIED a 3'],
    ['ADDED a 2', 'DELETED a 3'],
    ['ADDED a 2', 'DELETED a 3'],
  ]);
  expect(tables[0]!.writes.flat()[0]).toBe(tables[1]!.writes.flat()[0]);
});

test('a chunk is the line as a piece of an HTTP body', async () => {
  const cache = new WatchCache();
  cache.replace([], 1);
  const { writes } = watching(cache, all);
  cache.apply([put('é', 2)]);
  await flushed();
  const { chunk, line } = writes[0]![0]!;
  expect(chunk.toString()).toBe(`${line.length.toString(16)}\r\n${line.toString()}\r\n`);
});

test('what comes at one moment leaves in one write', async () => {
  const cache = new WatchCache();
  cache.replace([], 1);
  const { writes, shown } = watching(cache, all);
  cache.apply([put('a', 2), put('b', 3)]);
  cache.apply([gone('a', 4)]);
  expect(writes).toEqual([]);
  await flushed();
  expect(writes).toHaveLength(1);
  expect(shown()).toEqual(['ADDED a 2', 'ADDED b 3', 'DELETED a 4']);
});

test('a client that does not read is cut off', async () => {
  const cache = new WatchCache();
  cache.replace([], 1);
  const { stream } = watching(cache, all);
  const other = watching(cache, all);
  cache.apply([put('a', 2)]);
  await flushed();
  expect(stream.destroyed).toBe(false);
  stream.pendingBytes = 17 * 1024 * 1024;
  cache.apply([put('a', 3)]);
  await flushed();
  expect([stream.destroyed, other.stream.destroyed]).toEqual([true, false]);
});

test('what is there comes as fast as the client reads; changes wait for it', async () => {
  const cache = new WatchCache();
  const big = (name: string, revision: number) => {
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name }, data: { x: 'x'.repeat(100_000) } };
    return new Entry(name, revision, Buffer.from(JSON.stringify(object)));
  };
  cache.replace(
    Array.from({ length: 8 }, (_, i) => big(`big-${i}`, 1)),
    1,
  );
  const { watcher, writes, sent, shown, stream } = watching(cache, all);
  watcher.initial(cache.list(), 1);
  watcher.bookmark(1, true);
  cache.apply([put('later', 2)]);
  await flushed();
  expect(writes).toHaveLength(1);
  while (sent.length > 0) sent.shift()!();
  expect(writes.map(({ length }) => length)).toEqual([3, 3, 2, 2]);
  expect(shown().slice(-3)).toEqual(['ADDED big-7 1', 'BOOKMARK undefined 1', 'ADDED later 2']);
  // A client that has not read what was there, and for which too many changes wait.
  const stuck = watching(cache, all);
  stuck.watcher.initial(cache.list(), 2);
  for (let revision = 3; revision < 180; revision++) {
    cache.apply([{ key: 'big-0', revision, entry: big('big-0', revision) }]);
  }
  await flushed();
  expect([stream.destroyed, stuck.stream.destroyed]).toEqual([false, true]);
});
