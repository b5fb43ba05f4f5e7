/**
 * `npm test`: types, lint, tables beside the code, every process started, whole clusters with real containers. Runs all
 * of them even when one fails, prints a summary, and exits with 1 if any failed.
 *
 * Test files of whole processes run side by side, each with ports of its own, because two cores are more than most of them
 * use. Those with a whole cluster run one at a time: they share the machine's Docker engine and its routes. Those of the store
 * mostly wait.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { providePeers } from './peers.ts';

const root = resolve(import.meta.dirname, '..');

interface Step {
  name: string;
  command: string[];
  /** Files that a command line is not to show one by one. */
  files?: string[];
  /** Runs next to the step before it. What it says is shown when it has ended. */
  beside?: true;
}

const testFiles = globSync('test/**/*.test.ts', { cwd: root }).sort();
const { clusters = [], store = [], processes = [] } = Object.groupBy(testFiles, whatStarts);

const steps: Step[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['biome', 'check', '.'] },
  { name: 'tables beside the code', command: ['vitest', 'run', '--no-isolate', '--exclude', 'test/**'] },
  { name: 'whole clusters', command: ['vitest', 'run'], files: clusters },
  { name: 'whole processes', command: ['vitest', 'run'], files: processes, beside: true },
  { name: 'the store', command: ['vitest', 'run'], files: store, beside: true },
];

/** By what it imports. */
function whatStarts(file: string): 'clusters' | 'store' | 'processes' {
  if (file.startsWith('test/store/')) return 'store';
  const source = readFileSync(resolve(root, file), 'utf8');
  return /'\.\/(harness\/(cluster|network)|runtime-suite)\.ts'/.test(source) ? 'clusters' : 'processes';
}

const peers = providePeers(root);
const path = [resolve(root, 'node_modules/.bin'), process.env['PATH'], peers].filter(Boolean).join(delimiter);

async function runStep({ name, command: [program, ...args], files = [], beside }: Step) {
  const count = files.length > 0 ? [`(${files.length} files)`] : [];
  const title = `\n=== ${name}: ${[program, ...args, ...count].join(' ')}`;
  if (!beside) console.log(title);
  const begun = performance.now();
  const env = { ...process.env, PATH: path };
  const child = spawn(program!, [...args, ...files], {
    cwd: root,
    env,
    stdio: ['inherit', beside ? 'pipe' : 'inherit', beside ? 'pipe' : 'inherit'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => said.push(bytes));
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - begun) / 1000;
  return { name, passed: code === 0, seconds, later: beside ? `${title}\n${Buffer.concat(said).toString()}` : '' };
}

const results: Awaited<ReturnType<typeof runStep>>[] = [];
for (let i = 0; i < steps.length; i++) {
  const together = [steps[i]!];
  while (steps[i + 1]?.beside) together.push(steps[++i]!);
  for (const result of await Promise.all(together.map(runStep))) {
    if (result.later) console.log(result.later);
    results.push(result);
  }
}

console.log('\n=== summary');
for (const { name, passed, seconds } of results)
  console.log(`${passed ? 'passed' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
process.exit(results.every(({ passed }) => passed) ? 0 : 1);
