import { describe, expect, test } from 'vitest';
import type { Pod, PodDisruptionBudget } from '../../api/types.ts';
import { budgetsOf, planEviction } from './disruption-budget.ts';

const now = new Date('2026-01-01T00:00:00Z');
const pod = (ready: boolean): Pod =>
  ({
    metadata: { name: 'web', labels: { app: 'web' } },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as Pod;
const budget = (status: object, spec: object = {}): PodDisruptionBudget =>
  ({
    metadata: { name: 'keep', generation: 2 },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
    status: { observedGeneration: 2, desiredHealthy: 2, currentHealthy: 3, disruptionsAllowed: 1, ...status },
  }) as PodDisruptionBudget;

describe('an eviction', () => {
  const cases: [string, boolean, PodDisruptionBudget, unknown][] = [
    ['of a ready pod takes one disruption', true, budget({}), { do: 'spend' }],
    ['of a pod that is not ready, from an application that is healthy', false, budget({}), { do: 'deleteUnhealthy' }],
    ['of one that is not ready, where too few are', false, budget({ currentHealthy: 1, disruptionsAllowed: 0 }), 429],
    [
      'of one that is not ready, where that is always allowed',
      false,
      budget({ currentHealthy: 1, disruptionsAllowed: 0 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      { do: 'deleteUnhealthy' },
    ],
    ['with nothing to spare', true, budget({ disruptionsAllowed: 0 }), 429],
    ['before the controller has seen the budget', true, budget({ observedGeneration: 1 }), 429],
    ['with a negative allowance', true, budget({ disruptionsAllowed: -1 }), 403],
  ];
  test.each(cases)('%s', (_, ready, given, expected) => {
    const plan = planEviction(given, pod(ready), now);
    if (typeof expected === 'number') expect(plan).toMatchObject({ do: 'refuse', error: { code: expected } });
    else expect(plan).toMatchObject(expected as object);
  });

  test('that is granted is noted in the budget, and the last one says so', () => {
    const plan = planEviction(budget({ disruptedPods: { old: 'then' } }), pod(true), now);
    expect(plan).toMatchObject({
      budget: {
        status: {
          disruptionsAllowed: 0,
          disruptedPods: { old: 'then', web: '2026-01-01T00:00:00Z' },
          conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
        },
      },
    });
  });

  test('that is refused says by whom', () => {
    const plan = planEviction(budget({ disruptionsAllowed: 0, currentHealthy: 2 }), pod(true), now);
    expect(plan).toMatchObject({
      error: {
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget keep needs 2 healthy pods and has 2 currently',
            },
          ],
        },
      },
    });
  });
});

test('a budget without a selector covers nothing, one with an empty selector everything', () => {
  const all = [budget({}), budget({}, { selector: undefined }), budget({}, { selector: {} })];
  expect(budgetsOf(pod(true), all)).toEqual([all[0], all[2]]);
});
