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

function onPath(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl'));
  return places.find((place) => minorOf(place) !== undefined);
}

function allPresent(): { path: string; minor: number }[] {
  const installed = onPath();
  if (!installed) return [];
  const folder = dirname(realpathSync(installed));
  const beside = readdirSync(folder).filter((name) => /^kubectl\.\d+\.\d+$/.test(name));
  return [installed, ...beside.map((name) => join(folder, name))].map((path) => ({ path, minor: minorOf(path) ?? 0 }));
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
