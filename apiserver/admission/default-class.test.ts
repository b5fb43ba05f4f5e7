import { expect, test } from 'vitest';
import { Entry } from '../cache/entry.ts';
import { WatchCache } from '../cache/watch-cache.ts';
import { defaultClass } from './default-class.ts';

const cacheOf = (...classes: [name: string, created: string, value?: string][]): WatchCache => {
  const cache = new WatchCache();
  const entries = classes.map(([name, creationTimestamp, value]) => {
    const metadata = { name, creationTimestamp, annotations: value === undefined ? {} : { 'is-default': value } };
    return new Entry(name, 1, Buffer.from(JSON.stringify({ kind: 'C', apiVersion: 'v1', metadata })));
  });
  cache.replace(entries, 1);
  return cache;
};

test.each<[string, Parameters<typeof cacheOf>, string | undefined]>([
  ['none', [['a', '2030-01-01T00:00:00Z']], undefined],
  [
    'one that says so',
    [
      ['a', '2030-01-01T00:00:00Z'],
      ['b', '2030-01-01T00:00:00Z', 'true'],
    ],
    'b',
  ],
  ['not one that says no', [['a', '2030-01-01T00:00:00Z', 'false']], undefined],
  [
    'the newest',
    [
      ['a', '2030-01-01T00:00:00Z', 'true'],
      ['b', '2031-01-01T00:00:00Z', 'true'],
    ],
    'b',
  ],
  [
    'the first by name',
    [
      ['b', '2030-01-01T00:00:00Z', 'true'],
      ['a', '2030-01-01T00:00:00Z', 'true'],
    ],
    'a',
  ],
])('%s', (_, classes, expected) => expect(defaultClass(cacheOf(...classes), ['is-default'])).toBe(expected));
