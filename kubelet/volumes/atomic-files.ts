/**
 * Writes a set of files so that readers see all of the old or all of the new ones: files live in a directory of their
 * own, `..data` points to it, and each visible name is a link through `..data`.
 *
 *     ..2026_11_21_10_00_00.1/ca.crt    ..data -> ..2026_11_21_10_00_00.1    ca.crt -> ..data/ca.crt
 *
 * Upstream: pkg/volume/util/atomic_writer.go
 */
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface FileContent {
  data: Buffer;
  mode: number;
  /** Who owns it; root when not given. */
  user?: number;
}

/** Relative path to content. */
export type Payload = Map<string, FileContent>;

const dataLink = '..data';

/** Makes `directory` hold exactly the payload. `group` owns the files when given. */
export async function writeAtomically(directory: string, payload: Payload, group?: number): Promise<void> {
  for (const path of payload.keys()) checkPath(path);
  await mkdir(directory, { recursive: true, mode: 0o777 });
  const current = await readlink(join(directory, dataLink)).catch(() => undefined);
  if (current && (await isSame(join(directory, current), payload))) return;

  const stamp = new Date().toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  const fresh = await mkdtemp(join(directory, `..${stamp}.`));
  await chmod(fresh, 0o755);
  for (const [path, { data, mode, user }] of payload) {
    const file = join(fresh, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, data);
    await chmod(file, group === undefined ? mode : mode | 0o040);
    if (user !== undefined || group !== undefined) await chown(file, user ?? -1, group ?? -1);
  }
  const next = join(directory, '..data_tmp');
  await rm(next, { force: true });
  await symlink(fresh.slice(directory.length + 1), next);
  await rename(next, join(directory, dataLink));
  await linkNames(directory, payload);
  if (current) await rm(join(directory, current), { recursive: true, force: true });
}

function checkPath(path: string): void {
  const parts = path.split('/');
  if (path.startsWith('/') || parts.includes('..') || parts.includes('') || path.startsWith('..'))
    throw new Error(`invalid path in volume: ${JSON.stringify(path)}`);
}

async function isSame(directory: string, payload: Payload): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((e) => e.isFile());
  if (files.length !== payload.size) return false;
  for (const [path, { data }] of payload) {
    const old = await readFile(join(directory, path)).catch(() => undefined);
    if (!old?.equals(data)) return false;
  }
  return true;
}

/** One link for each first part of a path; links of names that are gone are removed. */
async function linkNames(directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0]!));
  for (const name of await readdir(directory))
    if (!name.startsWith('..') && !wanted.has(name)) await rm(join(directory, name), { recursive: true, force: true });
  for (const name of wanted) {
    const link = join(directory, name);
    if (!(await readlink(link).catch(() => undefined))) await symlink(join(dataLink, name), link);
  }
}

/** Whether a directory is there already, so that a second set-up need not make it. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
