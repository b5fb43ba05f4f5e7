import { expect, test } from 'vitest';
import { observed, ran } from './fixtures.ts';
import { isStopped } from './pod-state.ts';

test.each([
  ['nothing of it was ever there', observed([], []), true],
  ['a container runs', observed([ran('app', {})]), false],
  ['only the sandbox runs', observed([ran('app', { exited: 0 })]), false],
])('stopped: %s', (_, pod, expected) => {
  expect(isStopped(pod)).toBe(expected);
});
