/** Runs a program to its end and returns everything it said. */
import { spawn, spawnSync } from 'node:child_process';
import { patienceMs } from './eventually.ts';

export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Standard input; without it the program gets none. */
  input?: string;
  /** Standard input does not end before the program does, as at a person's terminal. */
  keepInputOpen?: boolean;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  timeoutMs?: number;
}

/** Never rejects for a non-zero exit: that is a result. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Result> {
  const { input = '', keepInputOpen = false, env, cwd, timeoutMs = patienceMs } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined).write(input);
  if (!keepInputOpen) child.stdin.end();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** The result's standard output; throws with everything else when the program failed. */
export async function output(command: string, args: string[], options?: RunOptions): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} exited ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Whether a program is on the PATH and answers. */
export const isPresent = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
