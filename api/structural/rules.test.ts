import { describe, expect, test } from 'vitest';
import type { JsonSchema, ValidationRule } from './json-schema.ts';
import { compileRules, ruleErrors } from './rules.ts';
import { validateRules } from './validate-rules.ts';

const schemaWith = (...rules: (string | ValidationRule)[]): JsonSchema => ({
  type: 'object',
  'x-kubernetes-validations': rules.map((rule) => (typeof rule === 'string' ? { rule } : rule)),
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        max: { type: 'integer' },
        name: { type: 'string' },
        'dashed-name': { type: 'string' },
        namespace: { type: 'string' },
        port: { 'x-kubernetes-int-or-string': true },
        ratio: { type: 'number' },
        when: { type: 'string', format: 'date-time' },
        wait: { type: 'string', format: 'duration' },
        note: { type: 'string', nullable: true },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['key'],
          items: {
            type: 'object',
            properties: { key: { type: 'string' }, value: { type: 'integer' } },
            required: ['key'],
          },
        },
      },
    },
  },
});

const judge = (schema: JsonSchema, object: unknown, old?: unknown): string[] =>
  validateRules(compileRules(schema), object, old).map(({ field, message }) => `${field}: ${message}`);

const compileErrors = (schema: JsonSchema): string[] =>
  ruleErrors(compileRules(schema), 'schema').map(({ field, message }) => `${field}: ${message}`);

describe('rules', () => {
  test.each([
    ['self.spec.replicas <= self.spec.max', { replicas: 1, max: 2 }, true],
    ['self.spec.replicas <= self.spec.max', { replicas: 3, max: 2 }, false],
    ['has(self.spec.name) && self.spec.name.startsWith("a")', { name: 'abc' }, true],
    ['has(self.spec.name)', {}, false],
    [
      'self.spec.dashed__dash__name == "x" && self.spec.__namespace__ == "y"',
      { 'dashed-name': 'x', namespace: 'y' },
      true,
    ],
    ['type(self.spec.port) == int ? self.spec.port < 10 : self.spec.port == "http"', { port: 5 }, true],
    ['type(self.spec.port) == int ? self.spec.port < 10 : self.spec.port == "http"', { port: 'http' }, true],
    ['self.spec.ratio > 0.5', { ratio: 1 }, true],
    ['self.spec.when < timestamp("2030-01-01T00:00:00Z")', { when: '2020-01-01T00:00:00Z' }, true],
    ['self.spec.wait == duration("1m")', { wait: '60s' }, true],
    ['self.spec.note == null', { note: null }, true],
    ['self.spec.labels.all(k, k.size() < 5) && self.spec.labels["a"] == "b"', { labels: { a: 'b' } }, true],
    ['"a" in self.spec.labels', { labels: { b: 'c' } }, false],
    ['self.spec.items.exists(i, i.key == "x" && i.value > 1)', { items: [{ key: 'x', value: 2 }] }, true],
    [
      'self.spec.items.map(i, i.value).sum() == 3',
      {
        items: [
          { key: 'x', value: 1 },
          { key: 'y', value: 2 },
        ],
      },
      true,
    ],
    ['self.metadata.name.startsWith("x") && self.kind == "Thing" && self.apiVersion == "a.b/v1"', {}, true],
  ])('%s on %j: %s', (rule, spec, right) => {
    const object = { kind: 'Thing', apiVersion: 'a.b/v1', metadata: { name: 'xy' }, spec };
    expect(judge(schemaWith(rule), object)).toEqual(
      right ? [] : [`<nil>: Invalid value: "object": failed rule: ${rule}`],
    );
  });

  test('message, computed message, reason and path of the field', () => {
    const rule = 'self.spec.replicas < 2';
    const object = { spec: { replicas: 5 } };
    expect(judge(schemaWith({ rule, message: 'too many' }), object)).toEqual([
      '<nil>: Invalid value: "object": too many',
    ]);
    const computed = { rule, messageExpression: '"have " + string(self.spec.replicas)', fieldPath: '.spec.replicas' };
    expect(judge(schemaWith(computed), object)).toEqual(['spec.replicas: Invalid value: "object": have 5']);
    expect(judge(schemaWith({ rule, message: 'no', reason: 'FieldValueForbidden' }), object)).toEqual([
      '<nil>: Forbidden: no',
    ]);
  });

  test('an evaluation that fails says so', () => {
    expect(judge(schemaWith('self.spec.replicas > 1'), { spec: {} })).toEqual([
      '<nil>: Invalid value: "object": no such key: replicas evaluating rule: self.spec.replicas > 1',
    ]);
  });

  test('transition rules run when there is an old value', () => {
    const schema = schemaWith('self.spec.replicas >= oldSelf.spec.replicas');
    expect(judge(schema, { spec: { replicas: 1 } })).toEqual([]);
    expect(judge(schema, { spec: { replicas: 1 } }, { spec: { replicas: 2 } })).toHaveLength(1);
    expect(judge(schema, { spec: { replicas: 3 } }, { spec: { replicas: 2 } })).toEqual([]);
  });

  test('with optionalOldSelf they run without one, too', () => {
    const rule = 'oldSelf.hasValue() || self.spec.replicas == 1';
    const schema = schemaWith({ rule, optionalOldSelf: true });
    expect(compileErrors(schema)).toEqual([]);
    expect(judge(schema, { spec: { replicas: 2 } })).toHaveLength(1);
    expect(judge(schema, { spec: { replicas: 2 } }, { spec: { replicas: 5 } })).toEqual([]);
  });

  test('what has not changed is not held against an update', () => {
    const schema = schemaWith();
    schema.properties!['spec']!['x-kubernetes-validations'] = [{ rule: 'self.replicas < 2' }];
    const old = { spec: { replicas: 5 } };
    expect(judge(schema, { spec: { replicas: 5 }, other: 1 }, old)).toEqual([]);
    expect(judge(schema, { spec: { replicas: 6 } }, old)).toEqual([
      'spec: Invalid value: "object": failed rule: self.replicas < 2',
    ]);
  });

  test('items are found again by their keys', () => {
    const schema = schemaWith();
    const items = schema.properties!['spec']!.properties!['items']!;
    items.items!['x-kubernetes-validations'] = [{ rule: 'self.value >= oldSelf.value' }];
    const old = {
      spec: {
        items: [
          { key: 'a', value: 1 },
          { key: 'b', value: 5 },
        ],
      },
    };
    expect(
      judge(
        schema,
        {
          spec: {
            items: [
              { key: 'b', value: 4 },
              { key: 'c', value: 0 },
            ],
          },
        },
        old,
      ),
    ).toEqual(['spec.items[0]: Invalid value: "object": failed rule: self.value >= oldSelf.value']);
  });
});

describe('rules that cannot be used', () => {
  test.each([
    ['self.spec.sise > 1', "undefined field 'sise'"],
    ['self.spec.name > 1', "found no matching overload for '_>_' applied to '(string, int)'"],
    ['self.spec.replicas', 'cel expression must evaluate to a bool'],
    ['self.spec.labels.a.b == "c"', 'does not support field selection'],
  ])('%s', (rule, text) => {
    const [error, more] = compileErrors(schemaWith(rule));
    expect(error).toContain('schema.x-kubernetes-validations[0].rule: Invalid value: ');
    expect(error).toContain(text);
    expect(more).toBeUndefined();
  });

  test('the old value of what cannot be found again', () => {
    const schema: JsonSchema = {
      type: 'object',
      properties: {
        list: { type: 'array', items: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } },
      },
    };
    expect(compileErrors(schema)).toEqual([
      'schema.properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": ' +
        'oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[list]',
    ]);
  });

  test('optionalOldSelf without oldSelf', () => {
    expect(compileErrors(schemaWith({ rule: 'true', optionalOldSelf: true }))).toEqual([
      'schema.x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ]);
  });
});
