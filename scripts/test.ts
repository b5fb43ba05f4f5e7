/**
 * `npm test`: types, lint, tables beside the code, every process started, whole clusters with real containers. Runs all
 * of them even when one fails, prints a summary, and exits with 1 if any failed.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, resolve } from 'node:path';
import { providePeers } from './peers.ts';

const root = resolve(import.meta.dirname, '..');

const steps: [name: string, ...command: string[]][] = [
  ['types', 'tsc', '--noEmit'],
  ['lint', 'biome', 'check', '.'],
  ['tables beside the code', 'vitest', 'run', '--no-isolate', '--exclude', 'test/**'],
  ['whole processes', 'vitest', 'run', '--dir', 'test'],
];

const peers = providePeers(root);
const path = [resolve(root, 'node_modules/.bin'), process.env['PATH'], peers].filter(Boolean).join(delimiter);

const results = steps.map(([name, command, ...args]) => {
  console.log(`\n=== ${name}: ${[command, ...args].join(' ')}`);
  const begun = performance.now();
  const { status, error } = spawnSync(command!, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  if (error) throw error;
  return { name, passed: status === 0, seconds: (performance.now() - begun) / 1000 };
});

console.log('\n=== summary');
for (const { name, passed, seconds } of results)
  console.log(`${passed ? 'passed' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
process.exit(results.every(({ passed }) => passed) ? 0 : 1);
