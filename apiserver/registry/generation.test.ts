import { expect, test } from 'vitest';
import type { AnyKind } from '../../api/kinds/all.ts';
import { pods } from '../../api/kinds/pods.ts';
import { nextGeneration } from './generation.ts';

const pod = (spec: object) => ({ metadata: { name: 'p', generation: 3 }, spec });

test.each([
  ['the same spec', {}, '', 3],
  ['another spec', { activeDeadlineSeconds: 5 }, '', 4],
  ['another scale', { replicas: 5 }, 'scale', 4],
  ['a node, by binding', { nodeName: 'n' }, 'binding', 3],
])('%s', (_, spec, subresource, expected) => {
  expect(nextGeneration(pods as AnyKind, pod(spec), pod({}), subresource)).toBe(expected);
});
