/**
 * Learns from the cluster itself how to reach and trust it, knowing only an address, a token and the hash of its CA's key.
 *
 * cluster-info is read over a connection that is not trusted. The token's signature shows that somebody who knows the token wrote
 * it, the hash that its CA is the one that was meant; then it is read again over a connection that the CA secures.
 *
 * Upstream: cmd/kubeadm/app/discovery/token
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { BootstrapToken } from '../../api/bootstrap-token.ts';
import {
  clusterInfoName,
  clusterInfoNamespace,
  isSignedWith,
  kubeconfigKey,
  signatureKey,
} from '../../api/cluster-info.ts';
import { ApiError } from '../../api/errors.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import type { ConfigMap } from '../../api/types.ts';
import { RestClient } from '../../client/rest.ts';
import { caHashes } from './ca-hash.ts';

export interface DiscoveryOptions {
  /** `127.0.0.1:6443` */
  endpoint: string;
  token: BootstrapToken;
  /** Undefined: whatever CA the token's signature is for. */
  caHashes: readonly string[] | undefined;
  timeoutMs: number;
}

export interface DiscoveredCluster {
  server: string;
  ca: string;
}

const pollMs = 200;

/** Rejects with what does not fit. Waits for the signature of a token that has just been made. */
export async function discoverCluster(options: DiscoveryOptions): Promise<DiscoveredCluster> {
  const { endpoint, token, timeoutMs } = options;
  const untrusted = new RestClient({ server: `https://${endpoint}`, insecureSkipTlsVerify: true }, 'minikctl');
  try {
    const first = await signedInfo(untrusted, token, Date.now() + timeoutMs);
    const cluster = clusterOf(first);
    checkHashes(cluster.ca, options.caHashes);
    if (options.caHashes) await checkAgain(cluster, first);
    return cluster;
  } finally {
    untrusted.close();
  }
}

/** The kubeconfig, once it is signed with the token. */
async function signedInfo(client: RestClient, token: BootstrapToken, deadline: number): Promise<string> {
  for (;;) {
    const { data = {} } = await readInfo(client);
    const content = data[kubeconfigKey];
    const signature = data[signatureKey(token.id)];
    if (content && signature) {
      if (!isSignedWith(signature, content, token))
        throw new Error(`failed to verify JWS signature of received cluster info object, can't trust this API Server`);
      return content;
    }
    if (Date.now() > deadline) {
      if (!content) throw new Error(`there is no ${kubeconfigKey} key in the cluster-info ConfigMap`);
      throw new Error(
        `could not find a JWS signature in the cluster-info ConfigMap for token ID ${JSON.stringify(token.id)}`,
      );
    }
    await sleep(pollMs);
  }
}

async function readInfo(client: RestClient): Promise<ConfigMap> {
  try {
    return await client.of(configmaps).get(clusterInfoName, clusterInfoNamespace);
  } catch (error) {
    if (!(error instanceof ApiError && error.code < 500)) throw error;
    throw new Error(
      `the cluster has no ConfigMap ${clusterInfoName} that everybody may read: ${error.message}; make a token with: minikctl token create`,
    );
  }
}

function clusterOf(content: string): DiscoveredCluster {
  const file = parse(content) as { clusters?: { cluster?: Record<string, string> }[] } | null;
  const cluster = file?.clusters?.[0]?.cluster;
  const data = cluster?.['certificate-authority-data'];
  if (!cluster?.['server'] || !data) throw new Error('the kubeconfig in cluster-info names no cluster');
  return { server: cluster['server'], ca: Buffer.from(data, 'base64').toString('utf8') };
}

function checkHashes(ca: string, allowed: readonly string[] | undefined): void {
  const found = caHashes(ca);
  if (found.length === 0) throw new Error('the kubeconfig in cluster-info has no CA certificate');
  if (!allowed || found.some((hash) => allowed.includes(hash))) return;
  throw new Error(
    `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys ${JSON.stringify(found.join(','))} are pinned`,
  );
}

async function checkAgain({ server, ca }: DiscoveredCluster, first: string): Promise<void> {
  const trusted = new RestClient({ server, ca }, 'minikctl');
  try {
    const { data = {} } = await readInfo(trusted);
    if (data[kubeconfigKey] !== first)
      throw new Error(
        'the second kubeconfig from the cluster-info ConfigMap (using validated TLS) was different from the first',
      );
  } finally {
    trusted.close();
  }
}
