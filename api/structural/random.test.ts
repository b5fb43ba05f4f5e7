/**
 * Random schemas and random values, right or wrong: everything answers and nothing throws; pruning, defaulting and the checks of
 * an update that changes nothing come to rest. The seed is in the test's name; a failure prints schema and value.
 */
import { describe, expect, test } from 'vitest';
import { structuralShape } from '../apply/structural-shape.ts';
import { pruneNulls, setDefaults } from './defaults.ts';
import { checkMetadata, validateEmbeddedResources } from './embedded-resource.ts';
import type { JsonSchema } from './json-schema.ts';
import { validateListTypes } from './list-type.ts';
import { pruneUnknown, unknownFields } from './prune.ts';
import { compileRules, ruleErrors } from './rules.ts';
import { validateRules } from './validate-rules.ts';
import { validateSchema } from './validate-schema.ts';
import { validateValue } from './validate-value.ts';

/** mulberry32 */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const names = ['a', 'b', 'kind', 'metadata', 'x-y', '__proto__', 'constructor', 'type', 'in', 'ä', ''];
const scalars = [null, true, 0, -1, 1.5, 2 ** 53, '', 'a', '10.0.0.1', '1h', '2024-01-01T00:00:00Z', '50%', 'ä'];
const rules = [
  'has(self.a)',
  'self.a == self.b',
  'self == oldSelf',
  'self.all(x, x == "a")',
  'self.size() > 1',
  'self.a.b > 1',
  '1 +',
  'true',
];
const formats = ['ipv4', 'date-time', 'duration', 'byte', 'uuid', 'int32', 'unknown'];

class Generator {
  #random: () => number;

  constructor(seed: number) {
    this.#random = randomSource(seed);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #maybe(likely = 0.3): boolean {
    return this.#random() < likely;
  }

  value(depth = 0): unknown {
    const kind = this.#random();
    if (depth > 3 || kind < 0.4) return this.#pick(scalars);
    if (kind < 0.6) return Array.from({ length: this.#pick([0, 1, 3]) }, () => this.value(depth + 1));
    return this.#object(() => this.value(depth + 1));
  }

  /** Keys are their own properties, as JSON.parse makes them. */
  #object<T>(make: () => T): Record<string, T> {
    const entries = Array.from({ length: this.#pick([0, 1, 2, 4]) }, () => [this.#pick(names), make()]);
    return JSON.parse(`{${entries.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`).join(',')}}`);
  }

  schema(depth = 0): JsonSchema {
    const schema: Record<string, unknown> = {};
    const type = this.#pick(['object', 'object', 'array', 'string', 'integer', 'number', 'boolean', undefined]);
    if (type) schema['type'] = type;
    const add = (name: string, make: () => unknown, likely = 0.15): void => {
      if (this.#maybe(likely)) schema[name] = make();
    };
    if (depth < 4) {
      if (type === 'object') add('properties', () => this.#object(() => this.schema(depth + 1)), 0.8);
      if (type === 'object') add('additionalProperties', () => (this.#maybe() ? true : this.schema(depth + 1)), 0.2);
      if (type === 'array') add('items', () => this.schema(depth + 1), 0.9);
      for (const name of ['allOf', 'anyOf', 'oneOf'])
        add(name, () => [this.schema(depth + 2), this.schema(depth + 2)], 0.08);
      add('not', () => this.schema(depth + 2), 0.05);
    }
    add('default', () => this.value());
    add('enum', () => [this.value(), this.value()], 0.08);
    add('pattern', () => this.#pick(['^a', '(a+)+$', '[']), 0.1);
    add('format', () => this.#pick(formats));
    add('nullable', () => true);
    for (const name of ['maximum', 'minLength', 'maxItems', 'minProperties', 'multipleOf'])
      add(name, () => this.#pick([0, 1, 2.5]), 0.08);
    add('required', () => [this.#pick(names)]);
    add('x-kubernetes-preserve-unknown-fields', () => true);
    add('x-kubernetes-embedded-resource', () => true, 0.08);
    add('x-kubernetes-int-or-string', () => true, 0.08);
    add('x-kubernetes-list-type', () => this.#pick(['set', 'map', 'atomic']));
    add('x-kubernetes-list-map-keys', () => [this.#pick(names)]);
    add('x-kubernetes-map-type', () => this.#pick(['atomic', 'granular']));
    add(
      'x-kubernetes-validations',
      () => [{ rule: this.#pick(rules), ...(this.#maybe() && { optionalOldSelf: true }) }],
      0.25,
    );
    return schema as JsonSchema;
  }
}

const isError = { field: expect.any(String), reason: expect.stringMatching(/^Field/), message: expect.any(String) };

function judge(schema: JsonSchema, value: unknown, old: unknown): void {
  const tree = compileRules(schema);
  const errors = [
    ...validateSchema(schema, 'schema', false),
    ...ruleErrors(tree, 'schema'),
    ...validateEmbeddedResources(schema, value),
    ...validateListTypes(schema, value),
  ];
  const values = hasWrongPattern(schema)
    ? []
    : [...validateValue(schema, value, { old }), ...validateRules(tree, value, old)];
  for (const error of [...errors, ...values]) expect(error).toEqual(isError);
  structuralShape(schema);
  checkMetadata(schema, value);
  const settled = structuredClone(value);
  pruneUnknown(schema, settled);
  expect(unknownFields(schema, settled)).toEqual([]);
  pruneNulls(schema, settled);
  setDefaults(schema, settled);
  const again = structuredClone(settled);
  setDefaults(schema, again);
  expect(again).toEqual(settled);
  if (!hasWrongPattern(schema)) expect(validateValue(schema, value, { old: value })).toEqual([]);
}

/** Patterns that cannot be read are refused with the definition, so no value is compared with them. */
const hasWrongPattern = (schema: JsonSchema): boolean => JSON.stringify(schema).includes('"pattern":"["');

describe('random schemas and values', () => {
  test.each([1, 2, 3, 4, 5, 6])('seed %d', (seed) => {
    const generator = new Generator(seed);
    for (let i = 0; i < 150; i++) {
      const [schema, value, old] = [generator.schema(), generator.value(), generator.value()];
      try {
        judge(schema, value, old);
      } catch (error) {
        throw new Error(JSON.stringify({ schema, value, old }), { cause: error });
      }
    }
  });
});
