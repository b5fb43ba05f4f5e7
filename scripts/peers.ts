/**
 * The programs that tests compare us with: real etcd, its client, and kubectl. Where they are not installed they are taken
 * from Debian's packages into `node_modules/.cache`, because a comparison that is skipped shows nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackages } from './debian-packages.ts';

const peers = [
  { command: 'etcd', versionArguments: ['--version'], package: 'etcd-server' },
  { command: 'etcdctl', versionArguments: ['version'], package: 'etcd-client' },
  { command: 'kubectl', versionArguments: ['version', '--client'], package: 'kubernetes-client' },
];

/** The folder to look for them in besides the PATH; undefined when there is none, which has been said. */
export function providePeers(root: string): string | undefined {
  const missing = peers.filter(({ command, versionArguments }) => spawnSync(command, versionArguments).status !== 0);
  if (missing.length === 0) return undefined;
  const folder = join(root, 'node_modules/.cache/debian');
  const programs = join(folder, 'packages/usr/bin');
  if (missing.every(({ command }) => existsSync(join(programs, command)))) return programs;
  const names = missing.map((peer) => peer.package);
  try {
    download(folder, names);
    return programs;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const reason = (error as Error).message.trim().split('\n').at(-1);
    console.log(`${names.join(' and ')} cannot be had, so nothing is compared with them: ${reason}`);
    return undefined;
  }
}

function download(folder: string, names: string[]): void {
  try {
    unpackPackages(folder, names);
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    // The lists of a fresh machine are empty or old.
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'pipe'] });
    unpackPackages(folder, names);
  }
}
