import { expect, test } from 'vitest';
import { nextGeneration } from './generation.ts';

const pod = (spec: object) => ({ metadata: { name: 'p', generation: 3 }, spec });

test.each([
  ['the same spec', {}, '', 3],
  ['another spec', { activeDeadlineSeconds: 5 }, '', 4],
  ['another scale', { replicas: 5 }, 'scale', 4],
  ['a node, by binding', { nodeName: 'n' }, 'binding', 3],
])('%s', (_, spec, subresource, expected) => {
  expect(nextGeneration(pod(spec), pod({}), subresource)).toBe(expected);
});
