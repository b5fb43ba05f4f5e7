/**
 * A cluster for one test file: real processes, real containers, its own data directory, ports and addresses.
 * Every cluster that a file starts it must also take down, in `afterAll`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import { kubectlPath } from './kubectl.ts';
import { output, type Result, type RunOptions, run } from './run.ts';

export const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'cli/minikctl');

export interface ClusterOptions {
  nodes?: number;
  runtime?: 'docker' | 'fake';
}

export class Cluster {
  readonly dataDir: string;
  readonly #options: ClusterOptions;

  private constructor(dataDir: string, options: ClusterOptions) {
    this.dataDir = dataDir;
    this.#options = options;
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(mkdtempSync(join(tmpdir(), 'minik-test-')), options);
    try {
      await cluster.up();
    } catch (error) {
      // The caller gets no cluster that it could take down.
      await cluster.purge();
      throw error;
    }
    return cluster;
  }

  async up(): Promise<string> {
    const { nodes = 1, runtime = 'docker' } = this.#options;
    return output(program, ['cluster', 'up', '--nodes', String(nodes), '--runtime', runtime], this.#env());
  }

  async down(): Promise<void> {
    await output(program, ['cluster', 'down'], this.#env());
  }

  /** Takes the cluster down with its data. Never throws away a failure: what is left behind must be seen. */
  async purge(): Promise<void> {
    await output(program, ['cluster', 'down', '--purge'], this.#env());
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  get kubeconfig(): string {
    return join(this.dataDir, 'kubeconfig');
  }

  /** What `up` named it: the label of its containers. */
  get name(): string {
    return (JSON.parse(readFileSync(join(this.dataDir, 'cluster.json'), 'utf8')) as { name: string }).name;
  }

  /** A client with the administrator's certificate. */
  client(): RestClient {
    return new RestClient(loadKubeconfig(this.kubeconfig));
  }

  /** Runs minikctl; the result says how it ended. */
  tryMinikctl(args: string[], options: RunOptions = {}): Promise<Result> {
    return run(program, args, { ...options, ...this.#env(options.env) });
  }

  /** Runs minikctl and returns its output; throws when it fails. */
  minikctl(...args: string[]): Promise<string> {
    return output(program, args, this.#env());
  }

  /** Runs kubectl with the cluster's kubeconfig and a discovery cache of its own. */
  tryKubectl(args: string[], options: RunOptions = {}): Promise<Result> {
    return run(kubectlPath, this.#kubectlArgs(args), options);
  }

  kubectl(...args: string[]): Promise<string> {
    return output(kubectlPath, this.#kubectlArgs(args));
  }

  /** Kubectl's arguments, for a caller that starts it itself. */
  kubectlArgs(...args: string[]): string[] {
    return this.#kubectlArgs(args);
  }

  apply(manifest: string, namespace = 'default'): Promise<Result> {
    return this.tryMinikctl(['apply', '-n', namespace, '-f', '-'], { input: manifest });
  }

  /** The process id of one of the cluster's processes. */
  pid(name: string): number {
    return Number(readFileSync(join(this.dataDir, 'run', `${name}.pid`), 'utf8'));
  }

  /** Ids of a pod's running containers, by container name; its sandbox is `POD`. */
  async containers(pod: string, namespace = 'default'): Promise<Record<string, string>> {
    const text = await output('docker', [
      'ps',
      '--no-trunc',
      '--filter',
      `label=io.minik.cluster=${this.name}`,
      '--filter',
      `label=io.kubernetes.pod.name=${pod}`,
      '--filter',
      `label=io.kubernetes.pod.namespace=${namespace}`,
      '--format',
      '{{.ID}} {{.Label "io.kubernetes.container.name"}}',
    ]);
    return Object.fromEntries(
      text
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [id, name] = line.split(' ');
          return [name ?? '', id ?? ''];
        }),
    );
  }

  #env(env: NodeJS.ProcessEnv = {}): RunOptions {
    return { env: { ...env, MINIK_HOME: this.dataDir } };
  }

  #kubectlArgs(args: string[]): string[] {
    return ['--kubeconfig', this.kubeconfig, '--cache-dir', join(this.dataDir, 'kubectl-cache'), ...args];
  }
}
