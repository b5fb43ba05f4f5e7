import { expect, test } from 'vitest';
import { mandatoryPriorityLevels } from '../validation/flow-control-mandatory.ts';
import { prioritylevelconfigurations } from './prioritylevelconfigurations.ts';
import { cellsOf, created, createErrors, expectErrors } from './writes.fixture.ts';

const level = (limited: object = {}) => ({
  spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} }, ...limited } },
});
const queues = (queuing: object) => level({ limitResponse: { type: 'Queue', queuing } });
const at = 'spec.limited';

test('gets defaults', () => {
  expect(created(prioritylevelconfigurations, level())).toMatchObject({
    spec: {
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: { queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
      },
    },
    status: {},
  });
  expect(created(prioritylevelconfigurations, { spec: { type: 'Exempt', exempt: {} } })).toMatchObject({
    spec: { exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  });
});

test.each<[object, string | undefined]>([
  [level(), undefined],
  [level({ limitResponse: { type: 'Reject' }, nominalConcurrencyShares: 0 }), undefined],
  [{ spec: { type: 'Limited' } }, `${at}: Required value: must not be empty when type is Limited`],
  [{ spec: { type: 'Other' } }, 'spec.type: Unsupported value: "Other": supported values: "Exempt", "Limited"'],
  [
    { spec: { type: 'Exempt' } },
    `spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`,
  ],
  [{ spec: { ...level().spec, exempt: {} } }, 'spec.exempt: Forbidden: must be nil if the type is Limited'],
  [
    level({ nominalConcurrencyShares: -1 }),
    `${at}.nominalConcurrencyShares: Invalid value: -1: must be a non-negative`,
  ],
  [level({ lendablePercent: 101 }), `${at}.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive`],
  [level({ borrowingLimitPercent: -1 }), `${at}.borrowingLimitPercent: Invalid value: -1: if specified, must be`],
  [
    level({ limitResponse: { type: 'Wait' } }),
    `${at}.limitResponse.type: Unsupported value: "Wait": supported values: "Queue"`,
  ],
  [
    level({ limitResponse: { type: 'Queue' } }),
    `${at}.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited`,
  ],
  [
    level({ limitResponse: { type: 'Reject', queuing: {} } }),
    `${at}.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited`,
  ],
  [queues({ queues: -1 }), 'queues: Invalid value: -1: must be positive'],
  [queues({ queues: 10000001 }), 'Invalid value: 10000001: must not be greater than 10000000'],
  [queues({ queueLengthLimit: -1 }), 'queueLengthLimit: Invalid value: -1: must be positive'],
  [queues({ handSize: -1 }), 'handSize: Invalid value: -1: must be positive'],
  [queues({ queues: 4 }), 'handSize: Invalid value: 8: should not be greater than queues (4)'],
  [
    queues({ queues: 512 }),
    'handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(prioritylevelconfigurations, object), error));

const named = (name: string, spec: object) => createErrors(prioritylevelconfigurations, { metadata: { name }, spec });

test('of the mandatory levels only the share of one can be changed', () => {
  const [exempt, catchAll] = ['exempt', 'catch-all'].map((name) => mandatoryPriorityLevels.get(name)!);
  expect(named('exempt', exempt!)).toEqual([]);
  expect(named('exempt', { ...exempt, exempt: { nominalConcurrencyShares: 5 } })).toEqual([]);
  expectErrors(
    named('exempt', level().spec),
    "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value",
  );
  expectErrors(named('exempt', { type: 'Exempt', exempt: { lendablePercent: -1 } }), 'spec.exempt.lendablePercent');
  expect(named('catch-all', catchAll!)).toEqual([]);
  expectErrors(named('catch-all', level().spec), "spec of 'catch-all' must equal the fixed value");
});

test('prints', () => {
  expect(cellsOf(prioritylevelconfigurations, created(prioritylevelconfigurations, level()))).toMatchObject({
    Type: 'Limited',
    NominalConcurrencyShares: 30,
    Queues: 64,
    HandSize: 8,
    QueueLengthLimit: 50,
  });
  expect(cellsOf(prioritylevelconfigurations, { spec: { type: 'Exempt' } })).toMatchObject({
    NominalConcurrencyShares: '<none>',
    Queues: '<none>',
  });
});
