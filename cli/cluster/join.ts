/**
 * `minikctl join`: one more node for the cluster of this machine. The node gets what any machine would: an address, a token and the
 * hash of the CA; its kubelet asks for its certificates with that.
 *
 * Upstream: cmd/kubeadm/app/cmd/join.go
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { stringify } from 'yaml';
import type { BootstrapToken } from '../../api/bootstrap-token.ts';
import { ApiError } from '../../api/errors.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { isConditionTrue } from '../../api/meta.ts';
import { makeDirectory } from '../../client/component/make-directory.ts';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import { approveServing } from '../bootstrap/approve-serving.ts';
import { caHashes } from '../bootstrap/ca-hash.ts';
import { type DiscoveredCluster, discoverCluster } from '../bootstrap/discover-cluster.ts';
import { formatToken } from '../bootstrap/tokens.ts';
import { untilNodesReady, untilReady } from './await-ready.ts';
import { componentsOf, kubeletOf } from './components.ts';
import {
  type Cluster,
  isNodeName,
  type JoinedPaths,
  joinedPaths,
  maxNodes,
  nodeAddress,
  nodeNames,
  type Paths,
  pathsOf,
  readCluster,
  writeCluster,
} from './layout.ts';
import type { Progress } from './progress.ts';
import { supervisorPid } from './state.ts';
import { startSupervisor } from './up.ts';

export interface JoinOptions {
  dataDir: string;
  /** `127.0.0.1:6443` */
  endpoint: string;
  token: BootstrapToken;
  /** Undefined: the CA is not looked at. */
  caHashes: readonly string[] | undefined;
  /** Absent: the first that is free. */
  nodeName?: string | undefined;
  timeoutMs: number;
}

/** Resolves with the node's name once it is Ready. */
export async function join(options: JoinOptions, progress: Progress): Promise<string> {
  const paths = pathsOf(options.dataDir);
  const cluster = runningCluster(paths);
  const node = options.nodeName ?? freeName(cluster);
  checkName(cluster, node);
  const deadline = Date.now() + options.timeoutMs;
  let found: DiscoveredCluster | undefined;
  await progress.step('discovery', async () => {
    found = await discoverCluster({ ...options, timeoutMs: 10_000 });
    return `${found.server}, ${caHashes(found.ca).join(' ')}`;
  });
  checkSameCluster(found!, paths);
  await checkUnknown(found!, options.token, node);
  const files = joinedPaths(paths, node);
  writeCredentials(files, found!, options.token);
  const joined = { ...cluster, joined: [...(cluster.joined ?? []), node] };
  writeCluster(paths, joined);
  startSupervisor(paths);
  const rest = new RestClient(loadKubeconfig(paths.kubeconfig), 'minikctl');
  try {
    const kubelet = componentsOf(joined, paths).find(({ name }) => name === kubeletOf(node))!;
    await progress.step('TLS bootstrap', () => untilReady(kubelet, rest, paths, deadline));
    await progress.step('serving certificate', () => approveServing(rest, node, nodeAddress(joined, node), deadline));
    await progress.step('node', () => untilNodesReady([node], rest, deadline));
  } catch (error) {
    const again = `Take the node out before you try again: minikctl leave ${node} --data-dir ${paths.dataDir}`;
    throw new Error(`${(error as Error).message}\n${again}`);
  } finally {
    rest.close();
  }
  // The kubelet has an identity of its own from now on.
  rmSync(files.bootstrapKubeconfig, { force: true });
  return node;
}

function runningCluster(paths: Paths): Cluster {
  const cluster = readCluster(paths);
  if (!cluster || supervisorPid(paths) === undefined)
    throw new Error(
      `no cluster runs in ${paths.dataDir}; start it: minikctl cluster up, or say where it is: --data-dir`,
    );
  return cluster;
}

function freeName(cluster: Cluster): string {
  const taken = nodeNames(cluster);
  const names = Array.from({ length: maxNodes }, (_, index) => `minik-${index + 1}`);
  const free = names.find((name) => !taken.includes(name));
  if (!free) throw new Error(`the cluster has ${maxNodes} nodes already`);
  return free;
}

/** The name decides the address. */
function checkName(cluster: Cluster, node: string): void {
  const number = isNodeName(node) ? Number(node.slice('minik-'.length)) : 0;
  if (number < 1 || number > maxNodes || node !== `minik-${number}`)
    throw new Error(`--node-name must be minik-1 to minik-${maxNodes}, which decides the node's address`);
  if (nodeNames(cluster).includes(node)) throw new Error(`${node} is a node of this cluster already`);
}

function checkSameCluster({ server, ca }: DiscoveredCluster, paths: Paths): void {
  const own = readFileSync(joinPath(paths.pki, 'ca.crt'), 'utf8');
  if (caHashes(own).some((hash) => caHashes(ca).includes(hash))) return;
  throw new Error(
    `the cluster at ${server} is not the one in ${paths.dataDir}, which runs the nodes of this machine; say where it is: --data-dir`,
  );
}

/** A node that is there and alive keeps its name. */
async function checkUnknown({ server, ca }: DiscoveredCluster, token: BootstrapToken, node: string): Promise<void> {
  const client = new RestClient({ server, ca, token: formatToken(token) }, 'minikctl');
  try {
    const found = await client.of(nodes).get(node);
    if (isConditionTrue(found.status?.conditions, 'Ready'))
      throw new Error(
        `a Node with name ${JSON.stringify(node)} and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node`,
      );
  } catch (error) {
    if (error instanceof ApiError && error.code === 401)
      throw new Error(`the cluster does not accept the token: ${error.message}`);
    if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
  } finally {
    client.close();
  }
}

/** What the kubelet starts from: nothing of an earlier node of that name. */
function writeCredentials(files: JoinedPaths, { server, ca }: DiscoveredCluster, token: BootstrapToken): void {
  rmSync(files.kubeconfig, { force: true });
  rmSync(files.certificates, { recursive: true, force: true });
  makeDirectory(files.certificates);
  writeFileSync(files.ca, ca);
  const [cluster, user, context] = ['kubernetes', 'tls-bootstrap-token-user', 'tls-bootstrap-token-user@kubernetes'];
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: cluster, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    contexts: [{ name: context, context: { cluster, user } }],
    'current-context': context,
    users: [{ name: user, user: { token: formatToken(token) } }],
  };
  writeFileSync(files.bootstrapKubeconfig, stringify(config), { mode: 0o600 });
}
