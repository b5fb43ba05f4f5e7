import { expect, test } from 'vitest';
import { endpointslices } from './endpointslices.ts';
import { createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const slice = (endpoint: object = {}, more: object = {}) => ({
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }],
  ...more,
});
const zones = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `zone-${i}` }));

test.each<[object, string | undefined]>([
  [slice({ hints: { forZones: zones(2), forNodes: [{ name: 'node-1' }] } }), undefined],
  [slice({ hints: { forZones: [{ name: '' }] } }), 'endpoints[0].hints.forZones[0].name: Required value'],
  [
    slice({ hints: { forZones: [...zones(1), ...zones(1)] } }),
    'endpoints[0].hints.forZones[1].name: Duplicate value: "zone-0"',
  ],
  [slice({ hints: { forZones: zones(9) } }), 'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items'],
  [slice({ addresses: ['::1'] }), 'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address'],
  [slice({ addresses: [] }), 'endpoints[0].addresses: Required value: must contain at least 1 address'],
  [slice({}, { ports: [{ port: 80, appProtocol: 'a b' }] }), 'ports[0].appProtocol: Invalid value: "a b": name part'],
  [slice({}, { ports: [{ port: 80 }, { port: 81 }] }), 'ports[1].name: Duplicate value: ""'],
])('%j', (object, error) => {
  expectErrors(createErrors(endpointslices, object), error);
});

test('the type of the addresses stays', () => {
  expect(updateErrors(endpointslices, slice(), slice({ addresses: ['a.b'] }, { addressType: 'FQDN' }))).toEqual([
    'addressType: Invalid value: "FQDN": field is immutable',
  ]);
});
