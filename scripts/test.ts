/**
 * `npm test`: types, lint, tables beside the code, every process started, whole clusters with real containers. Runs all
 * of them even when one fails, prints a summary, and exits with 1 if any failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, resolve } from 'node:path';
import { providePeers } from './peers.ts';

const root = resolve(import.meta.dirname, '..');

interface Step {
  name: string;
  command: string[];
  /** Runs next to the step before it: it mostly waits. What it says is shown when it has ended. */
  beside?: true;
}

const steps: Step[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['biome', 'check', '.'] },
  { name: 'tables beside the code', command: ['vitest', 'run', '--no-isolate', '--exclude', 'test/**'] },
  { name: 'whole processes', command: ['vitest', 'run', '--dir', 'test', '--exclude', 'store/**'] },
  { name: 'the store', command: ['vitest', 'run', '--dir', 'test/store'], beside: true },
];

const peers = providePeers(root);
const path = [resolve(root, 'node_modules/.bin'), process.env['PATH'], peers].filter(Boolean).join(delimiter);

async function runStep({ name, command: [program, ...args], beside }: Step) {
  const title = `\n=== ${name}: ${[program, ...args].join(' ')}`;
  if (!beside) console.log(title);
  const begun = performance.now();
  const env = { ...process.env, PATH: path };
  const child = spawn(program!, args, {
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
