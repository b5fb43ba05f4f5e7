import { expect, test } from 'vitest';
import { controllerrevisions } from './controllerrevisions.ts';
import { cellsOf, createErrors, updateErrors } from './writes.fixture.ts';

test('has data, which stays', () => {
  expect(createErrors(controllerrevisions, { data: {}, revision: 1 })).toEqual([]);
  expect(createErrors(controllerrevisions, { revision: -1 })).toEqual([
    'data: Required value: data is mandatory',
    'revision: Invalid value: -1: must be greater than or equal to 0',
  ]);
  expect(updateErrors(controllerrevisions, { data: { a: 1 } }, { data: { a: 2 } })).toEqual([
    'data: Invalid value: {"a":2}: field is immutable',
  ]);
});

test.each([
  ['apps/v1', 'StatefulSet', 'statefulset.apps/web'],
  ['v1', 'ReplicationController', 'replicationcontroller/web'],
])('prints its owner of %s', (apiVersion, kind, expected) => {
  const owner = { apiVersion, kind, name: 'web', uid: 'x', controller: true };
  const object = { metadata: { ownerReferences: [owner] }, data: {}, revision: 3 };
  expect(cellsOf(controllerrevisions, object)).toMatchObject({ Controller: expected, Revision: 3 });
  expect(cellsOf(controllerrevisions, { revision: 1 })).toMatchObject({ Controller: '<none>' });
});
