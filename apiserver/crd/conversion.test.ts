import { describe, expect, test } from 'vitest';
import type { CustomResourceDefinition } from '../../api/custom-resource-definition.ts';
import type { KubeObject } from '../../api/types.ts';
import { customColumns } from './columns.ts';
import { customConversion } from './conversion.ts';

const schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer', default: 1 } } };
const plain = { type: 'object', properties: { a: { type: 'string' } } };
const definition: CustomResourceDefinition = {
  metadata: { name: 'foos.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Cluster',
    names: { plural: 'foos', kind: 'Foo' },
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: plain } },
      { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: schema } },
    ],
  },
};
const [v1, v2] = definition.spec.versions;
const object = (version: string, content: object): KubeObject => ({
  apiVersion: `example.com/${version}`,
  kind: 'Foo',
  metadata: { name: 'x' },
  ...content,
});

describe('without a converter', () => {
  const [toV1, toV2] = [v1!, v2!].map((version) => customConversion(definition, version, undefined));

  test('what differs in nothing is the same object', () => {
    const stored = object('v1', { a: 'x' });
    expect((toV1!.toServed([stored]) as KubeObject[])[0]).toBe(stored);
  });

  test('the version changes, unknown fields go, defaults come; what is stored stays', () => {
    const stored = object('v1', { a: 'x', extra: 1 });
    expect(toV2!.toServed([stored])).toEqual([object('v2', { a: 'x', b: 1 })]);
    expect(toV1!.toServed([stored])).toEqual([object('v1', { a: 'x' })]);
    expect(stored).toEqual(object('v1', { a: 'x', extra: 1 }));
  });

  test('objects are written in the storage version', () => {
    expect(toV2!.toStored(object('v2', { a: 'x' }))).toEqual(object('v1', { a: 'x' }));
    expect(toV2!.stored).toEqual({ group: 'example.com', version: 'v1', kind: 'Foo' });
  });
});

test('a converter gets only what is in another version, and all of it at once', async () => {
  const asked: [number, string][] = [];
  const { toServed } = customConversion(definition, v2!, async (objects, apiVersion) => {
    asked.push([objects.length, apiVersion]);
    return objects.map((one) => ({ ...one, apiVersion, a: 'converted' }) as KubeObject);
  });
  const served = await toServed([object('v1', {}), object('v2', { a: 'own' }), object('v1', {})]);
  expect(served.map((one) => (one as KubeObject & { a: string }).a)).toEqual(['converted', 'own', 'converted']);
  expect(asked).toEqual([[2, 'example.com/v2']]);
});

describe('columns', () => {
  test.each<[string, string, unknown, unknown]>([
    ['string', '.v', { deep: [1] }, '{"deep":[1]}'],
    ['string', '.v', 'text', 'text'],
    ['integer', '.v', 1.7, 1],
    ['integer', '.v', 'text', null],
    ['number', '.v', 1.5, 1.5],
    ['boolean', '.v', true, true],
    ['date', '.v', '2024-01-01T00:00:00Z', '10s'],
    ['date', '.v', 'never', '<invalid>'],
    ['string', '.nothing', 'text', null],
    ['string', '[', 'text', null],
  ])('of type %s at %s from %j', (type, jsonPath, v, cell) => {
    const columns = customColumns([{ name: 'Column', type, jsonPath }]);
    expect(columns[1]!.cell({ metadata: {}, v } as KubeObject, Date.parse('2024-01-01T00:00:10Z'))).toBe(cell);
  });

  test('are name and age unless there are others', () => {
    expect(customColumns([]).map(({ name }) => name)).toEqual(['Name', 'Age']);
  });
});
