/** docs/conformance.md: written from the rows and what a run of their tests said, and read back for its mapping. */
import { reasonFor } from './conformance-reasons.ts';
import type { Carrier, Outcome, ShownRow } from './conformance-rows.ts';

export const tableFile = 'docs/conformance.md';
const tiers = [1, 2, 3, 4];

/** Pure: the whole document. `outcomeOf` answers undefined for a title that the run did not contain. */
export function renderTable(rows: readonly ShownRow[], outcomeOf: (carrier: Carrier) => Outcome | undefined): string {
  const resultOf = (row: ShownRow): string => resultText(row, outcomeOf);
  const sigs = [...Map.groupBy(rows, ({ sig }) => sig)];
  return [
    '# Conformance',
    '',
    "Every row of Kubernetes' conformance list, the test of ours that carries its name, and what the test last said.",
    'Written by `npm run conformance`; do not edit.',
    '',
    'Rows passed of rows in all, by tier. Tier 1 is what every cluster must do first, tier 4 what comes last.',
    '',
    line(['sig', ...tiers.map((tier) => `tier ${tier}`), 'all']),
    line(['---', ...tiers.map(() => '---'), '---']),
    ...sigs.map(([sig, own]) => line([sig, ...totals(own, resultOf)])),
    line(['**all**', ...totals(rows, resultOf)]),
    ...sigs.flatMap(([sig, own]) => ['', `## ${sig}`, '', ...section(own, resultOf)]),
    '',
  ].join('\n');
}

function totals(rows: readonly ShownRow[], resultOf: (row: ShownRow) => string): string[] {
  const count = (some: readonly ShownRow[]): string =>
    some.length === 0 ? '' : `${some.filter((row) => resultOf(row) === 'passed').length} / ${some.length}`;
  return [...tiers.map((tier) => count(rows.filter((row) => row.tier === tier))), count(rows)];
}

function section(rows: readonly ShownRow[], resultOf: (row: ShownRow) => string): string[] {
  const sorted = [...rows].sort((a, b) => a.tier - b.tier);
  return [
    line(['tier', 'area', 'row', 'asks for', 'test', 'result']),
    line(['---', '---', '---', '---', '---', '---']),
    ...sorted.map((row) =>
      line([String(row.tier), row.area, row.name, row.behaviour, filesOf(row).map(link).join(' '), resultOf(row)]),
    ),
  ];
}

function resultText(row: ShownRow, outcomeOf: (carrier: Carrier) => Outcome | undefined): string {
  if (row.carriers.length === 0) return `not yet: ${reasonFor(row)}`;
  const results = row.carriers.map((carrier) => outcomeOf(carrier) ?? 'not run');
  return ['failed', 'not run', 'skipped'].find((worst) => results.includes(worst as Outcome)) ?? 'passed';
}

export const filesOf = ({ carriers }: ShownRow): string[] => [...new Set(carriers.map(({ file }) => file))];

const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const link = (file: string): string => `[${file.split('/').at(-1)}](../${file})`;

/** A row of the document: whose it is, and its test's files. */
export interface Mapped {
  name: string;
  behaviour: string;
  files: string[];
}

/** Pure: what a document says of each row, in the order of the rows. */
export function readTable(text: string, rows: readonly ShownRow[]): Mapped[] {
  const lines = text.split('\n').map((row) => row.split(' | '));
  return rows.map(({ name, behaviour }) => {
    const cells = lines.find((found) => found[2] === name && found[3] === behaviour);
    const files = [...(cells?.[4] ?? 'no such row').matchAll(/\]\(\.\.\/([^)]+)\)/g)].map((match) => match[1]!);
    return { name, behaviour, files };
  });
}
