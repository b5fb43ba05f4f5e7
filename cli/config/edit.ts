/**
 * Reads and changes kubeconfig files. A change holds the lock that kubectl holds (`FILE.lock`), and a file is replaced as a whole, so
 * that nobody ever reads half of it and no change is lost. Files can be read by their owner only.
 *
 * Upstream: client-go/tools/clientcmd/{config.go,loader.go}
 */
import { closeSync, existsSync, mkdirSync, openSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kubeconfig, mergeKubeconfigs, readKubeconfig, withAbsolutePaths } from '../../client/kubeconfig-file.ts';
import { toYaml } from '../output.ts';
import { type ConfigFile, changedFiles, tidied } from './entries.ts';
import { fileForNew, type KubeconfigFiles } from './files.ts';

const lockMs = 5000;
const pollMs = 20;

/** The files as one; those that do not exist are empty. */
export const mergedKubeconfig = ({ paths }: KubeconfigFiles, absolute = false): Kubeconfig =>
  mergeKubeconfigs(read(paths).map(({ path, config }) => (absolute ? withAbsolutePaths(config, path) : config)));

const read = (paths: string[]): ConfigFile[] =>
  paths.map((path) => ({ path, config: existsSync(path) ? readKubeconfig(path) : {} }));

/** Changes the files so that together they are what `change` makes of them. Rejects, changing nothing, when it throws. */
export async function editKubeconfig(
  files: KubeconfigFiles,
  change: (merged: Kubeconfig) => Kubeconfig,
): Promise<void> {
  const target = fileForNew(files);
  mkdirSync(dirname(target), { recursive: true });
  const locks: string[] = [];
  try {
    for (const path of files.paths.filter((one) => one === target || existsSync(one))) {
      const lock = await takeLock(path);
      if (lock) locks.push(lock);
    }
    for (const { path, config } of changedFiles(read(files.paths), target, change)) await write(path, config);
  } finally {
    for (const lock of locks) rmSync(lock, { force: true });
  }
}

/** Undefined where nothing can be written anyway. */
async function takeLock(path: string): Promise<string | undefined> {
  const lock = `${path}.lock`;
  for (const end = Date.now() + lockMs; ; ) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      return lock;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EROFS') return undefined;
      if (code !== 'EEXIST') throw error;
    }
    if (Date.now() > end)
      throw new Error(`failed to lock ${path}: ${lock} exists; remove it when no other command is changing the file`);
    await sleep(pollMs);
  }
}

async function write(path: string, config: Kubeconfig): Promise<void> {
  // What a link leads to is replaced, not the link.
  const file = existsSync(path) ? realpathSync(path) : path;
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, await toYaml(tidied(config)), { mode: 0o600 });
  renameSync(temporary, file);
}
