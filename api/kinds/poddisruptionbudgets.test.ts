import { expect, test } from 'vitest';
import { poddisruptionbudgets } from './poddisruptionbudgets.ts';
import { cellsOf, createErrors, expectErrors, statusErrors } from './writes.fixture.ts';

const budget = (spec: object) => ({ spec });

test.each<[object, string | undefined]>([
  [budget({ minAvailable: 1 }), undefined],
  [budget({ maxUnavailable: '50%', selector: { matchLabels: { a: 'b' } } }), undefined],
  [
    budget({ minAvailable: 1, maxUnavailable: 1 }),
    'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
  ],
  [budget({ minAvailable: -1 }), 'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
  [budget({ maxUnavailable: '101%' }), 'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  [
    budget({ unhealthyPodEvictionPolicy: 'Never' }),
    'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(poddisruptionbudgets, object), error));

const condition = {
  type: 'DisruptionAllowed',
  status: 'True',
  reason: 'SufficientPods',
  lastTransitionTime: '2024-01-01T00:00:00Z',
};

test.each<[object, string | undefined]>([
  [{ conditions: [condition] }, undefined],
  [{ conditions: [condition, condition] }, 'status.conditions[1].type: Duplicate value: "DisruptionAllowed"'],
  [{ conditions: [{ ...condition, status: 'Yes' }] }, 'status.conditions[0].status: Unsupported value: "Yes"'],
  [{ conditions: [{ ...condition, reason: '' }] }, 'status.conditions[0].reason: Required value'],
  [{ conditions: [{ ...condition, reason: '1st' }] }, 'Invalid value: "1st": a condition reason must start with'],
  [
    { conditions: [{ ...condition, lastTransitionTime: undefined }] },
    'lastTransitionTime: Required value: must be set',
  ],
  [{ currentHealthy: -1 }, 'status.currentHealthy: Invalid value: -1: must be greater than or equal to 0'],
])('%# status %j: %s', (status, error) => expectErrors(statusErrors(poddisruptionbudgets, budget({}), status), error));

test('prints', () => {
  expect(cellsOf(poddisruptionbudgets, budget({ minAvailable: '50%' }))).toMatchObject({
    'Min Available': '50%',
    'Max Unavailable': 'N/A',
    'Allowed Disruptions': 0,
  });
});
