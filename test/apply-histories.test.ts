/** Random applies and updates: what must hold after each of them, whatever came before. */
import { describe, expect, test } from 'vitest';
import { difference, type FieldSet, pathsOf, showPath, union } from '../api/apply/field-set.ts';
import { structuralShape } from '../api/apply/structural-shape.ts';
import { toFieldSet } from '../api/apply/to-field-set.ts';
import { Tracked, versionOf } from '../api/apply/tracked.fixture.ts';
import { isEqual } from '../api/patch/json.ts';
import { newSeed, type Random, randomFrom } from './harness/random.ts';

const scalar = { type: 'string' };
const map = { type: 'object', additionalProperties: scalar };
const set = { type: 'array', items: scalar, 'x-kubernetes-list-type': 'set' };
const list = (items: Record<string, object>) => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: { type: 'object', properties: { name: scalar, ...items } },
});
const shape = structuralShape({
  type: 'object',
  properties: {
    anchor: scalar,
    text: scalar,
    spec: {
      type: 'object',
      properties: { text: scalar, map, deep: { type: 'object', properties: { text: scalar, set } } },
    },
    set,
    list: list({ text: scalar, map, inner: list({ text: scalar }) }),
    atomic: { type: 'array', items: scalar },
    loose: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
});

const names = ['a', 'b', 'c'];

function randomObject(random: Random): Record<string, unknown> {
  const text = (): string => `${random(2)}`;
  const some = <T>(make: (name: string) => T): T[] => names.filter(() => random(2) === 0).map(make);
  const randomMap = () => Object.fromEntries(some((name) => [name, text()]));
  const items = (more: () => object) => some((name) => ({ name, ...more() })).sort(() => random(3) - 1);
  const maybe = (fields: Record<string, () => unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).flatMap(([name, make]) => (random(2) === 0 ? [[name, make()]] : [])));
  return withoutEmpty(
    maybe({
      text,
      spec: () => maybe({ text, map: randomMap, deep: () => maybe({ text, set: () => some((name) => name) }) }),
      set: () => some((name) => name),
      list: () => items(() => maybe({ text, map: randomMap, inner: () => items(() => maybe({ text })) })),
      atomic: () => some((name) => name),
      loose: () => ({ ...randomMap(), ...maybe({ nested: randomMap, many: () => [1, 2] }) }),
    }),
  ) as Record<string, unknown>;
}

/** As the server stores objects: empty lists and maps are not kept. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]): [string, unknown] => [key, withoutEmpty(inner)])
      .filter(([, inner]) => typeof inner !== 'object' || Object.keys(inner as object).length > 0),
  );
}

const managers = ['x', 'y', 'z'];

/** Whether the object has something at the path. */
function has(object: unknown, path: readonly string[]): boolean {
  let value = object;
  for (const element of path) {
    const rest = element.slice(2);
    const items = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
    if (element.startsWith('f:')) value = (value as Record<string, unknown> | undefined)?.[rest];
    else if (element.startsWith('v:')) value = items.find((item) => isEqual(item, JSON.parse(rest)));
    else {
      const keys = Object.entries(JSON.parse(rest) as object);
      value = items.find((item) => keys.every(([key, wanted]) => item[key] === wanted));
    }
  }
  return value !== undefined;
}

/** With lists in one order. Where an item stands has no owner. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, sorted(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('after any writes', () => {
  const seed = newSeed();
  const random = randomFrom(seed);
  const rounds = 300;

  /** An object that several managers have applied to and updated. It has an owner from the start, and so is tracked. */
  async function written(): Promise<Tracked> {
    const o = new Tracked(versionOf('v1', shape));
    await o.update('first', { anchor: '1' });
    for (let i = 0; i < random(6); i++) {
      const manager = managers[random(3)]!;
      if (random(3) === 0) await o.update(manager, { anchor: '1', ...randomObject(random) });
      else await o.apply(manager, randomObject(random), { force: true });
    }
    return o;
  }

  const owned = (o: Tracked): string[][] => o.entries.flatMap(({ fieldsV1 }) => pathsOf(fieldsV1));

  test(`nobody owns what is not there, and everything has an owner (seed ${seed})`, async () => {
    for (let i = 0; i < rounds; i++) {
      const o = await written();
      for (const path of owned(o)) expect([showPath(path), has(o.object, path)]).toEqual([showPath(path), true]);
      const all = o.entries.reduce<FieldSet>((set, { fieldsV1 }) => union(set, fieldsV1), {});
      expect(pathsOf(difference(toFieldSet(shape, o.object!), all)).map(showPath)).toEqual([]);
    }
  });

  test(`an applier owns what it applies, and nothing else (seed ${seed})`, async () => {
    for (let i = 0; i < rounds; i++) {
      const o = await written();
      const config = randomObject(random);
      await o.apply('x', config, { force: true });
      const own = o.entries.find(({ manager, operation }) => manager === 'x' && operation === 'Apply');
      expect(own?.fieldsV1 ?? {}).toEqual(toFieldSet(shape, config));
    }
  });

  test(`applying twice is applying once (seed ${seed})`, async () => {
    for (let i = 0; i < rounds; i++) {
      const o = await written();
      const config = randomObject(random);
      await o.apply('x', config, { force: true });
      const once = structuredClone([o.object, o.entries]);
      expect((await o.apply('x', config)).object).toBeUndefined();
      expect([o.object, o.entries]).toEqual(once);
    }
  });

  test(`what is applied without conflict and then given up leaves no trace (seed ${seed})`, async () => {
    let accepted = 0;
    for (let i = 0; i < rounds; i++) {
      const o = await written();
      const before = structuredClone([sorted(o.object), sorted(o.entries)]);
      try {
        await o.apply('new', randomObject(random));
        accepted += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 409 });
        continue;
      }
      await o.apply('new', {});
      expect([sorted(o.object), sorted(o.entries)]).toEqual(before);
    }
    expect(accepted).toBeGreaterThan(rounds / 20);
  });

  test(`a conflict is about what others own and the config would change (seed ${seed})`, async () => {
    for (let i = 0; i < rounds; i++) {
      const o = await written();
      const config = randomObject(random);
      const fields = await o.apply('new', config).then(
        () => [],
        (error: { details: { causes: { field: string }[] } }) => error.details.causes.map(({ field }) => field),
      );
      const others = new Set(owned(o).map(showPath));
      const applied = new Set(pathsOf(toFieldSet(shape, config)).map(showPath));
      for (const field of fields) expect([field, others.has(field), applied.has(field)]).toEqual([field, true, true]);
    }
  });
});
