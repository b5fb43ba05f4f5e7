import { expect, test } from 'vitest';
import { csinodes } from './csinodes.ts';
import { cellsOf, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const node = (...drivers: object[]) => ({
  spec: { drivers: drivers.map((driver) => ({ name: 'a.example.com', nodeID: 'n', ...driver })) },
});

test.each<[object, string | undefined]>([
  [node({ topologyKeys: ['example.com/zone', 'rack'], allocatable: { count: 3 } }), undefined],
  [node({}, {}), 'spec.drivers[1].name: Duplicate value: "a.example.com"'],
  [node({ name: '' }), 'spec.drivers[0].name: Required value'],
  [node({ name: 'A' }), 'spec.drivers[0].name: Invalid value: "A": a lowercase RFC 1123 subdomain'],
  [node({ nodeID: '' }), 'spec.drivers[0].nodeID: Required value'],
  [node({ nodeID: 'x'.repeat(257) }), 'must be 256 characters or less'],
  [
    node({ allocatable: { count: -1 } }),
    'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
  ],
  [node({ topologyKeys: ['a', 'a'] }), 'spec.drivers[0]: Duplicate value: "a"'],
  [node({ topologyKeys: ['a b'] }), 'spec.drivers[0]: Invalid value: "a b": name part must consist of'],
])('%# %j: %s', (object, error) => expectErrors(createErrors(csinodes, object), error));

test.each<[object, string | undefined]>([
  [node({ allocatable: { count: 5 } }), undefined],
  [node({}, { name: 'b.example.com' }), undefined],
  [node(), undefined],
  [
    node({ nodeID: 'other' }),
    'spec.drivers: Invalid value: {"name":"a.example.com","nodeID":"other"}: field is immutable',
  ],
])('%# an update to %j: %s', (object, error) => expectErrors(updateErrors(csinodes, node({}), object), error));

test('prints how many drivers there are', () => {
  expect(cellsOf(csinodes, node({}, { name: 'b' }))).toMatchObject({ Drivers: 2 });
});
