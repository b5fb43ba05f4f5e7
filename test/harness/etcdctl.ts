/** Debian's etcdctl against a server: one command to its end, or one that goes on until it is stopped. */
import { spawn } from 'node:child_process';
import { eventually } from './eventually.ts';
import { isPresent, type Result, run } from './run.ts';

export const etcdctlPresent = isPresent('etcdctl', 'version');
if (!etcdctlPresent) console.log('skipped: etcdctl is not installed (Debian: etcd-client)');

const environment = (endpoint: string): NodeJS.ProcessEnv => ({
  ETCDCTL_API: '3',
  ETCDCTL_ENDPOINTS: endpoint,
});

/** Runs a command: `etcdctl(endpoint, ['get', 'a'])`. */
export function etcdctl(endpoint: string, args: string[], input?: string): Promise<Result> {
  return run('etcdctl', args, { env: environment(endpoint), ...(input !== undefined && { input }) });
}

/** What it prints; fails when the command does. */
export async function etcdctlOutput(endpoint: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await etcdctl(endpoint, args);
  if (status !== 0) throw new Error(`etcdctl ${args.join(' ')} exited ${status}\n${stdout}${stderr}`);
  return stdout;
}

export interface RunningEtcdctl {
  output(): string;
  /** Waits until the output has this. */
  says(text: string): Promise<unknown>;
  /** Ends it as Ctrl-C does. Resolves with everything it printed. */
  stop(): Promise<string>;
}

/** A command that goes on: a watch, a lock. Its standard input stays open. */
export function startEtcdctl(endpoint: string, args: string[], input = ''): RunningEtcdctl {
  const child = spawn('etcdctl', args, { env: { ...process.env, ...environment(endpoint) } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  child.stdin.on('error', () => undefined).write(input);
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    output: () => output,
    says: (text) =>
      eventually(
        `etcdctl ${args.join(' ')} says ${JSON.stringify(text)}, not ${JSON.stringify(output + errors)}`,
        () => output.includes(text),
        { everyMs: 20 },
      ),
    async stop() {
      child.kill('SIGINT');
      await ended;
      return output;
    },
  };
}
