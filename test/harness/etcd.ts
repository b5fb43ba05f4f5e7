/** Servers of the etcd API as processes: our store, and the real one where it is installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EtcdClient, type EtcdClientOptions } from '../../client/etcd/client.ts';
import { eventually } from './eventually.ts';

const root = resolve(import.meta.dirname, '../..');

export interface EtcdServer {
  endpoint: string;
  dataDir: string;
  child: ChildProcess;
  /** What it wrote to its standard error. */
  log(): string;
  client(): EtcdClient;
  /** Ends it with a signal and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data and waits until it answers. */
  restart(): Promise<void>;
  /** Starts it again, after `stop`, and does not wait. */
  launch(): void;
  /** Resolves once it answers. */
  ready(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

export interface StoreOptions {
  url?: string;
  /** For the clients of an https URL. */
  tls?: EtcdClientOptions['tls'];
  flags?: string[];
  /** One that is there already. */
  dataDir?: string;
  /** Changes to the environment. */
  env?: NodeJS.ProcessEnv;
  /** `ulimit` options of the process: `-f 800` lets no file grow beyond 800 blocks of 512 bytes. */
  limits?: string;
}

/** What the supervisor of a cluster sets as well: without it a start takes three times as long. */
export const compileCache = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/minik') };

/** Our store, on a socket in its data directory unless told otherwise. */
export function startStore(options: StoreOptions = {}): Promise<EtcdServer> {
  const { url, flags = [], limits } = options;
  return startServer(
    (dataDir) => {
      const endpoint = url ?? `unix://${dataDir}/store.sock`;
      const args = [join(root, 'store/main.ts'), '--data-dir', dataDir, '--listen-client-urls', endpoint, ...flags];
      if (!limits) return { command: process.execPath, args, endpoint };
      const limited = ['-c', `ulimit ${limits}; exec "$@"`, 'sh', process.execPath, ...args];
      return { command: 'sh', args: limited, endpoint };
    },
    { ...options, env: { ...compileCache, ...options.env } },
  );
}

/** The real etcd. `port` and the one after it must be free. */
export function startEtcd(port: number, flags: string[] = []): Promise<EtcdServer> {
  const peer = `http://127.0.0.1:${port + 1}`;
  const endpoint = `http://127.0.0.1:${port}`;
  const urls = [
    ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ];
  return startServer((dataDir) => ({ command: 'etcd', args: ['--data-dir', dataDir, ...urls, ...flags], endpoint }));
}

async function startServer(
  commandOf: (dataDir: string) => { command: string; args: string[]; endpoint: string },
  { tls, dataDir: given, env }: StoreOptions = {},
): Promise<EtcdServer> {
  const dataDir = given ?? mkdtempSync(join(tmpdir(), 'minik-store-'));
  const { command, args, endpoint } = commandOf(dataDir);
  let log = '';
  const launch = (): ChildProcess => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr!.setEncoding('utf8').on('data', (text) => {
      log += text;
    });
    return child;
  };
  const server: EtcdServer = {
    endpoint,
    dataDir,
    child: launch(),
    log: () => log,
    client: () => new EtcdClient({ endpoint, tls }),
    async stop(signal = 'SIGTERM') {
      const { child } = server;
      if (hasEnded(child)) return;
      const ended = new Promise((resolved) => child.once('exit', resolved));
      child.kill(signal);
      await ended;
    },
    async restart() {
      await server.stop();
      server.launch();
      await server.ready();
    },
    launch() {
      server.child = launch();
    },
    ready: () => ready(server),
    async remove() {
      await server.stop('SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await ready(server);
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}

async function ready(server: EtcdServer): Promise<void> {
  const accepting = async (): Promise<boolean> => hasEnded(server.child) || (await accepts(server.endpoint));
  await eventually('the server accepts connections', accepting, { everyMs: 5 });
  const client = server.client();
  try {
    const answers = async (): Promise<unknown> => hasEnded(server.child) || (await client.status());
    await eventually('the server answers', answers, { everyMs: 20 });
  } finally {
    client.close();
  }
  if (hasEnded(server.child)) throw new Error(`it ended: ${server.log()}`);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Whether somebody listens there; asking costs less than a client that backs off. */
function accepts(endpoint: string): Promise<boolean> {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  const socket = protocol === 'unix:' ? connect(pathname) : connect(Number(port), hostname);
  return new Promise((resolved) => {
    socket.on('error', () => resolved(false));
    socket.on('connect', () => {
      socket.destroy();
      resolved(true);
    });
  });
}
