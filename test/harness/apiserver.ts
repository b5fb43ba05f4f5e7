/** An apiserver as a process, on a store that is given, with certificates and kubeconfigs of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { KubeObject } from '../../api/types.ts';
import { type Cluster, makeDirectories, type Paths, pathsOf } from '../../cli/cluster/layout.ts';
import { ensurePki } from '../../cli/cluster/pki.ts';
import { slotAt } from '../../cli/cluster/slot.ts';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import { compileCache } from './etcd.ts';
import { eventually } from './eventually.ts';
import { inspectable } from './inspector.ts';

const root = resolve(import.meta.dirname, '../..');

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface WatchedEvent {
  type: string;
  object: KubeObject & { code?: number; message?: string; rows?: { cells: unknown[] }[] };
}

export interface OpenWatch {
  /** In the order in which they came. */
  events: WatchedEvent[];
  status: number;
  ended: boolean;
  close(): void;
}

export interface RawOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Name of a certificate in `pki/`; null goes without one. */
  identity?: string | null;
  /** A certificate from elsewhere. */
  credentials?: { cert: Buffer; key: Buffer };
  /** Many requests share a connection; not for tests in which the server ends. */
  keepAlive?: boolean;
}

const kept = new Agent({ keepAlive: true });

export class ApiServer {
  readonly cluster: Cluster;
  readonly paths: Paths;
  readonly #endpoint: string;
  readonly #flags: Record<string, string>;
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(cluster: Cluster, paths: Paths, endpoint: string, flags: Record<string, string>) {
    this.#flags = flags;
    this.cluster = cluster;
    this.paths = paths;
    this.#endpoint = endpoint;
  }

  /**
   * `port` must be free; `flags` come on top of the usual ones. Node addresses are in a loopback range, so no route is
   * needed.
   */
  static async start(endpoint: string, port: number, flags: Record<string, string> = {}): Promise<ApiServer> {
    const paths = pathsOf(mkdtempSync(join(tmpdir(), 'minik-apiserver-')));
    makeDirectories(paths);
    const slot = slotAt(0, false);
    const cluster: Cluster = { ...slot, ports: { ...slot.ports, apiserver: port }, runtime: 'fake', nodes: 1 };
    await ensurePki(cluster, paths);
    const server = new ApiServer(cluster, paths, endpoint, flags);
    await server.launch();
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${this.cluster.ports.apiserver}`;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** What it wrote to its standard error. */
  get log(): string {
    return this.#log;
  }

  get alive(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  pki(file: string): string {
    return join(this.paths.pki, file);
  }

  /** A client with the identity of one of the kubeconfigs in `pki/`; the administrator's by default. */
  client(identity = 'admin'): RestClient {
    return new RestClient(
      loadKubeconfig(identity === 'admin' ? this.paths.kubeconfig : this.pki(`${identity}.kubeconfig`)),
    );
  }

  /** Any request, answered as it is. */
  raw(path: string, options: RawOptions = {}): Promise<RawAnswer> {
    const { method = 'GET', headers, body, identity = 'admin' } = options;
    const own = identity && {
      cert: readFileSync(this.pki(`${identity}.crt`)),
      key: readFileSync(this.pki(`${identity}.key`)),
    };
    const credentials = options.credentials ?? own;
    return new Promise((done, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.cluster.ports.apiserver,
          path,
          method,
          headers,
          ca: readFileSync(this.pki('ca.crt')),
          ...credentials,
          agent: options.keepAlive ? kept : false,
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk) => {
            text += chunk;
          });
          answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
          answer.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Opens a watch; what arrives is collected until it is closed. */
  watch(path: string, headers: Record<string, string> = {}): OpenWatch {
    const events: WatchedEvent[] = [];
    const watch: OpenWatch = { events, status: 0, ended: false, close: () => sent.destroy() };
    const [cert, key] = ['crt', 'key'].map((end) => readFileSync(this.pki(`admin.${end}`)));
    const ca = readFileSync(this.pki('ca.crt'));
    const to = { host: '127.0.0.1', port: this.cluster.ports.apiserver, path, headers, agent: false };
    const sent = request({ ...to, ca, cert, key }, (answer) => {
      watch.status = answer.statusCode ?? 0;
      const lines = createInterface({ input: answer });
      lines.on('line', (line) => events.push(JSON.parse(line) as WatchedEvent));
      lines.on('close', () => {
        watch.ended = true;
      });
      // A connection that is cut is one way for a watch to end.
      lines.on('error', () => undefined);
    });
    sent.on('error', () => {
      watch.ended = true;
    });
    sent.end();
    return watch;
  }

  /** A request with a certificate that another cluster's CA has signed, for an administrator of that one. */
  static async strangerAsks(server: ApiServer, path: string): Promise<RawAnswer> {
    const paths = pathsOf(mkdtempSync(join(tmpdir(), 'minik-stranger-')));
    makeDirectories(paths);
    try {
      await ensurePki(server.cluster, paths);
      const [cert, key] = ['crt', 'key'].map((end) => readFileSync(join(paths.pki, `admin.${end}`)));
      return await server.raw(path, { credentials: { cert: cert!, key: key! } });
    } finally {
      rmSync(paths.dataDir, { recursive: true });
    }
  }

  async launch(): Promise<void> {
    const flags = {
      'etcd-servers': this.#endpoint,
      'bind-address': '127.0.0.1',
      'secure-port': String(this.cluster.ports.apiserver),
      'tls-cert-file': this.pki('apiserver.crt'),
      'tls-private-key-file': this.pki('apiserver.key'),
      'client-ca-file': this.pki('ca.crt'),
      'kubelet-client-certificate': this.pki('apiserver-kubelet-client.crt'),
      'kubelet-client-key': this.pki('apiserver-kubelet-client.key'),
      'kubelet-certificate-authority': this.pki('ca.crt'),
      'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
      'service-account-signing-key-file': this.pki('sa.key'),
      'service-account-key-file': this.pki('sa.pub'),
      'service-cluster-ip-range': '10.96.0.0/16',
      // Nobody makes accounts here: there are no controllers.
      'disable-admission-plugins': 'ServiceAccount',
      ...this.#flags,
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(process.execPath, [join(root, 'apiserver/main.ts'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...compileCache, ...inspectable },
    });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#log += text;
    });
    const ready = async (): Promise<boolean> => !this.alive || (await this.raw('/readyz')).status === 200;
    await eventually('the apiserver is ready', ready, { everyMs: 50 });
    if (!this.alive) throw new Error(`the apiserver ended: ${this.#log}`);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (!child || !this.alive) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    child.kill(signal);
    return ended;
  }

  /** Ends it and removes its files. */
  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.paths.dataDir, { recursive: true, force: true });
  }
}
