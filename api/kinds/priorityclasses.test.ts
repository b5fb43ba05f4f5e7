import { expect, test } from 'vitest';
import { priorityclasses } from './priorityclasses.ts';
import { created, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

test('gets defaults', () => {
  expect(created(priorityclasses, {})).toMatchObject({ value: 0, preemptionPolicy: 'PreemptLowerPriority' });
});

const reserved =
  "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ";
const system = (name: string, rest: object) => ({ metadata: { name: `system-${name}` }, ...rest });

test.each<[object, string | undefined]>([
  [{ value: 1_000_000_000 }, undefined],
  [{ value: 1_000_000_001 }, 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  [{ preemptionPolicy: 'Some' }, 'preemptionPolicy: Unsupported value: "Some"'],
  [system('node-critical', { value: 2_000_001_000 }), undefined],
  [system('mine', {}), `${reserved}system-mine is not a known system priority class`],
  [
    system('cluster-critical', { value: 1 }),
    `${reserved}value of system-cluster-critical PriorityClass must be 2000000000`,
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(priorityclasses, object), error));

test('value and policy stay', () => {
  expect(updateErrors(priorityclasses, { value: 1 }, { value: 2, preemptionPolicy: 'Never' })).toEqual([
    'value: Forbidden: may not be changed in an update.',
    'preemptionPolicy: Invalid value: "Never": field is immutable',
  ]);
});
