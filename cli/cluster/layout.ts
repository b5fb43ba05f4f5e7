/**
 * Where a cluster keeps its files, and the choices made when it was first started: ports and address ranges.
 *
 * Loaded by the supervisor, so it imports nothing that is not small.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeDirectory } from '../../client/component/make-directory.ts';

export type Runtime = 'docker' | 'fake';

/** What `cluster.json` holds. Chosen at the first `up`, kept until `down --purge`. */
export interface Cluster {
  /** Also the Docker network's name and the value of the containers' `io.minik.cluster` label. */
  name: string;
  /** Number of the set of ports and ranges that this cluster holds. */
  slot: number;
  runtime: Runtime;
  /** How many nodes `up` makes: minik-1 to minik-N. */
  nodes: number;
  /** Nodes that have joined with a token, which `up` starts as well. */
  joined?: string[];
  /** Secrets are encrypted in the store. */
  secretsEncryption?: boolean;
  /** Flags of the apiserver that were asked for, which come before those that `up` would give it. */
  apiserverArgs?: Record<string, string>;
  podCIDR: string;
  serviceCIDR: string;
  nodeCIDR: string;
  ports: {
    apiserver: number;
    storeMetrics: number;
    scheduler: number;
    controllers: number;
    proxyHealth: number;
    proxyMetrics: number;
  };
}

export interface Paths {
  dataDir: string;
  cluster: string;
  kubeconfig: string;
  pki: string;
  store: string;
  logs: string;
  run: string;
  nodes: string;
  storeSocket: string;
  /** Which requests the apiserver records. */
  auditPolicy: string;
  auditLog: string;
  /** The keys of encrypted Secrets. */
  encryptionConfig: string;
  /** What the supervisor last wrote about the processes. */
  state: string;
}

/** Longest path that a unix socket can be bound to on Linux; macOS allows four fewer. */
const maxSocketPath = 103;

/** `--data-dir`, else MINIK_HOME, else ~/.minik. */
export const dataDirOf = (given: string | undefined): string =>
  resolve(given || process.env['MINIK_HOME'] || join(homedir(), '.minik'));

/** Throws where a socket in the directory could not be bound. */
export function pathsOf(dataDir: string): Paths {
  const at = (...parts: string[]): string => join(dataDir, ...parts);
  const storeSocket = at('run', 'store.sock');
  if (storeSocket.length > maxSocketPath)
    throw new Error(`the data directory's path is too long for a unix socket (${storeSocket}); choose a shorter one`);
  return {
    dataDir,
    cluster: at('cluster.json'),
    kubeconfig: at('kubeconfig'),
    pki: at('pki'),
    store: at('store'),
    logs: at('logs'),
    run: at('run'),
    nodes: at('nodes'),
    storeSocket,
    auditPolicy: at('audit-policy.yaml'),
    auditLog: at('logs', 'audit.log'),
    encryptionConfig: at('pki', 'encryption-config.yaml'),
    state: at('run', 'state.json'),
  };
}

/** The files of a node that has joined, with Kubernetes' names. */
export interface JoinedPaths {
  directory: string;
  /** Written by the kubelet. */
  kubeconfig: string;
  /** Holds the token, until the node is in. */
  bootstrapKubeconfig: string;
  certificates: string;
  ca: string;
}

export function joinedPaths({ nodes }: Paths, node: string): JoinedPaths {
  const directory = join(nodes, node);
  return {
    directory,
    kubeconfig: join(directory, 'kubelet.conf'),
    bootstrapKubeconfig: join(directory, 'bootstrap-kubelet.conf'),
    certificates: join(directory, 'pki'),
    ca: join(directory, 'pki', 'ca.crt'),
  };
}

/** Makes the directories; only the owner may look inside. */
export function makeDirectories(paths: Paths): void {
  for (const dir of [paths.dataDir, paths.pki, paths.store, paths.logs, paths.run, paths.nodes]) makeDirectory(dir);
}

/** The cluster of a data directory; undefined where none was ever started. */
export const readCluster = (paths: Paths): Cluster | undefined => readJson<Cluster>(paths.cluster);

export const writeCluster = (paths: Paths, cluster: Cluster): void => writeJson(paths.cluster, cluster);

/** Reads a JSON file; undefined when it does not exist. */
export function readJson<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Error(`${path} is not valid JSON: ${(error as Error).message}`);
  }
}

/** Replaces the file as a whole: a reader, or a crash, never sees half of it. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Whether the node has got its certificates by joining, and not from `up`. */
export const hasJoined = ({ joined = [] }: Cluster, node: string): boolean => joined.includes(node);

/** The nodes that `up` makes, with their certificates. */
export const madeNodes = (cluster: Cluster): string[] =>
  Array.from({ length: cluster.nodes }, (_, index) => `minik-${index + 1}`).filter((node) => !hasJoined(cluster, node));

/** All of them. */
export const nodeNames = (cluster: Cluster): string[] => [...madeNodes(cluster), ...(cluster.joined ?? [])];

/** Whether a node of that name is one of ours, and not one that somebody added by hand. */
export const isNodeName = (name: string): boolean => /^minik-\d+$/.test(name);

/** The address of `minik-N`: the Nth of the node range. */
export const nodeAddress = (cluster: Cluster, node: string): string =>
  addressIn(cluster.nodeCIDR, Number(node.slice('minik-'.length)));

/** Addresses 1 to 253 of the node range are nodes. */
export const maxNodes = 253;

/** Where pods reach the apiserver: the last address of the node range, which no node has. */
export const apiserverAddress = (cluster: Cluster): string => addressIn(cluster.nodeCIDR, 254);

/** Whether node addresses are the cluster's own, by a route, and not a part of 127.0.0.0/8. */
export const nodesAreRouted = (cluster: Cluster): boolean => !cluster.nodeCIDR.startsWith('127.');

/** The Nth address of a range: `addressIn('10.96.0.0/16', 10)` is `10.96.0.10`. */
export function addressIn(cidr: string, index: number): string {
  const [a = 0, b = 0, c = 0, d = 0] = cidr.split('/')[0]!.split('.').map(Number);
  const number = ((a << 24) | (b << 16) | (c << 8) | d) + index;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
