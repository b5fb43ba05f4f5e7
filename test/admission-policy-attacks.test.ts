/** Policies, objects and selectors that are made to stall the server: it answers them with an error, and everybody else as before. */
import { describe, expect, test } from 'vitest';
import { bindingsPath, mapsLabelled, policiesPath, policyOf, withPolicy } from './harness/admission-policies.ts';
import { longestWait, soonMs } from './harness/longest-wait.ts';
import { mapOf, maps, writesToServerAt } from './harness/writes.ts';

const writes = writesToServerAt(25778);
const { ask } = writes;

const bomb = (data: object) => mapOf('bomb', data, { labels: { test: 'bomb' } });
const keys = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 'v']));
const dryRun = `${maps}?dryRun=All`;

const costly = 'resulted in error: operation cancelled: actual cost limit exceeded';

/** How long others wait for an answer while `attack` goes on. */
const othersWait = (attack: Promise<unknown>): Promise<number> =>
  longestWait(attack, async () => {
    expect(await ask('GET', '/api/v1/namespaces/default')).toMatchObject({ status: 200 });
  });

describe('a policy that many objects make expensive', () => {
  test.each<[string, string, object]>([
    ['loops', 'object.data.all(a, object.data.all(b, object.data.all(c, a + b + c != "")))', keys],
    [
      'patterns',
      'object.data.all(k, object.data.all(l, !object.data.big.matches("(a|aa)+b")))',
      { ...keys, big: 'a'.repeat(500_000) },
    ],
    ['texts', 'object.data.map(k, object.data.big).join(object.data.big) == ""', { ...keys, big: 'a'.repeat(500_000) }],
    ['comparisons', 'object.data.all(a, object.data.all(b, object == object))', keys],
    [
      'patterns from objects',
      'object.data.all(k, !k.matches(object.data.big))',
      { ...keys, big: '(a|b)*'.repeat(100_000) },
    ],
  ])('%s', async (_, expression, data) => {
    const spec = { matchConstraints: mapsLabelled('bomb'), validations: [{ expression }] };
    await withPolicy(writes, 'Validating', { name: 'bomb', spec }, async () => {
      const attack = Promise.all(Array.from({ length: 5 }, () => ask('POST', dryRun, bomb(data))));
      expect(await othersWait(attack)).toBeLessThan(soonMs);
      for (const answer of await attack) {
        expect(answer).toMatchObject({ status: 422, body: { message: expect.stringContaining(costly) } });
      }
    });
  });

  test('variables that double each other', async () => {
    const variables = Array.from({ length: 40 }, (_, i) => ({
      name: `v${i}`,
      expression: i === 0 ? 'object.metadata.name' : `variables.v${i - 1} + variables.v${i - 1}`,
    }));
    const spec = {
      matchConstraints: mapsLabelled('bomb'),
      variables,
      validations: [{ expression: 'variables.v39 != ""' }],
    };
    await withPolicy(writes, 'Validating', { name: 'doubling', spec }, async () => {
      const { status, body } = await ask('POST', dryRun, bomb({}));
      expect(status).toBe(422);
      expect(body.message).toMatch(/actual cost limit exceeded|running out of cost budget/);
    });
  });

  test('a policy that changes objects', async () => {
    const expression =
      'object.data.map(a, object.data.map(b, object.data.map(c, JSONPatch{op: "add", path: "/data/x", value: a}))).map(x, JSONPatch{op: "remove", path: "/x"})';
    const spec = {
      reinvocationPolicy: 'Never',
      matchConstraints: mapsLabelled('bomb'),
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    };
    await withPolicy(writes, 'Mutating', { name: 'patches', spec }, async () => {
      expect(await ask('POST', dryRun, bomb(keys))).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining(costly) },
      });
    });
  });
});

describe('policies that cannot be made', () => {
  const withExpression = (expression: string) =>
    policyOf('Validating', 'impossible', { matchConstraints: mapsLabelled('bomb'), validations: [{ expression }] });

  test.each<[string, string]>([
    ['deep brackets', `${'('.repeat(50_000)}true${')'.repeat(50_000)}`],
    ['many negations', `${'!'.repeat(100_000)}true`],
    ['deep objects', `${'Object{a: '.repeat(20_000)}1${'}'.repeat(20_000)} == 1`],
    ['a long chain', `object${'.a'.repeat(200_000)} == 1`],
    ['an endless text', `"${'\\\\'.repeat(200_000)}`],
  ])('%s', async (_, expression) => {
    const answer = ask('POST', policiesPath('Validating'), withExpression(expression));
    expect(await othersWait(answer)).toBeLessThan(soonMs);
    expect(await answer).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
  });
});

describe('selectors', () => {
  test('of a policy, with very many labels', async () => {
    const matchLabels = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`label-${i}`, 'x']));
    const matchExpressions = [
      { key: 'test', operator: 'In', values: Array.from({ length: 20_000 }, (_, i) => `v${i}`) },
    ];
    const spec = { matchConstraints: mapsLabelled('bomb'), validations: [{ expression: 'false' }] };
    for (const objectSelector of [{ matchLabels }, { matchExpressions }]) {
      const binding = { matchResources: { objectSelector } };
      await withPolicy(writes, 'Validating', { name: 'selective', spec, binding }, async () => {
        const attack = Promise.all(Array.from({ length: 20 }, () => ask('POST', dryRun, bomb({}))));
        expect(await othersWait(attack)).toBeLessThan(soonMs);
        for (const { status } of await attack) expect(status).toBe(201);
      });
    }
  });

  const count = 3000;
  test.each<[string, string, number]>([
    ['brackets', `labelSelector=${'('.repeat(count)}`, 400],
    ['negations', `labelSelector=${'!'.repeat(count)}a`, 400],
    ['spaces', `labelSelector=a${'%20'.repeat(count)}in${'%20'.repeat(count)}(`, 400],
    ['commas', `labelSelector=${','.repeat(count)}`, 400],
    ['values', `labelSelector=a%20in%20(${'b,'.repeat(count)}c)`, 200],
    ['large numbers', `labelSelector=a%3E${'9'.repeat(count)}`, 400],
    ['equal signs', `fieldSelector=${'='.repeat(count)}`, 400],
    ['backslashes', `fieldSelector=metadata.name%3D${'%5C'.repeat(count)}`, 200],
  ])('of a list, with many %s', async (_, query, status) => {
    const answer = ask('GET', `${maps}?${query}`);
    expect(await othersWait(answer)).toBeLessThan(soonMs);
    expect((await answer).status).toBe(status);
  });
});

test('the server is as it was', async () => {
  expect(await ask('GET', bindingsPath('Validating'))).toMatchObject({ status: 200, body: { items: [] } });
  expect(await ask('POST', dryRun, bomb(keys))).toMatchObject({ status: 201 });
});
