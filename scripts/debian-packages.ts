/** Debian's packages, downloaded and unpacked but not installed: nothing of the machine changes. */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Unpacks the packages into `folder/packages`. Throws where there is no apt-get or dpkg-deb, or a package cannot be had. */
export function unpackPackages(folder: string, names: string[]): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('apt-get', ['download', ...names], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  for (const archive of globSync('*.deb', { cwd: folder }))
    execFileSync('dpkg-deb', ['-x', join(folder, archive), join(folder, 'packages')]);
}

/** The packages that installing these would bring, of which some may be on the machine already. */
export function withDependencies(names: string[]): string[] {
  const args = ['install', '--simulate', '--no-install-recommends', ...names];
  const plan = execFileSync('apt-get', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name!);
}
