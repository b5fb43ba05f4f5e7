/** A store that cannot start. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { compileCache } from '../harness/etcd.ts';
import { patienceMs } from '../harness/eventually.ts';

const main = join(import.meta.dirname, '../../store/main.ts');

/** The one line that a start with these flags ends with. */
export function reasonOfRefusal(...flags: string[]): string {
  const { status, stderr } = spawnSync(process.execPath, [main, ...flags], {
    encoding: 'utf8',
    timeout: patienceMs,
    env: { ...process.env, ...compileCache },
  });
  expect(status, stderr).toBe(1);
  const lines = stderr.split('\n').filter((line) => line.startsWith('etcd: '));
  expect(lines, stderr).toHaveLength(1);
  return lines[0]!;
}
