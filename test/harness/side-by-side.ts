/**
 * The same command line with kubectl and with minikctl, and what each says. A line is typed in a shell behind the program's name;
 * `$TOOL` in it is that name, for objects that one of them must not take from the other.
 *
 * Taken out before they are compared: the program's name, `creationTimestamp: null`, which kubectl no longer prints since 1.34, and
 * warnings about kinds that nothing acts on.
 */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { root } from './cluster.ts';
import { kubectlMissing, kubectlPath } from './kubectl.ts';
import { inertWarning } from './kubectl-session.ts';
import { type Result, run } from './run.ts';

export type Tool = 'kubectl' | 'minikctl';

export class SideBySide {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  /** Each program runs in a folder of its own below `folder`. */
  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
    mkdirSync(join(folder, 'bin'));
    if (!kubectlMissing) symlinkSync(kubectlPath, join(folder, 'bin/kubectl'));
    symlinkSync(join(root, 'cli/minikctl'), join(folder, 'bin/minikctl'));
    for (const tool of ['kubectl', 'minikctl'] as const) mkdirSync(this.home(tool));
  }

  home(tool: Tool): string {
    return join(this.#folder, tool);
  }

  /** What the program says to the line. */
  say(tool: Tool, line: string, env: NodeJS.ProcessEnv = {}): Promise<Result> {
    const home = this.home(tool);
    const PATH = `${join(this.#folder, 'bin')}:${process.env['PATH']}`;
    const all = { ...this.#env, PATH, HOME: home, TOOL: tool, MINIK_HOME: '', ...env };
    return run('sh', ['-c', `${tool} ${line}`], { cwd: home, env: all });
  }

  /** Fails where they answer differently. */
  async same(line: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const [theirs, ours] = await Promise.all([this.say('kubectl', line, env), this.say('minikctl', line, env)]);
    expect({ line, ...comparable(ours) }).toEqual({ line, ...comparable(theirs) });
  }
}

const comparable = ({ status, stdout, stderr }: Result): Result => ({
  status,
  stdout: withoutDifferences(stdout),
  stderr: withoutDifferences(stderr),
});

const withoutDifferences = (text: string): string =>
  text
    .replaceAll(inertWarning, '')
    .replaceAll(/^ *creationTimestamp: null\n/gm, '')
    .replaceAll(/\bminikctl\b/g, 'kubectl');
