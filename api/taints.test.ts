import { describe, expect, test } from 'vitest';
import { tolerates, untoleratedTaint } from './taints.ts';
import type { Taint, Toleration } from './types.ts';

const taint: Taint = { key: 'gpu', value: 'a', effect: 'NoSchedule' };

describe('a toleration', () => {
  test.each<[Toleration, boolean]>([
    [{ key: 'gpu', operator: 'Equal', value: 'a', effect: 'NoSchedule' }, true],
    [{ key: 'gpu', value: 'a' }, true],
    [{ key: 'gpu', value: 'b' }, false],
    [{ key: 'gpu', operator: 'Exists' }, true],
    [{ key: 'other', operator: 'Exists' }, false],
    [{ operator: 'Exists' }, true],
    [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'gpu' }, false],
  ])('%j: %s', (toleration, expected) => expect(tolerates(toleration, taint)).toBe(expected));
});

test('only the effects that were asked for count', () => {
  const soft: Taint = { key: 'soft', effect: 'PreferNoSchedule' };
  expect(untoleratedTaint([soft, taint], undefined, ['NoSchedule', 'NoExecute'])).toBe(taint);
  expect(untoleratedTaint([soft], [], ['NoSchedule'])).toBeUndefined();
  expect(untoleratedTaint([taint], [{ operator: 'Exists' }], ['NoSchedule'])).toBeUndefined();
});
