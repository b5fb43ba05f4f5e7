import { expect, test } from 'vitest';
import { ingressclasses } from './ingressclasses.ts';
import { cellsOf, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const controller = 'example.com/controller';
const withParameters = (parameters: object) => ({
  spec: { controller, parameters: { kind: 'K', name: 'n', ...parameters } },
});

test.each<[object, string | undefined]>([
  [{ spec: { controller } }, undefined],
  [withParameters({}), undefined],
  [withParameters({ scope: 'Namespace', namespace: 'x' }), undefined],
  [{}, 'spec.controller: Required value'],
  [{ spec: { controller: 'x' } }, 'spec.controller: Invalid value: "x": must be a domain-prefixed path'],
  [withParameters({ kind: '' }), 'spec.parameters.kind: Required value: kind is required'],
  [withParameters({ scope: 'Planet' }), 'spec.parameters.scope: Unsupported value: "Planet"'],
  [
    withParameters({ scope: 'Namespace' }),
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ],
  [withParameters({ namespace: 'x' }), "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
])('%# %j: %s', (object, error) => expectErrors(createErrors(ingressclasses, object), error));

test('its controller stays', () => {
  const other = { spec: { controller: 'example.com/other' } };
  expectErrors(
    updateErrors(ingressclasses, { spec: { controller } }, other),
    'spec.controller: Invalid value: "example.com/other": field is immutable',
  );
});

test('prints its parameters', () => {
  expect(cellsOf(ingressclasses, withParameters({ apiGroup: 'g.io' }))).toMatchObject({
    Controller: controller,
    Parameters: 'K.g.io/n',
  });
  expect(cellsOf(ingressclasses, { spec: { controller } })).toMatchObject({ Parameters: '<none>' });
});
