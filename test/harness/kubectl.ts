/** The kubectls that are present: the one on the PATH, and those beside it that carry their version in their name. */
import { spawnSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const oldestMinor = 30;

type Kubectl = { path: string; missing?: undefined } | { path?: undefined; missing: string };

const minorOf = (path: string): number | undefined => {
  const { status, stdout } = spawnSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return Number.parseInt((JSON.parse(stdout) as { clientVersion: { minor: string } }).clientVersion.minor, 10);
};

function onPath(): { path: string; minor: number } | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'kubectl');
    const minor = minorOf(path);
    if (minor !== undefined) return { path, minor };
  }
  return undefined;
}

function allPresent(): { path: string; minor: number }[] {
  const installed = onPath();
  if (!installed) return [];
  const folder = dirname(realpathSync(installed.path));
  const beside = readdirSync(folder).flatMap((name) => {
    const minor = /^kubectl\.\d+\.(\d+)$/.exec(name)?.[1];
    return minor === undefined ? [] : [{ path: join(folder, name), minor: Number(minor) }];
  });
  return [installed, ...beside];
}

const present = allPresent();

function find(): Kubectl {
  if (present.length === 0) return { missing: 'no kubectl on the PATH' };
  const { path, minor } = present.reduce((best, next) => (next.minor > best.minor ? next : best));
  return minor >= oldestMinor
    ? { path }
    : { missing: `the newest kubectl is 1.${minor}, not 1.${oldestMinor} or later` };
}

const found = find();

/** Why the tests that need kubectl cannot run here; undefined when they can. */
export const kubectlMissing: string | undefined = found.missing;

/** The newest: the program to run. */
export const kubectlPath: string = found.path ?? 'kubectl';

/** The paths of all that are present, by minor version, oldest first. */
export const kubectlPaths: ReadonlyMap<number, string> = new Map(
  present.map(({ path, minor }): [number, string] => [minor, path]).sort(([a], [b]) => a - b),
);
