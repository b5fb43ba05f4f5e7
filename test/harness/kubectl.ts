/** The newest kubectl that is present: the one on the PATH, or one beside it that carries its version in its name. */
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

function find(): Kubectl {
  const installed = onPath();
  if (!installed) return { missing: 'no kubectl on the PATH' };
  const folder = dirname(realpathSync(installed));
  const beside = readdirSync(folder).filter((name) => /^kubectl\.\d+\.\d+$/.test(name));
  const candidates = [installed, ...beside.map((name) => join(folder, name))].map((path) => ({
    path,
    minor: minorOf(path) ?? 0,
  }));
  const { path, minor } = candidates.reduce((best, next) => (next.minor > best.minor ? next : best));
  return minor >= oldestMinor
    ? { path }
    : { missing: `the newest kubectl is 1.${minor}, not 1.${oldestMinor} or later` };
}

const found = find();

/** Why the tests that need kubectl cannot run here; undefined when they can. */
export const kubectlMissing: string | undefined = found.missing;

/** The program to run. */
export const kubectlPath: string = found.path ?? 'kubectl';
