/**
 * Every process starts with plain `node`: it prints its help, and refuses what it cannot run with in one line. A green
 * unit test does not prove this, because the test runner accepts syntax that Node refuses.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { patienceMs } from './harness/eventually.ts';

const root = join(import.meta.dirname, '..');

const run = (folder: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, folder, 'main.ts'), ...args], { encoding: 'utf8', timeout: patienceMs });

const missing = '/no/such/file';
const serving = ['client-ca-file', 'tls-cert-file', 'tls-private-key-file'].map((name) => `--${name}=${missing}`);

describe.each([
  { folder: 'store', flag: '--listen-client-urls', impossible: ['--data-dir=/proc/no/such/file'] },
  { folder: 'apiserver', flag: '--etcd-servers', impossible: serving },
  { folder: 'scheduler', flag: '--kubeconfig', impossible: [`--kubeconfig=${missing}`] },
  { folder: 'controllers', flag: '--kubeconfig', impossible: [`--kubeconfig=${missing}`] },
  { folder: 'kubelet', flag: '--kubeconfig', impossible: [`--kubeconfig=${missing}`, ...serving] },
  { folder: 'proxy', flag: '--kubeconfig', impossible: [`--kubeconfig=${missing}`] },
])('$folder', ({ folder, flag, impossible }) => {
  test('--help lists its flags', () => {
    const { status, stdout } = run(folder, '--help');
    expect(stdout).toContain(flag);
    expect(status).toBe(0);
  });

  test('an unknown flag ends it with one line', () => {
    const { status, stderr } = run(folder, '--no-such-flag');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/unknown option '--no-such-flag'/);
    expect(status).toBe(1);
  });

  test('what it cannot start with is named in one line', () => {
    const { status, stderr } = run(folder, ...impossible);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => line.includes('cannot start')),
    ).toHaveLength(1);
    expect(stderr).toContain('/no/such/file');
    expect(status).toBe(1);
  });
});
