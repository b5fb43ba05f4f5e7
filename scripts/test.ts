/**
 * `npm test`: types, lint, tables beside the code, every process started, whole clusters with real containers. Runs all
 * of them even when one fails, prints a summary, and exits with 1 if any failed.
 *
 * Test files of whole processes run three at a time, each with ports of its own: two processors are more than one of them
 * uses. Those with a whole cluster run one after the other: they share the machine's Docker engine and its routes.
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
}

interface Result {
  name: string;
  passed: boolean;
  seconds: number;
  /** What it printed, where that was kept. */
  said: string;
}

/** How many steps with whole processes run at a time. */
const lanes = 3;

/** Files of one step: few enough that no lane is left with much when the others are done. */
const filesPerStep = 8;

const testFiles = globSync('test/**/*.test.ts', { cwd: root }).sort();
const { clusters = [], store = [], processes = [] } = Object.groupBy(testFiles, whatStarts);

const alone: Step[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['biome', 'check', '.'] },
  { name: 'tables beside the code', command: ['vitest', 'run', '--no-isolate', '--exclude', 'test/**'] },
];

/** The longest first. */
const beside: Step[] = [
  { name: 'whole clusters', command: ['vitest', 'run'], files: clusters },
  { name: 'the store', command: ['vitest', 'run'], files: store },
  ...inSteps(processes),
];

/** By what it imports. */
function whatStarts(file: string): 'clusters' | 'store' | 'processes' {
  if (file.startsWith('test/store/')) return 'store';
  const source = readFileSync(resolve(root, file), 'utf8');
  return /'\.\/(harness\/(cluster|network)|runtime-suite)\.ts'/.test(source) ? 'clusters' : 'processes';
}

function inSteps(files: string[]): Step[] {
  const count = Math.ceil(files.length / filesPerStep);
  return Array.from({ length: count }, (_, i) => ({
    name: `whole processes, ${i + 1} of ${count}`,
    command: ['vitest', 'run'],
    // Neighbours in the alphabet are alike, and take alike.
    files: files.filter((_, j) => j % count === i),
  }));
}

const peers = providePeers(root);
const path = [resolve(root, 'node_modules/.bin'), process.env['PATH'], peers].filter(Boolean).join(delimiter);

const titleOf = ({ name, command, files = [] }: Step): string =>
  `\n=== ${[`${name}:`, ...command, ...(files.length > 0 ? [`(${files.length} files)`] : [])].join(' ')}`;

/** Prints what it says at once, or keeps it. */
async function runStep(step: Step, keep = false): Promise<Result> {
  const [program, ...args] = step.command;
  if (!keep) console.log(titleOf(step));
  const begun = performance.now();
  const output = keep ? 'pipe' : 'inherit';
  const child = spawn(program!, [...args, ...(step.files ?? [])], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['inherit', output, output],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => said.push(bytes));
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - begun) / 1000;
  return { name: step.name, passed: code === 0, seconds, said: Buffer.concat(said).toString() };
}

/** Runs so many at a time, in order. The first is seen while it runs, the others when all have ended. */
async function runBeside(steps: Step[]): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < steps.length) {
      const i = next++;
      results[i] = await runStep(steps[i]!, i > 0);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const [i, { said }] of results.entries()) if (i > 0) console.log(`${titleOf(steps[i]!)}\n${said}`);
  return results;
}

const results: Result[] = [];
for (const step of alone) results.push(await runStep(step));
results.push(...(await runBeside(beside)));

console.log('\n=== summary');
for (const { name, passed, seconds } of results)
  console.log(`${passed ? 'passed' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
process.exit(results.every(({ passed }) => passed) ? 0 : 1);
