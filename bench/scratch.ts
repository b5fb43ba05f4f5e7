/** A directory for the benchmark's files, made on first use and removed when this process ends, however it does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let directory: string | undefined;

export function scratch(): string {
  if (directory) return directory;
  const created = mkdtempSync(join(tmpdir(), 'minik-bench-'));
  process.once('exit', () => rmSync(created, { recursive: true, force: true }));
  directory = created;
  return created;
}
