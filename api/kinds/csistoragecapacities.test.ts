import { expect, test } from 'vitest';
import { csistoragecapacities } from './csistoragecapacities.ts';
import { cellsOf, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const capacity = { storageClassName: 'fast', nodeTopology: { matchLabels: { zone: 'a' } }, capacity: '1Gi' };

test.each<[object, string | undefined]>([
  [capacity, undefined],
  [{ storageClassName: 'fast' }, undefined],
  [{}, 'storageClassName: Invalid value: "": a lowercase RFC 1123 subdomain'],
  [{ ...capacity, capacity: '-1' }, 'capacity: Invalid value: "-1": must be greater than or equal to 0'],
  [
    { ...capacity, nodeTopology: { matchExpressions: [{ key: 'a', operator: 'Like' }] } },
    'nodeTopology.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(csistoragecapacities, object), error));

test.each<[object, string | undefined]>([
  [{ capacity: '2Gi' }, undefined],
  [{ nodeTopology: {} }, 'nodeTopology: Invalid value: {}: field is immutable'],
  [{ storageClassName: 'slow' }, 'storageClassName: Invalid value: "slow": field is immutable'],
])('%# an update to %j: %s', (object, error) =>
  expectErrors(updateErrors(csistoragecapacities, capacity, object), error),
);

test('prints', () => {
  expect(cellsOf(csistoragecapacities, capacity)).toMatchObject({ StorageClassName: 'fast', Capacity: '1Gi' });
  expect(cellsOf(csistoragecapacities, {})).toMatchObject({ Capacity: '<unset>' });
});
