import { describe, expect, test } from 'vitest';
import type { JsonObject } from './json.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMergePatch } from './strategic-merge.ts';
import { createThreeWayJsonMergePatch, createThreeWayMergePatch } from './three-way.ts';

const deployment = 'io.k8s.api.apps.v1.Deployment';
const template = (containers: unknown[], extra: JsonObject = {}): JsonObject => ({
  spec: { template: { spec: { containers, ...extra } } },
});

describe('three-way strategic patch', () => {
  const web = { name: 'web', image: 'nginx:1' };
  const live = { ...web, imagePullPolicy: 'IfNotPresent' };

  test('nothing changed gives an empty patch', () => {
    expect(createThreeWayMergePatch(template([web]), template([web]), template([live]), deployment)).toEqual({});
  });

  test.each<[what: string, original: JsonObject, modified: JsonObject, current: JsonObject, after: JsonObject]>([
    [
      'a changed image',
      template([web]),
      template([{ ...web, image: 'nginx:2' }]),
      template([live]),
      template([{ ...live, image: 'nginx:2' }]),
    ],
    [
      'a removed variable',
      template([
        {
          ...web,
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
      ]),
      template([{ ...web, env: [{ name: 'B', value: '2' }] }]),
      template([
        {
          ...live,
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
      ]),
      template([{ ...live, env: [{ name: 'B', value: '2' }] }]),
    ],
    [
      'a removed container; a sidecar that someone else added stays',
      template([web, { name: 'log', image: 'x' }]),
      template([web]),
      template([live, { name: 'log', image: 'x' }, { name: 'sidecar', image: 'y' }]),
      template([live, { name: 'sidecar', image: 'y' }]),
    ],
    [
      'a removed field and a changed one in the same container',
      template([{ ...web, workingDir: '/' }]),
      template([{ ...web, image: 'nginx:2' }]),
      template([{ ...live, workingDir: '/' }]),
      template([{ ...live, image: 'nginx:2' }]),
    ],
    [
      'a new order',
      template([web, { name: 'log', image: 'x' }]),
      template([{ name: 'log', image: 'x' }, web]),
      template([live, { name: 'log', image: 'x' }]),
      template([{ name: 'log', image: 'x' }, live]),
    ],
    [
      'another strategy clears the parameters of the old one',
      { spec: { strategy: { type: 'RollingUpdate' } } },
      { spec: { strategy: { type: 'Recreate' } } },
      { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
      { spec: { strategy: { type: 'Recreate' } } },
    ],
  ])('%s', (_what, original, modified, current, after) => {
    const patch = createThreeWayMergePatch(original, modified, current, deployment);
    expect(strategicMergePatch(current, patch, deployment)).toEqual(after);
  });
});

test('three-way JSON merge patch', () => {
  const original = { spec: { a: 1, b: [1], gone: 1 } };
  const modified = { spec: { a: 2, b: [1] } };
  const current = { spec: { a: 1, b: [1], gone: 1, live: 1 } };
  const patch = createThreeWayJsonMergePatch(original, modified, current);
  expect(patch).toEqual({ spec: { a: 2, gone: null } });
  expect(mergePatch(current, patch)).toEqual({ spec: { a: 2, b: [1], live: 1 } });
});
