import { describe, expect, test } from 'vitest';
import { strategicMergePatch } from './strategic-merge.ts';

const pod = 'io.k8s.api.core.v1.Pod';
const deployment = 'io.k8s.api.apps.v1.Deployment';
const spec = (value: unknown) => ({ spec: value });

describe('strategic merge patch', () => {
  const web = { name: 'web', image: 'nginx:1', env: [{ name: 'A', value: '1' }] };
  const log = { name: 'log', image: 'busybox' };

  test.each<[what: string, object: unknown, patch: unknown, result: unknown]>([
    ['merges fields', { a: 1, b: { c: 1, d: 2 } }, { b: { c: 9 } }, { a: 1, b: { c: 9, d: 2 } }],
    [
      'null deletes',
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { a: null } } },
      { metadata: { labels: { b: '2' } } },
    ],
    ['null of an absent field is nothing', {}, { metadata: { labels: { a: null } } }, { metadata: { labels: {} } }],
    [
      'merges list items by key',
      spec({ containers: [web, log] }),
      spec({ containers: [{ name: 'web', image: 'nginx:2' }] }),
      spec({ containers: [{ ...web, image: 'nginx:2' }, log] }),
    ],
    [
      'a new item goes before what only the server has',
      spec({ containers: [web] }),
      spec({ containers: [log] }),
      spec({ containers: [log, web] }),
    ],
    [
      'deletes an item',
      spec({ containers: [web, log] }),
      spec({ containers: [{ name: 'web', $patch: 'delete' }] }),
      spec({ containers: [log] }),
    ],
    [
      'replaces a list',
      spec({ containers: [web, log] }),
      spec({ containers: [{ $patch: 'replace' }, { name: 'new', image: 'x' }] }),
      spec({ containers: [{ name: 'new', image: 'x' }] }),
    ],
    [
      'replaces an object',
      spec({ securityContext: { runAsUser: 1, fsGroup: 2 } }),
      spec({ securityContext: { runAsUser: 3, $patch: 'replace' } }),
      spec({ securityContext: { runAsUser: 3 } }),
    ],
    [
      'empties an object',
      spec({ securityContext: { runAsUser: 1 } }),
      spec({ securityContext: { $patch: 'delete' } }),
      spec({ securityContext: {} }),
    ],
    [
      'replaces an atomic list',
      spec({ tolerations: [{ key: 'a' }, { key: 'b' }] }),
      spec({ tolerations: [{ key: 'c' }] }),
      spec({ tolerations: [{ key: 'c' }] }),
    ],
    [
      'adds to a list of scalars',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { finalizers: ['b', 'c'] } },
      { metadata: { finalizers: ['a', 'b', 'c'] } },
    ],
    [
      'removes from a list of scalars',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    [
      'orders elements',
      spec({ containers: [web, log] }),
      spec({
        '$setElementOrder/containers': [{ name: 'log' }, { name: 'web' }],
        containers: [{ name: 'web', image: 'nginx:3' }],
      }),
      spec({ containers: [log, { ...web, image: 'nginx:3' }] }),
    ],
    [
      'merges nested lists',
      spec({ containers: [web] }),
      spec({ containers: [{ name: 'web', env: [{ name: 'B', value: '2' }] }] }),
      spec({
        containers: [
          {
            ...web,
            env: [
              { name: 'B', value: '2' },
              { name: 'A', value: '1' },
            ],
          },
        ],
      }),
    ],
    ['leaves unknown fields to the check that follows', spec({}), spec({ foo: [{ a: 1 }] }), spec({ foo: [{ a: 1 }] })],
  ])('%s', (_what, object, patch, result) => {
    const before = structuredClone([object, patch]);
    expect(strategicMergePatch(object, patch, pod)).toEqual(result);
    expect([object, patch]).toEqual(before);
  });

  test('$retainKeys clears the other keys', () => {
    const object = spec({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } });
    const patch = spec({ strategy: { $retainKeys: ['type'], type: 'Recreate' } });
    expect(strategicMergePatch(object, patch, deployment)).toEqual(spec({ strategy: { type: 'Recreate' } }));
  });

  test.each([
    ['an item without its key', spec({ containers: [{ image: 'x' }] }), 'does not contain declared merge key: name'],
    ['an unknown directive', spec({ securityContext: { $patch: 'explode' } }), 'Unknown patch type found: explode'],
    ['a patch that is no object', [], 'error decoding patch'],
  ])('%s is refused', (_what, patch, message) => {
    expect(() => strategicMergePatch(spec({ containers: [web] }), patch, pod)).toThrow(message);
  });
});
