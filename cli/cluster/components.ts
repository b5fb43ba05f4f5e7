/**
 * The processes of a cluster, as a table: what is run, with which arguments, what must answer first, and where it
 * answers once it serves. Loaded by the supervisor, so it imports nothing but Node's own modules.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  apiserverAddress,
  type Cluster,
  hasJoined,
  type JoinedPaths,
  joinedPaths,
  nodeAddress,
  nodeNames,
  nodesAreRouted,
  type Paths,
} from './layout.ts';

/** Where a process accepts connections. */
export type Address = { path: string } | { host: string; port: number };

export interface Component {
  /** Names its log, its pid file and its line in `status`. */
  name: string;
  /** The file that Node runs. */
  main: string;
  args: string[];
  /** Names of components that must accept connections before this one is started. */
  needs: string[];
  listens: Address;
  /** The path that answers 200 once the process is ready, and how it is served. */
  ready: { scheme: 'http' | 'https'; host: string; port: number; path: string };
}

const root = resolve(import.meta.dirname, '../..');

/** The main file of a process folder. */
export const mainOf = (folder: string): string => join(root, folder, 'main.ts');

/** The name of a node's kubelet among the components. */
export const kubeletOf = (node: string): string => `kubelet-${node}`;

/** Flags of every Node process: small young generation, because processes rest most of the time. */
export const nodeFlags = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];

/**
 * Their environment: the user's, with Node's compile cache, which makes a start fast and small and is shared by all
 * clusters of this checkout (the launcher knows where), and one malloc arena, because a second one costs megabytes.
 */
export const environment: NodeJS.ProcessEnv = {
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/minik'),
  MALLOC_ARENA_MAX: '1',
  ...process.env,
};

/** All processes of the cluster, each after those that it needs. */
export function componentsOf(cluster: Cluster, paths: Paths): Component[] {
  return [
    store(cluster, paths),
    apiserver(cluster, paths),
    controllers(cluster, paths),
    scheduler(cluster, paths),
    proxy(cluster, paths),
    ...nodeNames(cluster).map((node) => kubelet(cluster, paths, node)),
  ];
}

const loopback = '127.0.0.1';

/** The supervisor runs one of each, so a restarted one need not wait until the lease of the one that died has run out. */
const singleReplica = { 'leader-elect': 'false' };

function flags(values: Record<string, string | number>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

function store({ ports }: Cluster, paths: Paths): Component {
  return {
    name: 'store',
    main: mainOf('store'),
    args: flags({
      'data-dir': paths.store,
      'listen-client-urls': `unix://${paths.storeSocket}`,
      'listen-metrics-urls': `http://${loopback}:${ports.storeMetrics}`,
      'logging-format': 'json',
    }),
    needs: [],
    listens: { path: paths.storeSocket },
    ready: { scheme: 'http', host: loopback, port: ports.storeMetrics, path: '/readyz' },
  };
}

function apiserver(cluster: Cluster, paths: Paths): Component {
  const pki = (file: string): string => join(paths.pki, file);
  const address = { host: loopback, port: cluster.ports.apiserver };
  // Pods reach it through the Service `kubernetes`, whose endpoint may not be a loopback address.
  const advertised: Record<string, string> = nodesAreRouted(cluster)
    ? { 'advertise-address': apiserverAddress(cluster) }
    : {};
  return {
    name: 'apiserver',
    main: mainOf('apiserver'),
    args: flags({
      'etcd-servers': `unix://${paths.storeSocket}`,
      'bind-address': loopback,
      ...advertised,
      'secure-port': address.port,
      'tls-cert-file': pki('apiserver.crt'),
      'tls-private-key-file': pki('apiserver.key'),
      'enable-bootstrap-token-auth': 'true',
      'client-ca-file': pki('ca.crt'),
      ...frontProxy(pki),
      'kubelet-client-certificate': pki('apiserver-kubelet-client.crt'),
      'kubelet-client-key': pki('apiserver-kubelet-client.key'),
      'kubelet-certificate-authority': pki('ca.crt'),
      'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
      'service-account-signing-key-file': pki('sa.key'),
      'service-account-key-file': pki('sa.pub'),
      'service-cluster-ip-range': cluster.serviceCIDR,
      ...auditing(paths),
      ...(cluster.secretsEncryption && {
        'encryption-provider-config': paths.encryptionConfig,
        'encryption-provider-config-automatic-reload': 'true',
      }),
      'logging-format': 'json',
      ...cluster.apiserverArgs,
    }),
    needs: ['store'],
    listens: address,
    ready: { scheme: 'https', ...address, path: '/readyz' },
  };
}

/** How servers of APIServices know the apiserver, and whom else it believes when they say for whom they speak. */
const frontProxy = (pki: (file: string) => string): Record<string, string> => ({
  'proxy-client-cert-file': pki('front-proxy-client.crt'),
  'proxy-client-key-file': pki('front-proxy-client.key'),
  'requestheader-client-ca-file': pki('front-proxy-ca.crt'),
  'requestheader-allowed-names': 'front-proxy-client',
});

/** The log of who did what: at most 100 MB, of the last 30 days. */
const auditing = ({ auditPolicy, auditLog }: Paths): Record<string, string | number> => ({
  'audit-policy-file': auditPolicy,
  'audit-log-path': auditLog,
  'audit-log-maxsize': 10,
  'audit-log-maxbackup': 9,
  'audit-log-maxage': 30,
  'audit-log-compress': 'true',
});

function scheduler({ ports }: Cluster, paths: Paths): Component {
  const address = { host: loopback, port: ports.scheduler };
  return {
    name: 'scheduler',
    main: mainOf('scheduler'),
    args: flags({
      kubeconfig: join(paths.pki, 'scheduler.kubeconfig'),
      'bind-address': loopback,
      'secure-port': address.port,
      ...singleReplica,
      'logging-format': 'json',
    }),
    needs: ['apiserver'],
    listens: address,
    ready: { scheme: 'http', ...address, path: '/readyz' },
  };
}

function controllers(cluster: Cluster, paths: Paths): Component {
  const address = { host: loopback, port: cluster.ports.controllers };
  return {
    name: 'controllers',
    main: mainOf('controllers'),
    args: flags({
      kubeconfig: join(paths.pki, 'controllers.kubeconfig'),
      'bind-address': loopback,
      'secure-port': address.port,
      'allocate-node-cidrs': 'true',
      'cluster-cidr': cluster.podCIDR,
      'root-ca-file': join(paths.pki, 'ca.crt'),
      'cluster-signing-cert-file': join(paths.pki, 'ca.crt'),
      'cluster-signing-key-file': join(paths.pki, 'ca.key'),
      controllers: '*,bootstrap-signer-controller,token-cleaner-controller',
      ...singleReplica,
      'logging-format': 'json',
    }),
    needs: ['apiserver'],
    listens: address,
    ready: { scheme: 'http', ...address, path: '/readyz' },
  };
}

function proxy(cluster: Cluster, paths: Paths): Component {
  const address = { host: loopback, port: cluster.ports.proxyHealth };
  return {
    name: 'proxy',
    main: mainOf('proxy'),
    args: flags({
      kubeconfig: join(paths.pki, 'proxy.kubeconfig'),
      'healthz-bind-address': `${loopback}:${address.port}`,
      'metrics-bind-address': `${loopback}:${cluster.ports.proxyMetrics}`,
      'cluster-cidr': cluster.podCIDR,
      'logging-format': 'json',
    }),
    needs: ['apiserver'],
    listens: address,
    // Without routes it can serve no Service address, and is never ready; then it is enough that it lives.
    ready: { scheme: 'http', ...address, path: nodesAreRouted(cluster) ? '/readyz' : '/livez' },
  };
}

/** Where systemd-resolved runs, /etc/resolv.conf names a loopback address that no container can reach; this file does not. */
const systemdResolvConf = '/run/systemd/resolve/resolv.conf';

function kubelet(cluster: Cluster, paths: Paths, node: string): Component {
  const host = nodeAddress(cluster, node);
  return {
    name: kubeletOf(node),
    main: mainOf('kubelet'),
    args: flags({
      ...(hasJoined(cluster, node) ? joinedCredentials(joinedPaths(paths, node)) : madeCredentials(paths, node)),
      'hostname-override': node,
      'node-ip': host,
      'root-dir': join(paths.nodes, node),
      'container-runtime': cluster.runtime,
      'cluster-name': cluster.name,
      'cluster-cidr': cluster.podCIDR,
      ...(existsSync(systemdResolvConf) && { 'resolv-conf': systemdResolvConf }),
      'logging-format': 'json',
    }),
    needs: ['apiserver'],
    listens: { host, port: 10250 },
    ready: { scheme: 'http', host, port: 10248, path: '/healthz' },
  };
}

/** Of a node whose certificates `up` has made. */
function madeCredentials(paths: Paths, node: string): Record<string, string> {
  const pki = (file: string): string => join(paths.pki, file);
  return {
    kubeconfig: pki(`kubelet-${node}.kubeconfig`),
    'client-ca-file': pki('ca.crt'),
    'tls-cert-file': pki(`kubelet-${node}-serving.crt`),
    'tls-private-key-file': pki(`kubelet-${node}-serving.key`),
  };
}

/** Of a node that asks the cluster for its certificates. */
const joinedCredentials = ({
  kubeconfig,
  bootstrapKubeconfig,
  certificates,
  ca,
}: JoinedPaths): Record<string, string> => ({
  kubeconfig,
  'bootstrap-kubeconfig': bootstrapKubeconfig,
  'cert-dir': certificates,
  'rotate-certificates': 'true',
  'rotate-server-certificates': 'true',
  'client-ca-file': ca,
});
