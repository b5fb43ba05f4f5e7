/** Servers of the etcd API as processes: our store, and the real one where it is installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  /** Starts it again on the same data. */
  restart(): Promise<void>;
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
  /** No file may grow beyond this many blocks of 512 bytes: stands in for a full disk. */
  fileBlocks?: number;
}

/** Our store, on a socket in its data directory unless told otherwise. */
export function startStore({
  url,
  tls,
  flags = [],
  dataDir: given,
  fileBlocks,
}: StoreOptions = {}): Promise<EtcdServer> {
  return startServer(
    (dataDir) => {
      const endpoint = url ?? `unix://${dataDir}/store.sock`;
      const args = [join(root, 'store/main.ts'), '--data-dir', dataDir, '--listen-client-urls', endpoint, ...flags];
      if (!fileBlocks) return { command: process.execPath, args, endpoint };
      const limited = ['-c', `ulimit -f ${fileBlocks}; exec "$@"`, 'sh', process.execPath, ...args];
      return { command: 'sh', args: limited, endpoint };
    },
    { tls, dataDir: given },
  );
}

/** The real etcd. `port` and the one after it must be free. */
export function startEtcd(port: number): Promise<EtcdServer> {
  const peer = `http://127.0.0.1:${port + 1}`;
  const endpoint = `http://127.0.0.1:${port}`;
  const urls = [
    ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ];
  return startServer((dataDir) => ({ command: 'etcd', args: ['--data-dir', dataDir, ...urls], endpoint }));
}

async function startServer(
  commandOf: (dataDir: string) => { command: string; args: string[]; endpoint: string },
  { tls, dataDir: given }: StoreOptions = {},
): Promise<EtcdServer> {
  const dataDir = given ?? mkdtempSync(join(tmpdir(), 'minik-store-'));
  const { command, args, endpoint } = commandOf(dataDir);
  let log = '';
  const launch = (): ChildProcess => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
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
    client: () => new EtcdClient({ endpoint, tls, timeoutMs: 5_000 }),
    async stop(signal = 'SIGTERM') {
      const { child } = server;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolved) => child.once('exit', resolved));
      child.kill(signal);
      await ended;
    },
    async restart() {
      await server.stop();
      server.child = launch();
      await ready(server);
    },
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
  const client = server.client();
  try {
    await eventually(
      'the server answers',
      async () => {
        if (server.child.exitCode !== null) throw new Error(`it ended: ${server.log()}`);
        return (await client.range({ key: 'health' })).header;
      },
      { timeoutMs: 15_000, everyMs: 20 },
    );
  } finally {
    client.close();
  }
}
