import { expect, test } from 'vitest';
import { volumeattributesclasses } from './volumeattributesclasses.ts';
import { cellsOf, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const attributes = { driverName: 'example.com', parameters: { iops: '100' } };

test.each<[object, string | undefined]>([
  [attributes, undefined],
  [{ parameters: attributes.parameters }, 'driverName: Required value'],
  [{ driverName: 'example.com' }, 'parameters: Required value: must contain at least one key/value pair'],
  [{ ...attributes, parameters: { '': 'x' } }, 'parameters: Invalid value: "": field can not be empty.'],
])('%# %j: %s', (object, error) => expectErrors(createErrors(volumeattributesclasses, object), error));

test.each<[object, string | undefined]>([
  [{ metadata: { labels: { a: 'b' } } }, undefined],
  [{ driverName: 'other' }, 'driverName: Forbidden: updates to driverName are forbidden.'],
  [{ parameters: { iops: '200' } }, 'parameters: Forbidden: updates to parameters are forbidden.'],
])('%# an update to %j: %s', (object, error) =>
  expectErrors(updateErrors(volumeattributesclasses, attributes, object), error),
);

test('prints which is the default', () => {
  const annotations = { 'volumeattributesclass.alpha.kubernetes.io/is-default-class': 'true' };
  expect(cellsOf(volumeattributesclasses, { metadata: { annotations }, ...attributes })).toMatchObject({
    Name: 'a (default)',
    DriverName: 'example.com',
  });
});
