/**
 * The rows of Kubernetes' conformance list, and which test shows which: a test carries a row's name in its title,
 *
 *     test('conformance: Kubectl, version', ...)
 *     test('conformance: Kubectl, version — of an old kubectl too', ...)
 *
 * Rows that share a name are shown by as many titles, in the order of both. `test/conformance.tsv` holds the names and what
 * they mean in our words; names and tiers are facts of kubernetes/test/conformance.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Row {
  sig: string;
  area: string;
  name: string;
  /** What it asks for. */
  behaviour: string;
  /** 1 is what every cluster must do first, 4 what comes last. */
  tier: number;
  /** The part of the project that it asks most of: `api`, `cli`, `controller`, `node`, ... */
  layer: string;
}

/** A title in the source of a test. */
export interface Carrier {
  file: string;
  name: string;
  /** As it follows `conformance: `. */
  title: string;
}

/** A row with the tests that show it: one, or none yet; several where each shows a part. */
export interface ShownRow extends Row {
  carriers: Carrier[];
}

export const rowsFile = 'test/conformance.tsv';
const marker = 'conformance: ';

export function readRows(root: string): Row[] {
  const [, ...lines] = readFileSync(join(root, rowsFile), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [sig = '', area = '', name = '', behaviour = '', tier = '', layer = ''] = line.split('\t');
    return { sig, area, name, behaviour, tier: Number(tier), layer };
  });
}

/** Every title of the tests that git knows or would add. Throws on a name that no row has. */
export function readCarriers(root: string, rows: readonly Row[]): Carrier[] {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.test.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  return files
    .trim()
    .split('\n')
    .sort()
    .filter((file) => existsSync(join(root, file)))
    .flatMap((file) => carriersIn(file, readFileSync(join(root, file), 'utf8'), rows));
}

/** Pure: the titles in one source. */
export function carriersIn(file: string, source: string, rows: readonly Row[]): Carrier[] {
  const names = new Set(rows.map(({ name }) => name));
  return [...source.matchAll(/(['"`])conformance: (.*?)(?<!\\)\1/g)].map((match) => {
    const title = match[2]!.replaceAll(/\\(['"`])/g, '$1');
    const [name = ''] = title.split(' — ');
    if (!names.has(name)) throw new Error(`${file}: no row of ${rowsFile} is called "${name}"`);
    return { file, name, title };
  });
}

/** Pure: gives each row its titles. */
export function assign(rows: readonly Row[], carriers: readonly Carrier[]): ShownRow[] {
  const rowsOf = Map.groupBy(rows, ({ name }) => name);
  const carriersOf = Map.groupBy(carriers, ({ name }) => name);
  return rows.map((row) => {
    const same = rowsOf.get(row.name)!;
    const all = carriersOf.get(row.name) ?? [];
    const index = same.indexOf(row);
    return { ...row, carriers: same.length === 1 ? all : all.slice(index, index + 1) };
  });
}

/** What a vitest run says of a title. */
export type Outcome = 'passed' | 'failed' | 'skipped';

interface Report {
  testResults: { name: string; assertionResults: { title: string; status: string }[] }[];
}

/**
 * Pure: the outcome of each title in vitest's JSON report; of several tests with one title the worst counts. A title may end
 * in what only the run knows: `... — kubectl 1.${minor}`, `... — %s`.
 */
export function outcomes({ testResults }: Report): (carrier: Carrier) => Outcome | undefined {
  return ({ file, title }) => {
    const [fixed = ''] = title.split(/%[a-z]|\$\{/);
    const isMeant = (reported: string): boolean =>
      fixed === title ? reported === `${marker}${title}` : reported.startsWith(`${marker}${fixed}`);
    const results = testResults
      .filter(({ name }) => name.endsWith(`/${file}`))
      .flatMap(({ assertionResults }) => assertionResults.filter((result) => isMeant(result.title)))
      .map(({ status }) => status);
    if (results.length === 0) return undefined;
    if (results.includes('failed')) return 'failed';
    return results.includes('passed') ? 'passed' : 'skipped';
  };
}
