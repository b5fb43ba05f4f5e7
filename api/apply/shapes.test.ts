import { describe, expect, test } from 'vitest';
import { builtInShape } from './built-in-shape.ts';
import { compare } from './compare.ts';
import { type FieldSet, pathsOf, setOfPaths, showPath } from './field-set.ts';
import { merge } from './merge.ts';
import { reconcile } from './reconcile.ts';
import { removeFields } from './remove-fields.ts';
import type { Shape } from './shape.ts';
import { structuralShape } from './structural-shape.ts';
import { toFieldSet } from './to-field-set.ts';

const show = (set: FieldSet): string[] => pathsOf(set).map(showPath);

const service = builtInShape('io.k8s.api.core.v1.Service');
const pod = builtInShape('io.k8s.api.core.v1.Pod');
const custom = structuralShape({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        mixed: { 'x-kubernetes-int-or-string': true },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        plain: { type: 'array', items: { type: 'string' } },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name', 'kind'],
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              kind: { type: 'string', default: 'a' },
              value: { type: 'integer' },
            },
          },
        },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        atomic: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { x: { type: 'string' } } },
        loose: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
      },
    },
  },
});

describe('the fields of an object', () => {
  const cases: [string, Shape, object, string[]][] = [
    [
      'scalars and maps',
      pod,
      { metadata: { labels: { a: '1' } }, spec: { hostNetwork: true } },
      ['.metadata.labels.a', '.spec.hostNetwork'],
    ],
    [
      'items by key, atomic lists and objects as a whole',
      pod,
      {
        spec: {
          containers: [
            {
              name: 'web',
              command: ['a', 'b'],
              env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
            },
          ],
        },
      },
      [
        '.spec.containers[name="web"]',
        '.spec.containers[name="web"].command',
        '.spec.containers[name="web"].name',
        '.spec.containers[name="web"].env[name="X"]',
        '.spec.containers[name="web"].env[name="X"].name',
        '.spec.containers[name="web"].env[name="X"].valueFrom.secretKeyRef',
      ],
    ],
    [
      'several keys, one by default',
      service,
      { spec: { ports: [{ port: 80 }], selector: { app: 'web' } } },
      ['.spec.selector', '.spec.ports[port=80,protocol="TCP"]', '.spec.ports[port=80,protocol="TCP"].port'],
    ],
    [
      'sets',
      pod,
      { metadata: { finalizers: ['a/b', 'c/d'] } },
      ['.metadata.finalizers[="a/b"]', '.metadata.finalizers[="c/d"]'],
    ],
    [
      'empty objects and nulls',
      pod,
      { spec: { securityContext: {}, hostname: null, volumes: [{ name: 'v', emptyDir: {} }] } },
      [
        '.spec.hostname',
        '.spec.securityContext',
        '.spec.volumes[name="v"]',
        '.spec.volumes[name="v"].emptyDir',
        '.spec.volumes[name="v"].name',
      ],
    ],
    [
      'items that are there twice, as one',
      pod,
      {
        spec: {
          containers: [
            { name: 'a', image: 'x' },
            { name: 'a', image: 'y' },
          ],
        },
      },
      ['.spec.containers[name="a"]'],
    ],
    [
      'a custom resource',
      custom,
      {
        spec: {
          size: 1,
          mixed: '5%',
          tags: ['t'],
          plain: ['p'],
          parts: [{ name: 'n', value: 2 }],
          labels: { l: 'v' },
          atomic: { x: 'y' },
          loose: { deep: { list: [1] } },
          template: { metadata: { labels: { z: '1' } }, more: { m: 1 } },
        },
      },
      [
        '.spec.atomic',
        '.spec.mixed',
        '.spec.plain',
        '.spec.size',
        '.spec.labels.l',
        '.spec.loose.deep',
        '.spec.loose.deep.list',
        '.spec.parts[kind="a",name="n"]',
        '.spec.parts[kind="a",name="n"].name',
        '.spec.parts[kind="a",name="n"].value',
        '.spec.tags[="t"]',
        '.spec.template.more',
        '.spec.template.metadata.labels.z',
        '.spec.template.more.m',
      ],
    ],
    [
      'an object without a schema',
      structuralShape(undefined),
      { metadata: { labels: { a: '1' } }, spec: { list: [{ x: 1 }], n: { m: 1 } } },
      ['.spec', '.metadata.labels.a', '.spec.list', '.spec.n', '.spec.n.m'],
    ],
  ];
  test.each(cases)('%s', (_what, shape, object, fields) => {
    expect(show(toFieldSet(shape, object))).toEqual(fields);
  });
});

describe('what differs between two objects', () => {
  const differing: [string, Shape, object, object, { removed?: string[]; modified?: string[]; added?: string[] }][] = [
    ['nothing', pod, { spec: { hostname: 'a' } }, { spec: { hostname: 'a' } }, {}],
    ['a value', pod, { spec: { hostname: 'a' } }, { spec: { hostname: 'b' } }, { modified: ['.spec.hostname'] }],
    [
      'fields',
      pod,
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { b: '2', c: '3' } } },
      { removed: ['.metadata.labels.a'], added: ['.metadata.labels.c'] },
    ],
    [
      'a new map with what is in it; spec is always there',
      pod,
      {},
      { metadata: { labels: { a: '1' } }, spec: { hostname: 'h' } },
      { added: ['.metadata.labels', '.metadata.labels.a', '.spec.hostname'] },
    ],
    [
      'an atomic list',
      pod,
      { spec: { tolerations: [{ key: 'a' }] } },
      { spec: { tolerations: [{ key: 'b' }] } },
      { modified: ['.spec.tolerations'] },
    ],
    ['an emptied list', pod, { spec: { tolerations: [] } }, { spec: {} }, { removed: ['.spec.tolerations'] }],
    [
      'items, wherever they stand',
      pod,
      { spec: { containers: [{ name: 'a' }, { name: 'b', image: '1' }] } },
      { spec: { containers: [{ name: 'b', image: '2' }, { name: 'c' }] } },
      {
        removed: ['.spec.containers[name="a"]', '.spec.containers[name="a"].name'],
        modified: ['.spec.containers[name="b"].image'],
        added: ['.spec.containers[name="c"]', '.spec.containers[name="c"].name'],
      },
    ],
    [
      'duplicates that come',
      pod,
      { spec: { containers: [{ name: 'a' }] } },
      { spec: { containers: [{ name: 'a' }, { name: 'a' }] } },
      {
        removed: ['.spec.containers[name="a"]', '.spec.containers[name="a"].name'],
        added: ['.spec.containers[name="a"]'],
      },
    ],
    [
      'a schemaless value that is of another kind',
      custom,
      { spec: { loose: { a: { b: 1 } } } },
      { spec: { loose: { a: [1] } } },
      { modified: ['.spec.loose.a'], removed: ['.spec.loose.a.b'] },
    ],
  ];
  test.each(differing)('%s', (_what, shape, a, b, { removed = [], modified = [], added = [] }) => {
    const found = compare(shape, a, b);
    expect({ removed: show(found.removed), modified: show(found.modified), added: show(found.added) }).toEqual({
      removed,
      modified,
      added,
    });
  });

  test('ignored fields do not count', () => {
    const ignored = setOfPaths(['f:status'], ['f:metadata', 'f:labels']);
    const found = compare(
      pod,
      {},
      { metadata: { labels: { a: '1' }, annotations: { b: '2' } }, status: { phase: 'x' } },
      ignored,
    );
    expect(show(found.added)).toEqual(['.metadata.annotations', '.metadata.annotations.b']);
  });
});

describe('merging lists', () => {
  const containers = (text: string): object => ({ spec: { containers: [...text].map((name) => ({ name })) } });
  const order = (object: unknown): string =>
    (object as { spec: { containers: { name: string }[] } }).spec.containers.map(({ name }) => name).join('');
  test.each([
    ['', 'abc', 'abc'],
    ['abc', '', 'abc'],
    ['abc', 'c', 'abc'],
    ['abc', 'ca', 'bca'],
    ['abc', 'xa', 'xabc'],
    ['abc', 'cda', 'bcda'],
    ['ab', 'ba', 'ba'],
    ['abcd', 'db', 'acdb'],
    ['aab', 'b', 'aab'],
  ])('%s with %s is %s', (live, config, merged) => {
    expect(order(merge(pod, containers(live), containers(config)))).toBe(merged);
  });

  test('sets', () => {
    const tags = (...list: string[]) => ({ spec: { tags: list } });
    expect(merge(custom, tags('a', 'b'), tags('b', 'c'))).toEqual(tags('a', 'b', 'c'));
  });

  test('values inside of items, atomic ones as a whole, null over a map', () => {
    const live = {
      spec: { containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }], selector: { a: '1' } },
    };
    const config = { spec: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] } };
    expect(merge(pod, live, config)).toEqual({
      spec: {
        ...live.spec,
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
        ],
      },
    });
    expect(merge(service, { spec: { selector: { a: '1' } } }, { spec: { selector: { b: '2' } } })).toEqual({
      spec: { selector: { b: '2' } },
    });
    expect(merge(pod, { metadata: { labels: { a: '1' } } }, { metadata: { labels: null } })).toEqual({
      metadata: { labels: { a: '1' } },
    });
  });
});

describe('removing fields', () => {
  const object = {
    metadata: { labels: { a: '1', b: '2' }, finalizers: ['x', 'y'] },
    spec: { containers: [{ name: 'c', image: 'i' }, { name: 'd' }], tolerations: [{ key: 'k' }] },
  };
  test('fields, items of maps, lists and sets; what is emptied goes', () => {
    const set = setOfPaths(
      ['f:metadata', 'f:labels', 'f:a'],
      ['f:metadata', 'f:finalizers', 'v:"x"'],
      ['f:metadata', 'f:finalizers', 'v:"y"'],
      ['f:spec', 'f:containers', 'k:{"name":"c"}', 'f:image'],
      ['f:spec', 'f:containers', 'k:{"name":"d"}'],
      ['f:spec', 'f:tolerations'],
    );
    const before = structuredClone(object);
    expect(removeFields(pod, object, set)).toEqual({
      metadata: { labels: { b: '2' } },
      spec: { containers: [{ name: 'c' }] },
    });
    expect(object).toEqual(before);
  });
});

describe('a type that has changed', () => {
  test('what has become atomic has one owner', () => {
    const old = setOfPaths(
      ['f:spec', 'f:atomic', 'f:x'],
      ['f:spec', 'f:size'],
      ['f:spec', 'f:plain', 'v:"a"'],
      ['f:spec', 'f:plain'],
    );
    expect(show(reconcile(custom, old))).toEqual(['.spec.atomic', '.spec.plain', '.spec.size']);
    const now = setOfPaths(['f:spec', 'f:atomic'], ['f:spec', 'f:size']);
    expect(reconcile(custom, now)).toBe(now);
  });
});
