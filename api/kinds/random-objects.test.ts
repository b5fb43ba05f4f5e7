/**
 * Random objects of the right types, with anything missing or odd: rules, defaults, tables and patches must answer, never throw.
 * The seed is in the test's name; a failure prints the object.
 */
import { describe, expect, test } from 'vitest';
import { strategicMergePatch } from '../patch/strategic-merge.ts';
import { createThreeWayMergePatch } from '../patch/three-way.ts';
import { checkFields, type FieldType, loadSchema, prune } from '../schema.ts';
import { toTable } from '../table.ts';
import type { KubeObject } from '../types.ts';
import { validateObjectMeta } from '../validate-meta.ts';
import { type AnyKind, allKinds } from './all.ts';

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

const texts = [
  '',
  'a',
  'web',
  'A_',
  '10.0.0.1',
  '::1',
  'Always',
  'ClusterIP',
  'None',
  'TCP',
  'In',
  '../..',
  '25%',
  '-',
  'ä',
  'x'.repeat(70),
];

class Generator {
  #random: () => number;

  constructor(seed: number) {
    this.#random = randomSource(seed);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  object(type: string, depth = 0): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const [name, field] of loadSchema().mustType(type).fields) {
      if (this.#random() < 0.55 - depth * 0.04) object[name] = this.#value(field, depth + 1);
    }
    return object;
  }

  #value(type: FieldType, depth: number): unknown {
    if (this.#random() < 0.03) return null;
    switch (type.kind) {
      case 'object':
        return depth > 9 ? {} : this.object(type.type, depth);
      case 'list':
        return Array.from({ length: Math.floor(this.#random() * 3) }, () => this.#value(type.of, depth));
      case 'map':
        return Object.fromEntries(
          [this.#pick(texts), this.#pick(texts)].map((key) => [key, this.#value(type.of, depth)]),
        );
      case 'boolean':
        return this.#random() < 0.5;
      case 'int32':
      case 'int64':
      case 'double':
        return this.#pick([0, 1, -1, 80, 65536]);
      case 'quantity':
        return this.#pick(['0', '1', '-1', '100m', '1Gi', 0.5]);
      case 'time':
        return '2024-01-01T00:00:00Z';
      case 'microTime':
        return '2024-01-01T00:00:00.000000Z';
      case 'bytes':
        return this.#pick(['', 'e30=']);
      case 'intOrString':
        return this.#pick([0, 80, '', 'http', '25%']);
      case 'any':
        return {};
      default:
        return this.#pick(texts);
    }
  }
}

/** What the registry does with a body. */
function admit(kind: AnyKind, body: object, old?: KubeObject): KubeObject {
  const object = structuredClone(body) as KubeObject;
  expect(checkFields(kind.schema, object)).toEqual({ unknown: [], typeErrors: [] });
  prune(kind.schema, object);
  object.metadata ??= {};
  kind.setDefaults?.(object);
  const context = { now: '2024-01-01T00:00:00Z', user: { name: 'jane', groups: [] } };
  if (old) kind.strategy?.prepareForUpdate?.(object, old, context);
  else kind.strategy?.prepareForCreate?.(object, context);
  for (const error of [...validateObjectMeta(kind, object, old), ...(kind.validate?.(object, old) ?? [])]) {
    expect(error).toEqual({
      field: expect.any(String),
      reason: expect.stringMatching(/^Field/),
      message: expect.any(String),
    });
  }
  return object;
}

describe.each(allKinds.map((kind) => [kind.plural, kind] as const))('random %s', (_plural, kind) => {
  test.each([1, 2, 3, 4])('seed %d', (seed) => {
    const generator = new Generator(seed);
    for (let i = 0; i < 25; i++) {
      const [first, second] = [generator.object(kind.schema), generator.object(kind.schema)];
      try {
        const old = admit(kind, first);
        const object = admit(kind, second, old);
        kind.validateStatus?.(object, old);
        kind.gracePeriod?.(object);
        toTable(kind, [old, object], { now: 0 });
        const again = structuredClone(object);
        prune(kind.schema, again);
        expect(again).toEqual(object);
        expectPatchToLeadTo(kind, old, object);
        if (kind.storedAs) expectConversion(kind.storedAs, object);
      } catch (error) {
        throw new Error(`${kind.kind} ${JSON.stringify([first, second])}`, { cause: error });
      }
    }
  });
});

/** What is stored fits its type, has lost nothing on the way back, and the way there changes nothing. */
function expectConversion({ kind, toStored, fromStored }: NonNullable<AnyKind['storedAs']>, object: KubeObject): void {
  const before = structuredClone(object);
  const stored = toStored(object);
  expect(object).toEqual(before);
  const { schema } = allKinds.find((one) => one === (kind as AnyKind))!;
  expect(checkFields(schema, stored)).toEqual({ unknown: [], typeErrors: [] });
  expect(toStored(fromStored(stored))).toEqual(stored);
}

/** The patch of an apply, applied, gives what was applied, when nobody else owns anything. */
function expectPatchToLeadTo(kind: AnyKind, old: KubeObject, wanted: KubeObject): void {
  const [from, to] = [old, wanted] as unknown as Record<string, unknown>[];
  if (!hasUniqueKeys(from) || !hasUniqueKeys(to)) return;
  let patched: object;
  try {
    patched = strategicMergePatch(from!, createThreeWayMergePatch(from, to!, from!, kind.schema), kind.schema);
  } catch (error) {
    expect(error).toMatchObject({ code: 400, message: expect.stringContaining('does not contain declared merge key') });
    return;
  }
  prune(kind.schema, patched);
  expect(patched).toEqual(to);
}

/** Whether no list has two items, which a merge key might not tell apart. */
function hasUniqueKeys(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= 1 && value.every(hasUniqueKeys);
  return typeof value !== 'object' || value === null || Object.values(value).every(hasUniqueKeys);
}
