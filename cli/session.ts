/** What a command works with: where it prints, the cluster it talks to, and the namespace it is about. */
import { existsSync } from 'node:fs';
import { type RestConfig, restConfigOf } from '../client/kubeconfig.ts';
import { mergeKubeconfigs, readKubeconfig, withAbsolutePaths } from '../client/kubeconfig-file.ts';
import { type RawResponse, type RequestOptions, RestClient } from '../client/rest.ts';
import { dataDirOf } from './cluster/layout.ts';
import { kubeconfigFiles } from './config/files.ts';
import { ExitError } from './errors.ts';
import type { Globals } from './globals.ts';
import { discover, type Resources } from './resources.ts';

/** Verbosity from which each request is shown, as kubectl does. */
const requestVerbosity = 6;

export class Session {
  readonly globals: Globals;
  readonly dataDir: string;
  #rest: RestClient | undefined;
  #resources: Promise<Resources> | undefined;

  constructor(globals: Globals) {
    this.globals = globals;
    this.dataDir = dataDirOf(globals.dataDir);
  }

  /** Prints a line. */
  print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** Prints a line on stderr. */
  warn(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** The cluster's API. Throws when there is no kubeconfig. */
  get rest(): RestClient {
    this.#rest ??= new VerboseClient(this.#config(), this);
    return this.#rest;
  }

  /** The address that requests go to; empty before the first. */
  get server(): string {
    return this.#rest?.config.server ?? '';
  }

  /** What the cluster serves, asked for once. */
  resources(): Promise<Resources> {
    this.#resources ??= discover(this.rest);
    return this.#resources;
  }

  /** `-n`, else the context's namespace, else `default`. */
  get namespace(): string {
    return this.globals.namespace || this.rest.config.namespace || 'default';
  }

  #config(): RestConfig {
    const { globals } = this;
    const { paths, source } = kubeconfigFiles(globals);
    const [first = ''] = paths;
    const present = paths.filter((path) => existsSync(path));
    if (present.length === 0 && source === 'flag') throw new Error(`stat ${first}: no such file or directory`);
    if (present.length === 0 && !globals.server) {
      const where = source === 'environment' ? `in KUBECONFIG (${paths.join(':')})` : `in ${this.dataDir}`;
      throw new ExitError(`error: no cluster ${where}; start one: minikctl cluster up`);
    }
    const config = mergeKubeconfigs(present.map((path) => withAbsolutePaths(readKubeconfig(path), path)));
    return restConfigOf(config, `config file "${present.join(':')}"`, globals);
  }
}

/** Prints the server's warnings, and with enough verbosity each request; applies `--request-timeout`. */
class VerboseClient extends RestClient {
  readonly #session: Session;

  constructor(config: RestConfig, session: Session) {
    super(config, 'minikctl');
    this.#session = session;
  }

  override async request(options: RequestOptions): Promise<RawResponse> {
    const { v, requestTimeout } = this.#session.globals;
    const begun = performance.now();
    const trace = (status: number | string): void => {
      if (v < requestVerbosity) return;
      const elapsed = Math.round(performance.now() - begun);
      const url = this.config.server + options.path;
      this.#session.warn(`${options.method ?? 'GET'} ${url} ${status} in ${elapsed} milliseconds`);
    };
    try {
      const response = await super.request({ ...(requestTimeout > 0 && { timeoutMs: requestTimeout }), ...options });
      trace(response.status);
      for (const text of warningsOf(response.headers['warning'])) this.#session.warn(`Warning: ${text}`);
      return response;
    } catch (error) {
      trace(`${(error as Error).message}`);
      throw error;
    }
  }
}

/** The texts of a Warning header: `299 - "unknown field \"spec.foo\"", 299 - "..."`. */
export function warningsOf(header: unknown): string[] {
  if (typeof header !== 'string') return [];
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text!.replace(/\\(.)/g, '$1'));
}
