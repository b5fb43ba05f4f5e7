/** One process of the control plane, run by hand against an apiserver of the harness. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { ApiServer } from './apiserver.ts';
import { compileCache } from './etcd.ts';
import { eventually } from './eventually.ts';

const root = resolve(import.meta.dirname, '../..');

export interface Running {
  /** Base of its health and metrics. */
  url: string;
  /** What it wrote to its standard error. */
  log(): string;
  /** Ends it with the signal; answers its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** `folder` also names the identity: the kubeconfig in the apiserver's `pki/`. Resolves when it is ready. */
export async function startComponent(
  folder: 'scheduler' | 'controllers',
  server: ApiServer,
  port: number,
  flags: string[] = [],
): Promise<Running> {
  const args = ['--kubeconfig', server.pki(`${folder}.kubeconfig`), '--secure-port', String(port), ...flags];
  const child: ChildProcess = spawn(process.execPath, [join(root, folder, 'main.ts'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...compileCache },
  });
  let log = '';
  child.stderr!.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  const url = `http://127.0.0.1:${port}`;
  const isReady = async (): Promise<boolean> => child.exitCode !== null || (await fetch(`${url}/readyz`)).ok;
  await eventually(`${folder} is ready`, isReady, { everyMs: 50 });
  if (child.exitCode !== null) throw new Error(`${folder} ended: ${log}`);
  return {
    url,
    log: () => log,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
