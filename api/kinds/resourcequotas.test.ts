import { expect, test } from 'vitest';
import { resourcequotas } from './resourcequotas.ts';
import { cellsOf, createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const quota = (spec: object) => ({ spec });
const selector = (...matchExpressions: object[]) => quota({ hard: { pods: '1' }, scopeSelector: { matchExpressions } });

test.each<[object, string | undefined]>([
  [quota({ hard: { cpu: '1', 'requests.memory': '1Gi', 'count/jobs.batch': '3', pods: '2' } }), undefined],
  [quota({ hard: { pods: '2' }, scopes: ['BestEffort'] }), undefined],
  [selector({ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }), undefined],
  [
    quota({ hard: { colour: '1' } }),
    'spec.hard[colour]: Invalid value: "colour": must be a standard resource for quota',
  ],
  [quota({ hard: { pods: '-1' } }), 'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
  [quota({ hard: { pods: '1500m' } }), 'spec.hard[pods]: Invalid value: "1500m": must be an integer'],
  [quota({ scopes: ['Some'] }), 'spec.scopes: Invalid value: ["Some"]: unsupported scope'],
  [
    quota({ hard: { cpu: '1' }, scopes: ['BestEffort'] }),
    'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
  ],
  [quota({ scopes: ['Terminating', 'NotTerminating'] }), ': conflicting scopes'],
  [
    selector({ scopeName: 'BestEffort', operator: 'In', values: ['x'] }),
    `spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be 'Exist' when scope is any of`,
  ],
  [
    selector({ scopeName: 'PriorityClass', operator: 'In' }),
    "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn'",
  ],
  [
    selector({ scopeName: 'PriorityClass', operator: 'Exists', values: ['x'] }),
    'spec.scopeSelector.matchExpressions.values: Invalid value: ["x"]: must be no value when',
  ],
  [selector({ scopeName: 'PriorityClass', operator: 'Like' }), 'Invalid value: "Like": not a valid selector operator'],
])('%# %j: %s', (object, error) => expectErrors(createErrors(resourcequotas, object), error));

test('scopes stay, in whatever order', () => {
  const old = quota({ hard: { pods: '1' }, scopes: ['NotBestEffort', 'Terminating'] });
  expect(
    updateErrors(resourcequotas, old, quota({ hard: { pods: '2' }, scopes: ['Terminating', 'NotBestEffort'] })),
  ).toEqual([]);
  expectErrors(updateErrors(resourcequotas, old, quota({ scopes: ['Terminating'] })), ': field is immutable');
});

test('its status is checked and printed', () => {
  const status = { hard: { pods: '10', 'limits.cpu': '2', cpu: '1' }, used: { pods: '3' } };
  expect(statusErrors(resourcequotas, quota({}), status)).toEqual([]);
  expectErrors(
    statusErrors(resourcequotas, quota({}), { used: { pods: '-1' } }),
    'status.used[pods]: Invalid value: "-1"',
  );
  expect(cellsOf(resourcequotas, { status })).toMatchObject({
    Request: 'cpu: 0/1, pods: 3/10',
    Limit: 'limits.cpu: 0/2',
  });
});
