import { expect, test } from 'vitest';
import { runtimeclasses } from './runtimeclasses.ts';
import { createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

test.each<[object, string | undefined]>([
  [{ handler: 'runc', overhead: { podFixed: { cpu: '10m' } }, scheduling: { nodeSelector: { a: 'b' } } }, undefined],
  [{}, 'handler: Invalid value: "": a lowercase RFC 1123 label must consist of'],
  [
    { handler: 'r', overhead: { podFixed: { colour: '1' } } },
    'overhead.limits[colour]: Invalid value: "colour": must be a standard',
  ],
  [
    { handler: 'r', scheduling: { tolerations: [{ value: 'x' }] } },
    'scheduling.tolerations[0].operator: Invalid value',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(runtimeclasses, object), error));

test('its handler stays', () => {
  expect(updateErrors(runtimeclasses, { handler: 'a' }, { handler: 'b' })).toEqual([
    'handler: Invalid value: "b": field is immutable',
  ]);
});
