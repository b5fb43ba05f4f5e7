import { describe, expect, test } from 'vitest';
import { validateDefaults } from './default-rules.ts';
import { pruneNulls, setDefaults } from './defaults.ts';
import { checkMetadata, validateEmbeddedResources } from './embedded-resource.ts';
import { formatCheck } from './formats.ts';
import type { JsonSchema } from './json-schema.ts';
import { validateListTypes } from './list-type.ts';
import { pruneNestedSchemas } from './nested-schemas.ts';
import { pruneUnknown, unknownFields } from './prune.ts';
import { validateSchemaRules } from './schema-rules.ts';
import { validateStructural } from './structural-rules.ts';
import { validateSchema } from './validate-schema.ts';
import { validateValue } from './validate-value.ts';

const texts = (errors: { field: string; message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

const objectOf = (properties: Record<string, JsonSchema>): JsonSchema => ({ type: 'object', properties });

describe('values', () => {
  const specOf = (schema: JsonSchema, value: unknown, old?: unknown): string[] =>
    texts(validateValue(objectOf({ spec: schema }), { spec: value }, old === undefined ? {} : { old: { spec: old } }));

  test.each<[JsonSchema, unknown, string[]]>([
    [{ type: 'string' }, 1, ['spec: Invalid value: "integer": spec in body must be of type string: "integer"']],
    [{ type: 'integer' }, 1.5, ['spec: Invalid value: "number": spec in body must be of type integer: "number"']],
    [{ type: 'number' }, 1, []],
    [{ type: 'object' }, null, ['spec: Invalid value: "null": spec in body must be of type object: "null"']],
    [{ type: 'object', nullable: true }, null, []],
    [
      { 'x-kubernetes-int-or-string': true },
      true,
      ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
    ],
    [{ 'x-kubernetes-int-or-string': true }, '80%', []],
    [{ type: 'string', pattern: '^a+$' }, 'b', ['spec: Invalid value: "b": spec in body should match \'^a+$\'']],
    [{ type: 'string', maxLength: 2 }, 'abc', ['spec: Too long: may not be more than 2 bytes']],
    [{ type: 'string', minLength: 2 }, 'ä', ['spec: Invalid value: "ä": spec in body should be at least 2 chars long']],
    [{ type: 'string', enum: ['b', 'a'] }, 'c', ['spec: Unsupported value: "c": supported values: "b", "a"']],
    [
      { type: 'integer', maximum: 10 },
      11,
      ['spec: Invalid value: 11: spec in body should be less than or equal to 10'],
    ],
    [
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      1,
      ['spec: Invalid value: 1: spec in body should be greater than 1'],
    ],
    [{ type: 'number', multipleOf: 0.1 }, 0.3, []],
    [{ type: 'integer', multipleOf: 5 }, 7, ['spec: Invalid value: 7: spec in body should be a multiple of 5']],
    [
      { type: 'array', items: { type: 'string' }, maxItems: 1 },
      ['a', 1],
      [
        'spec[1]: Invalid value: "integer": spec[1] in body must be of type string: "integer"',
        'spec: Too many: 2: must have at most 1 items',
      ],
    ],
    [
      { type: 'array', items: { type: 'string' }, minItems: 1 },
      [],
      ['spec: Invalid value: 0: spec in body should have at least 1 items'],
    ],
    [{ type: 'object', required: ['a'], properties: { a: { type: 'string' } } }, {}, ['spec.a: Required value']],
    [
      { type: 'object', additionalProperties: { type: 'integer' } },
      { a: 'x' },
      ['spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"'],
    ],
    [
      { type: 'object', minProperties: 1 },
      {},
      ['spec: Invalid value: 0: spec in body should have at least 1 properties'],
    ],
    [{ type: 'string', format: 'ipv4' }, 'x', ['spec: Invalid value: "x": spec in body must be of type ipv4: "x"']],
    [{ type: 'string', format: 'date-time' }, '2020-01-01T00:00:00Z', []],
    [{ type: 'integer', format: 'int32' }, 2 ** 40, []],
    [
      { type: 'string', not: { enum: ['a'] } },
      'a',
      ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
    ],
    [
      { type: 'string', oneOf: [{ minLength: 1 }, { maxLength: 3 }] },
      'ab',
      ['<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      { type: 'string', anyOf: [{ pattern: '^a' }, { pattern: '^b' }] },
      'c',
      [
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        'spec: Invalid value: "c": spec in body should match \'^a\'',
      ],
    ],
    [
      { type: 'string', allOf: [{ minLength: 2 }, { maxLength: 9 }] },
      'a',
      [
        'spec: Invalid value: "a": spec in body should be at least 2 chars long',
        '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)',
      ],
    ],
  ])('%j %j', (schema, value, errors) => {
    expect(specOf(schema, value)).toEqual(errors);
  });

  test('what an update leaves as it was is not held against it', () => {
    const schema = objectOf({ a: { type: 'string', maxLength: 1 }, b: { type: 'string' } });
    expect(specOf(schema, { a: 'long', b: 'new' }, { a: 'long', b: 'old' })).toEqual([]);
    expect(specOf(schema, { a: 'longer' }, { a: 'long' })).toEqual(['spec.a: Too long: may not be more than 1 bytes']);
    expect(specOf({ ...schema, required: ['c'] }, { a: 'x' }, { a: 'y' })).toEqual(['spec.c: Required value']);
  });

  test.each([
    ['uri', 'https://a/b', 'not a uri'],
    ['email', 'a@example.com', 'a'],
    ['hostname', 'a.example.com', '-a-'],
    ['ipv6', '::1', '1.2.3.4'],
    ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
    ['mac', '01:02:03:04:05:06', '01:02'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123'],
    ['uuid4', '123e4567-e89b-42d3-a456-426614174000', '123e4567-e89b-12d3-a456-426614174000'],
    ['isbn10', '0-306-40615-2', '0-306-40615-3'],
    ['isbn13', '978-0-306-40615-7', '978-0-306-40615-8'],
    ['creditcard', '4111 1111 1111 1111', '4111 1111 1111 1112'],
    ['ssn', '111-22-3333', '1'],
    ['hexcolor', '#fff', '#ff'],
    ['rgbcolor', 'rgb(1,2,255)', 'rgb(1,2,256)'],
    ['byte', 'aGk=', 'a'],
    ['date', '2024-02-29', '2023-02-29'],
    ['date-time', '2024-02-29T10:00:00.5+01:00', '2024-02-29'],
    ['duration', '1h30m', 'soon'],
    ['bsonobjectid', '507f1f77bcf86cd799439011', 'x'],
    ['k8s-short-name', 'abc', 'a.b'],
  ])('format %s', (format, good, bad) => {
    expect(formatCheck(format)!(good)).toBe(true);
    expect(formatCheck(format)!(bad)).toBe(false);
  });
});

describe('fields', () => {
  const schema = objectOf({
    spec: objectOf({
      known: { type: 'string', default: 'd' },
      kept: {
        ...objectOf({ inner: objectOf({ a: { type: 'string' } }) }),
        'x-kubernetes-preserve-unknown-fields': true,
      },
      map: { type: 'object', additionalProperties: objectOf({ a: { type: 'integer', default: 1 } }) },
      list: { type: 'array', items: objectOf({ a: { type: 'string' } }) },
      template: { ...objectOf({ spec: objectOf({}) }), 'x-kubernetes-embedded-resource': true },
    }),
  });
  const object = () => ({
    apiVersion: 'a/v1',
    kind: 'A',
    metadata: { name: 'x' },
    spec: {
      known: 'x',
      extra: 1,
      kept: { any: 1, inner: { a: 'x', b: 1 } },
      map: { k: { a: 2, b: 3 } },
      list: [{ a: 'x' }, { b: 1 }],
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', wrong: 1 }, status: {} },
      ['__proto__']: { x: 1 },
    },
    more: true,
  });

  test('unknown ones are found and pruned', () => {
    expect(unknownFields(schema, object())).toEqual([
      'spec.extra',
      'spec.kept.inner.b',
      'spec.map.k.b',
      'spec.list[1].b',
      'spec.template.status',
      'spec.__proto__',
      'more',
    ]);
    const pruned = object();
    pruneUnknown(schema, pruned);
    expect(unknownFields(schema, pruned)).toEqual([]);
    expect(pruned.spec.kept).toEqual({ any: 1, inner: { a: 'x' } });
  });

  test('metadata of embedded resources is known', () => {
    expect(checkMetadata(schema, object()).unknown).toEqual(['unknown field "spec.template.metadata.wrong"']);
    const wrong = { spec: { template: { kind: 'not good', metadata: { name: 'a/b' } } } };
    expect(texts(validateEmbeddedResources(schema, wrong))).toEqual([
      'spec.template.apiVersion: Required value',
      expect.stringContaining('spec.template.kind: Invalid value: "not good": may have mixed case'),
      expect.stringContaining('spec.template.metadata.name: Invalid value: "a/b": may not contain'),
    ]);
  });

  test('defaults, for what is missing and for nulls', () => {
    const value = { spec: { map: { k: {}, n: { a: null } }, known: null, list: null } };
    pruneNulls(schema, value);
    setDefaults(schema, value);
    expect(value).toEqual({ spec: { map: { k: { a: 1 }, n: { a: 1 } }, known: 'd' } });
  });

  test('items of sets and maps are there once', () => {
    const lists = objectOf({
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      map: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a', 'b'],
        items: objectOf({}),
      },
    });
    const value = { set: ['x', 'y', 'x', 'x'], map: [{ a: 1, b: 2, c: 1 }, { b: 2, a: 1, c: 2 }, { a: 1 }] };
    expect(texts(validateListTypes(lists, value))).toEqual([
      'set[2]: Duplicate value: "x"',
      'map[1]: Duplicate value: {"a":1,"b":2}',
    ]);
  });
});

describe('schemas', () => {
  const structural = (schema: JsonSchema): string[] => texts(validateStructural(schema, 's'));
  const rules = (schema: JsonSchema): string[] => texts(validateSchemaRules(schema, 's'));

  test.each<[JsonSchema, string[]]>([
    [{ type: 'object' }, []],
    [{}, ['s.type: Required value: must not be empty at the root']],
    [{ type: 'array', items: { type: 'string' } }, ['s.type: Invalid value: "array": must be object at the root']],
    [objectOf({ a: {} }), ['s.properties[a].type: Required value: must not be empty for specified object fields']],
    [objectOf({ a: { type: 'array' } }), ['s.properties[a].items: Required value: must be specified']],
    [objectOf({ a: { 'x-kubernetes-int-or-string': true } }), []],
    [objectOf({ a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } }), []],
    [
      objectOf({ a: { type: 'string', anyOf: [{ type: 'string' }] } }),
      ['s.properties[a].anyOf[0].type: Forbidden: must be empty to be structural'],
    ],
    [
      { type: 'object', anyOf: [{ required: ['a'], properties: { a: { minLength: 1 } } }] },
      ['s.properties[a]: Required value: because it is defined in s.anyOf[0].properties[a]'],
    ],
    [
      objectOf({ metadata: objectOf({ labels: { type: 'object' } }) }),
      [
        's.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      ],
    ],
    [objectOf({ metadata: objectOf({ name: { type: 'string', pattern: '^a' } }) }), []],
    [
      { type: 'object', additionalProperties: { type: 'string' } },
      ['s.additionalProperties: Forbidden: must not be used at the root'],
    ],
    [
      objectOf({ a: { type: 'string', pattern: '[' } }),
      [
        's.properties[a].pattern: Invalid value: "[": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ]: `[`',
      ],
    ],
    [
      objectOf({ a: { 'x-kubernetes-embedded-resource': true, type: 'object' } }),
      [
        's.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ],
    ],
  ])('structural %j', (schema, errors) => {
    expect(structural(schema)).toEqual(errors);
  });

  test.each<[JsonSchema, string[]]>([
    [
      { type: 'whatever' },
      [
        's.type: Unsupported value: "whatever": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
    [
      objectOf({ a: { type: 'array', uniqueItems: true, items: { type: 'string' } } }),
      [
        's.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ],
    ],
    [{ $ref: '#/x', type: 'object' }, ['s.$ref: Forbidden: $ref is not supported']],
    [
      objectOf({ kind: { type: 'string', default: 'x' } }),
      ['s.properties[kind].default: Forbidden: must not be set in top-level kind'],
    ],
    [
      objectOf({ a: { ...objectOf({ b: { type: 'string' } }), additionalProperties: { type: 'string' } } }),
      ['s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
    ],
    [
      objectOf({ a: { type: 'array', 'x-kubernetes-list-type': 'map', items: objectOf({}) } }),
      [
        's.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
      ],
    ],
    [
      objectOf({
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: objectOf({ k: { type: 'string' } }),
        },
      }),
      [
        's.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ],
    ],
    [
      objectOf({ a: { type: 'array', 'x-kubernetes-list-type': 'set', items: objectOf({}) } }),
      [
        's.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
      ],
    ],
    [
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
      ['s.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined'],
    ],
    [
      { type: 'object', 'x-kubernetes-validations': [{ rule: ' ' }] },
      ['s.x-kubernetes-validations[0].rule: Required value: rule is not specified'],
    ],
    [
      { type: 'object', 'x-kubernetes-validations': [{ rule: 'true', fieldPath: '.nothing' }] },
      ['s.x-kubernetes-validations[0].fieldPath: Invalid value: ".nothing": must be a valid path'],
    ],
  ])('rules %j', (schema, errors) => {
    expect(rules(schema)).toEqual(errors);
  });

  test.each<[unknown, string]>([
    [{ type: 'array', items: 5 }, 's.openAPIV3Schema.properties[a].items: Invalid value: 5: JSON schema expected'],
    [
      { type: 'object', additionalProperties: 'x' },
      's.openAPIV3Schema.properties[a].additionalProperties: Invalid value: "x": boolean or JSON schema expected',
    ],
    [
      { type: 'array', items: { type: 'string', enum: 5 } },
      's.openAPIV3Schema.properties[a].items: Invalid value: {"type":"string","enum":5}: json: cannot unmarshal number into Go struct field JSONSchemaProps.enum of type []interface {}',
    ],
  ])('what the decoder leaves open: %j', (schema, error) => {
    expect(texts(validateSchema(objectOf({ a: schema as JsonSchema }), 's', false))).toEqual([error]);
  });

  test('unknown keywords inside of items go', () => {
    const schema = objectOf({
      a: { type: 'array', items: { type: 'array', items: { type: 'string', bogus: 1 } as JsonSchema } },
    });
    pruneNestedSchemas(schema);
    expect(schema.properties!['a']!.items!.items).toEqual({ type: 'string' });
  });

  test('defaults are values that the schema allows', () => {
    const schema = objectOf({
      a: { ...objectOf({ b: { type: 'string' } }), default: { c: 1 } },
      n: { type: 'integer', default: 'x' },
    });
    expect(texts(validateDefaults(schema, 's'))).toEqual([
      's.properties[a].default: Invalid value: {"c":1}: must not have unknown fields',
      's.properties[n].default: Invalid value: "string":  in body must be of type integer: "string"',
    ]);
  });
});
