/**
 * The programs that tests compare us with, or drive us by: real etcd, its client, kubectl, and Kubernetes' library for Python.
 * Where they are not installed they are taken from Debian's packages into `node_modules/.cache`, because a comparison that is
 * skipped shows nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackages, withDependencies } from './debian-packages.ts';

interface Peer {
  /** What shows that it is installed. */
  command: string;
  arguments: string[];
  package: string;
  /** What the unpacked package has. */
  file: string;
  /** Whether it needs other packages than a machine usually has. */
  dependencies?: true;
}

const peers: Peer[] = [
  { command: 'etcd', arguments: ['--version'], package: 'etcd-server', file: 'usr/bin/etcd' },
  { command: 'etcdctl', arguments: ['version'], package: 'etcd-client', file: 'usr/bin/etcdctl' },
  { command: 'kubectl', arguments: ['version', '--client'], package: 'kubernetes-client', file: 'usr/bin/kubectl' },
  {
    command: '/usr/bin/python3',
    arguments: ['-c', 'import kubernetes'],
    package: 'python3-kubernetes',
    file: 'usr/lib/python3/dist-packages/kubernetes/__init__.py',
    dependencies: true,
  },
];

/** The folder to look for programs in besides the PATH; undefined when there is none, which has been said. */
export function providePeers(root: string): string | undefined {
  const folder = join(root, 'node_modules/.cache/debian');
  const packages = join(folder, 'packages');
  const missing = peers.filter(
    (peer) => spawnSync(peer.command, peer.arguments).status !== 0 && !existsSync(join(packages, peer.file)),
  );
  try {
    if (missing.length > 0) download(folder, missing);
  } catch (error) {
    const names = missing.map((peer) => peer.package);
    const reason = (error as Error).message.trim().split('\n').at(-1);
    console.log(`${names.join(' and ')} cannot be had, so nothing is compared with them: ${reason}`);
  }
  const programs = join(packages, 'usr/bin');
  return existsSync(programs) ? programs : undefined;
}

function download(folder: string, missing: Peer[]): void {
  const unpack = (): void => {
    const names = missing.flatMap((peer) => (peer.dependencies ? withDependencies([peer.package]) : [peer.package]));
    unpackPackages(folder, names);
  };
  try {
    unpack();
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    // The lists of a fresh machine are empty or old.
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'pipe'] });
    unpack();
  }
}
