/**
 * Command lines as a person types them, with what kubectl must answer. They run in a shell, so pipes, quotes and `$NS` work,
 * each scenario in a namespace and a folder of its own. Scenarios may run at once; the lines of one run in order.
 *
 *     { name: 'label', lines: [['kubectl label pod web a=1', 'pod/web labeled']] }
 *
 * Everything is asserted: exit code, standard output and standard error. What the server warns of kinds that nothing acts on
 * yet is taken out before, since that is no matter of kubectl's.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { namespaces } from '../../api/kinds/namespaces.ts';
import { serviceaccounts } from '../../api/kinds/serviceaccounts.ts';
import type { RestClient } from '../../client/rest.ts';
import { eventually } from './eventually.ts';
import { kubectlPaths } from './kubectl.ts';
import { type Result, run } from './run.ts';

/** The whole of standard output without the last newline, or a pattern that is found in it. Nothing else may be said. */
export type Expected =
  | string
  | RegExp
  | { status?: number; stdout?: string | RegExp; stderr?: string | RegExp }
  /** Standard output is JSON that has at least this. */
  | { json: object };

/** `since` is the minor version of the first kubectl that answers so; with older ones the line is left out. */
export type Line = [command: string, expected: Expected, since?: number];

export interface Scenario {
  /** Also the name of its namespace. */
  name: string;
  /** The kubectl that has all of what it uses, when not every one has. */
  since?: number;
  /** By name, in the folder in which the lines run. */
  files?: Record<string, string>;
  lines: Line[];
}

/** A refusal: exit code 1, nothing on standard output. */
export const fails = (stderr: string | RegExp, status = 1): Expected => ({ status, stdout: '', stderr });

/** The minor versions that the command lines are run with, and why one of them is not. */
export const sessions: { minor: number; missing?: string }[] = present([27, 33]);

function present(wanted: number[]): { minor: number; missing?: string }[] {
  const newest = [...kubectlPaths.keys()].at(-1);
  if (newest === undefined) return wanted.map((minor) => ({ minor, missing: `no kubectl 1.${minor}` }));
  const found = wanted.map((minor) =>
    kubectlPaths.has(minor) ? { minor } : { minor, missing: `no kubectl 1.${minor}` },
  );
  return found.some(({ missing }) => missing === undefined) ? found : [...found, { minor: newest }];
}

/** The server to talk to: an API server of the harness, or one of a whole cluster. */
export interface Target {
  /** The administrator's. */
  kubeconfig: string;
  /** Where the session may leave files. */
  dataDir: string;
  client(): RestClient;
}

/** Runs scenarios with the kubectl of one version against one server. */
export class KubectlSession {
  readonly minor: number;
  readonly #target: Target;
  readonly #home: string;

  constructor(target: Target, minor: number) {
    this.minor = minor;
    this.#target = target;
    this.#home = join(target.dataDir, `kubectl-${minor}`);
    mkdirSync(join(this.#home, 'bin'), { recursive: true });
    symlinkSync(kubectlPaths.get(minor)!, join(this.#home, 'bin/kubectl'));
  }

  async play({ name, files = {}, lines }: Scenario): Promise<void> {
    const namespace = `${namespaceOf(name)}-${this.minor}`;
    await this.#createNamespace(namespace);
    const cwd = join(this.#home, namespace);
    mkdirSync(cwd);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, file)), { recursive: true });
      writeFileSync(join(cwd, file), text.replaceAll('$NS', namespace));
    }
    const env = { ...this.environment(namespace), NS: namespace, PKI: join(this.#target.dataDir, 'pki') };
    for (const [command, expected, since = 0] of lines) {
      if (since > this.minor) continue;
      const result = await run('sh', ['-c', command], { cwd, env });
      check(command, said(result), expected, namespace);
    }
  }

  /** What a shell needs to find this kubectl, and kubectl to find the server and the namespace. */
  environment(namespace: string): NodeJS.ProcessEnv {
    const KUBECONFIG = join(this.#home, `${namespace}.kubeconfig`);
    const config = parse(readFileSync(this.#target.kubeconfig, 'utf8'));
    config.contexts[0].context.namespace = namespace;
    writeFileSync(KUBECONFIG, JSON.stringify(config), { mode: 0o600 });
    return { KUBECONFIG, HOME: this.#home, PATH: `${join(this.#home, 'bin')}:${process.env['PATH']}`, TZ: 'UTC' };
  }

  async #createNamespace(name: string): Promise<void> {
    const client = this.#target.client();
    await client.of(namespaces).create({ metadata: { name } });
    await eventually('its service account', () => client.of(serviceaccounts).get('default', name), { everyMs: 20 });
  }
}

/** `conformance: Kubectl, version` becomes `kubectl-version`; of a long name the end, which tells it from others. */
const namespaceOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^conformance: /, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(-50)
    .replace(/^-/, '');

export const inertWarning = /^Warning: .* is stored and served, but nothing in this cluster acts on it yet\n/gm;

const said = ({ status, stdout, stderr }: Result): Result => ({
  status,
  stdout: stdout.replace(/\n$/, ''),
  stderr: stderr.replaceAll(inertWarning, '').replace(/\n$/, ''),
});

function check(command: string, result: Result, expected: Expected, namespace: string): void {
  if (typeof expected === 'object' && 'json' in expected) {
    expect({ command, status: result.status, stderr: result.stderr }).toEqual({ command, status: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject(expected.json);
    return;
  }
  const whole = typeof expected === 'string' || expected instanceof RegExp ? { stdout: expected } : expected;
  const { status = 0, stdout = '', stderr = '' } = whole;
  const text = (wanted: string | RegExp): unknown => {
    if (typeof wanted === 'string') return wanted.replaceAll('$NS', namespace);
    return expect.stringMatching(new RegExp(wanted.source.replaceAll('\\$NS', namespace), wanted.flags));
  };
  expect({ command, ...result }).toEqual({ command, status, stdout: text(stdout), stderr: text(stderr) });
}
