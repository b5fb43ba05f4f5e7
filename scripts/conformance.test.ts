/** docs/conformance.md says which test shows which row; the tests' titles say so too. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reasonFor } from './conformance-reasons.ts';
import { assign, carriersIn, outcomes, type Row, readCarriers, readRows } from './conformance-rows.ts';
import { filesOf, readTable, renderTable, tableFile } from './conformance-table.ts';

const root = resolve(import.meta.dirname, '..');
const rows = readRows(root);
/** Put together here, so that no title in this file counts as one. */
const mark = `${'conformance'}: `;

const row = (name: string, more: Partial<Row> = {}): Row => ({
  sig: 'sig-cli',
  area: 'kubectl',
  name,
  behaviour: `What ${name} does.`,
  tier: 1,
  layer: 'cli',
  ...more,
});

describe('the document', () => {
  test('lists the whole list', () => {
    expect(rows).toHaveLength(462);
  });

  test(`maps rows to tests as the titles do: run npm run conformance when it does not`, () => {
    const shown = assign(rows, readCarriers(root, rows));
    const wanted = shown.map((each) => ({ name: each.name, behaviour: each.behaviour, files: filesOf(each) }));
    expect(readTable(readFileSync(join(root, tableFile), 'utf8'), shown)).toEqual(wanted);
  });
});

test('the rows of the API and of kubectl that come first all have a test', () => {
  const wanted = rows.filter(
    ({ sig, tier, layer }) =>
      ['sig-api-machinery', 'sig-cli'].includes(sig) && tier <= 2 && ['api', 'cli'].includes(layer),
  );
  const missing = assign(rows, readCarriers(root, rows)).filter(({ carriers }) => carriers.length === 0);
  const names = new Set(missing.map(({ name }) => name));
  expect(wanted.length).toBeGreaterThan(40);
  expect(wanted.filter(({ name }) => names.has(name))).toEqual([]);
});

describe('titles', () => {
  const both = [row('A, b'), row('A, "c" d')];

  test('carry a name, and more after a dash', () => {
    const source = `test('${mark}A, b', f); test("${mark}A, b — more", f); ['${mark}A, "c" d']`;
    expect(carriersIn('x.test.ts', source, both)).toEqual([
      { file: 'x.test.ts', name: 'A, b', title: 'A, b' },
      { file: 'x.test.ts', name: 'A, b', title: 'A, b — more' },
      { file: 'x.test.ts', name: 'A, "c" d', title: 'A, "c" d' },
    ]);
  });

  test('that no row has are refused', () => {
    expect(() => carriersIn('x.test.ts', `test('${mark}A', f)`, both)).toThrow('x.test.ts: no row of');
  });

  test('of rows that share a name are dealt out in order', () => {
    const twins = [row('A', { behaviour: 'one' }), row('A', { behaviour: 'two' }), row('B')];
    const carriers = ['A — one', 'B — here', 'B — there'].map((title) => ({
      file: 'x.test.ts',
      name: title[0]!,
      title,
    }));
    expect(assign(twins, carriers).map((each) => each.carriers.length)).toEqual([1, 0, 2]);
  });
});

describe('results', () => {
  const report = (...statuses: string[]) => ({
    testResults: [
      {
        name: '/somewhere/test/x.test.ts',
        assertionResults: statuses.map((status) => ({ title: `${mark}A`, status })),
      },
    ],
  });
  const carrier = { file: 'test/x.test.ts', name: 'A', title: 'A' };

  test.each<[string[], string | undefined]>([
    [['passed', 'passed'], 'passed'],
    [['passed', 'failed'], 'failed'],
    [['passed', 'skipped'], 'passed'],
    [['skipped'], 'skipped'],
    [[], undefined],
  ])('%j is %s', (statuses, wanted) => {
    expect(outcomes(report(...statuses))(carrier)).toBe(wanted);
  });

  test.each(['%s', ['$', '{minor}'].join('')])('of a title that ends in %j are all that begin so', (end) => {
    const titles = ['A — kubectl 1.27', 'A — kubectl 1.33', 'A, more'];
    const assertionResults = titles.map((title, index) => ({
      title: `${mark}${title}`,
      status: index === 1 ? 'failed' : 'passed',
    }));
    const outcomeOf = outcomes({ testResults: [{ name: '/x/test/x.test.ts', assertionResults }] });
    expect(outcomeOf({ ...carrier, title: `A — kubectl ${end}` })).toBe('failed');
    expect(outcomeOf(carrier)).toBeUndefined();
  });

  test('of another file with the same title do not count', () => {
    expect(outcomes(report('passed'))({ ...carrier, file: 'test/other.test.ts' })).toBeUndefined();
  });

  test('stand in the document beside its row, and add up', () => {
    const shown = assign([row('A'), row('B'), row('C', { tier: 2 })], [carrier]);
    const text = renderTable(shown, () => 'passed');
    expect(text).toContain('| sig-cli | 1 / 2 | 0 / 1 |  |  | 1 / 3 |');
    expect(text).toContain('| 1 | kubectl | A | What A does. | [x.test.ts](../test/x.test.ts) | passed |');
    expect(text).toContain('| 1 | kubectl | B | What B does. |  | not yet: no test by this name yet |');
  });
});

test.each<[Partial<Row>, string]>([
  [{ layer: 'controller', area: 'job' }, 'no job-controller yet'],
  [{ layer: 'controller', area: 'replicaset' }, 'no test by this name yet'],
  [{ layer: 'node', area: 'trustbundle' }, 'ClusterTrustBundle is stable since Kubernetes 1.37, and 1.36 is served'],
  [{ layer: 'api', area: 'dra' }, 'no dynamic resource allocation yet: its kinds are stored and served'],
])('the reason for %o', (more, reason) => {
  expect(reasonFor(row('A', more), ['replicaset-controller'])).toBe(reason);
});
