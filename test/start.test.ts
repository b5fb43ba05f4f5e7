/** The README's first command, on a clean clone of what is committed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './harness/cluster.ts';
import { output } from './harness/run.ts';

let folder: string;
const options = (): { cwd: string; env: NodeJS.ProcessEnv; timeoutMs: number } => ({
  cwd: join(folder, 'minik'),
  // As a person's shell would be: without what this test runner's npm put into the environment.
  env: {
    ...Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => /^(npm_|NODE_|VITEST)/.test(name))
        .map((name) => [name, undefined]),
    ),
    PATH: (process.env['PATH'] ?? '')
      .split(':')
      .filter((entry) => !entry.includes('node_modules'))
      .join(':'),
    MINIK_HOME: join(folder, 'data'),
  },
  timeoutMs: 300_000,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-start-'));
  await output('git', ['clone', '--quiet', root, join(folder, 'minik')]);
});

afterAll(async () => {
  await output(join(folder, 'minik/cli/minikctl'), ['cluster', 'down', '--purge'], options());
  rmSync(folder, { recursive: true, force: true });
});

test('npm start on a clean clone ends with a ready pod, its log and its container', async () => {
  const text = await output('npm', ['start'], options());
  expect(text).toMatch(/NAME\s+READY\s+STATUS[^\n]*\n\S+\s+1\/1\s+Running/);
  expect(text).toMatch(/Hello from/);
  const containers = await output('docker', ['ps', '--format', '{{.Names}}']);
  expect(containers).toMatch(/k8s_\S+_hello_default_/);
}, 300_000);

test('a second npm start finds everything in place', async () => {
  expect(await output('npm', ['start'], options())).toMatch(/1\/1\s+Running/);
}, 300_000);
