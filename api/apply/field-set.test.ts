import { describe, expect, test } from 'vitest';
import {
  difference,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  normalizeFieldSet,
  pathsOf,
  recursiveDifference,
  setOfPaths,
  showPath,
  union,
} from './field-set.ts';

/** `a.b` is the path of field b in field a. */
const path = (text: string): string[] => text.split('.').map((name) => `f:${name}`);
const set = (...texts: string[]): FieldSet => setOfPaths(...texts.map(path));
const show = (s: FieldSet): string[] => pathsOf(s).map((p) => showPath(p).slice(1));

describe('sets of fields', () => {
  test.each([
    ['apart', set('a'), set('b'), ['a', 'b'], [], ['a'], ['a']],
    ['the same', set('a.b', 'c'), set('a.b', 'c'), ['c', 'a.b'], ['c', 'a.b'], [], []],
    ['a parent and its child', set('a'), set('a.b'), ['a', 'a.b'], [], ['a'], ['a']],
    ['a child and its parent', set('a.b'), set('a'), ['a', 'a.b'], [], ['a.b'], []],
    ['parents with children', set('a', 'a.b'), set('a', 'a.c'), ['a', 'a.b', 'a.c'], ['a'], ['a.b'], []],
    ['a child of two', set('a.b', 'a.c'), set('a.b'), ['a.b', 'a.c'], ['a.b'], ['a.c'], ['a.c']],
    ['nothing', set('a'), set(), ['a'], [], ['a'], ['a']],
    ['with nothing', set(), set('a'), ['a'], [], [], []],
  ])('%s', (_what, a, b, all, both, first, outside) => {
    const before = structuredClone([a, b]);
    expect(show(union(a, b))).toEqual(all);
    expect(show(intersection(a, b))).toEqual(both);
    expect(show(difference(a, b))).toEqual(first);
    expect(show(recursiveDifference(a, b))).toEqual(outside);
    expect(isEmptySet(difference(a, b))).toBe(first.length === 0);
    expect([a, b]).toEqual(before);
  });

  test('are serialized as Kubernetes serializes them', () => {
    const image = ['f:spec', 'f:containers', 'k:{"name":"web"}', 'f:image'];
    const all = setOfPaths(
      ['f:spec', 'f:replicas'],
      image,
      image.slice(0, 3),
      ['f:finalizers', 'v:"a"'],
      ['f:list', 'i:0'],
    );
    expect(all).toEqual({
      'f:spec': { 'f:replicas': {}, 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } } },
      'f:finalizers': { 'v:"a"': {} },
      'f:list': { 'i:0': {} },
    });
    expect(pathsOf(all).map(showPath)).toEqual([
      '.finalizers[="a"]',
      '.list[0]',
      '.spec.replicas',
      '.spec.containers[name="web"]',
      '.spec.containers[name="web"].image',
    ]);
    expect(hasPath(all, image)).toBe(true);
    expect(hasPath(all, image.slice(0, 2))).toBe(false);
  });

  test('that a client gives are brought into our form', () => {
    const given = { 'f:a': { 'k:{"protocol": "TCP", "port":80}': {}, 'x:later': {} }, 'f:b': { '.': {} } };
    expect(normalizeFieldSet(given)).toEqual({ 'f:a': { 'k:{"port":80,"protocol":"TCP"}': {} }, 'f:b': {} });
  });

  test.each([
    ['a name without a kind', { spec: {} }, 'missing colon: spec'],
    ['too short', { f: {} }, 'key must be 2 characters long'],
    ['no index', { 'i:x': {} }, 'invalid syntax'],
    ['no JSON', { 'k:{': {} }, 'JSON'],
    ['not a map', { 'f:a': 1 }, 'expected a map'],
    ['a list', [], 'expected a map'],
  ])('%s is refused', (_what, given, message) => {
    expect(() => normalizeFieldSet(given)).toThrow(message);
  });
});
