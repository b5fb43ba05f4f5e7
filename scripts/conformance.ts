/**
 * `npm run conformance`: runs every test that carries the name of a conformance row, and writes docs/conformance.md. With
 * `--report FILE` it takes the results from a JSON report of vitest instead of running anything.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { assign, outcomes, readCarriers, readRows } from './conformance-rows.ts';
import { renderTable, tableFile } from './conformance-table.ts';

const root = resolve(import.meta.dirname, '..');

/** Runs the tests of those files that carry a row's name; answers vitest's report. */
function runTests(files: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'minik-conformance-'));
  const report = join(folder, 'report.json');
  try {
    const args = [
      'run',
      ...files,
      '-t',
      '^(.* )?conformance: ',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const { error } = spawnSync(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'inherit' });
    if (error) throw error;
    return readFileSync(report, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { values } = parseArgs({ options: { report: { type: 'string' } } });
const rows = readRows(root);
const carriers = readCarriers(root, rows);
const files = [...new Set(carriers.map(({ file }) => file))];
const outcomeOf = outcomes(JSON.parse(values.report ? readFileSync(values.report, 'utf8') : runTests(files)));
writeFileSync(join(root, tableFile), renderTable(assign(rows, carriers), outcomeOf));
const count = (wanted: string): number => carriers.filter((carrier) => outcomeOf(carrier) === wanted).length;
console.log(
  `${tableFile}: ${rows.length} rows; of ${carriers.length} titles ${count('passed')} passed, ${count('failed')} failed`,
);
process.exit(count('failed') > 0 ? 1 : 0);
