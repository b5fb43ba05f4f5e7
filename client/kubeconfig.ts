/**
 * Reads a kubeconfig file into what a connection needs: the server's address and the credentials of the current context.
 * Upstream: client-go/tools/clientcmd. Left out: exec and auth-provider plugins, merging several files.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** How to reach an API server and who to be there. PEM texts, not paths. */
export interface RestConfig {
  /** `https://127.0.0.1:6443` */
  server: string;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  token?: string | undefined;
  insecureSkipTlsVerify?: boolean | undefined;
  /** Namespace of the context. */
  namespace?: string | undefined;
}

interface Named {
  name: string;
}
interface Kubeconfig {
  'current-context'?: string;
  contexts?: (Named & { context?: { cluster?: string; user?: string; namespace?: string } })[];
  clusters?: (Named & { cluster?: Record<string, string | boolean> })[];
  users?: (Named & { user?: Record<string, string> })[];
}

/** Throws an error whose message names the file and what is missing. */
export function loadKubeconfig(path: string, contextName?: string): RestConfig {
  let file: Kubeconfig | null;
  try {
    file = parse(readFileSync(path, 'utf8')) as Kubeconfig | null;
  } catch (error) {
    throw new Error(`error loading config file "${path}": ${firstLine(error)}`);
  }
  const wanted = contextName ?? file?.['current-context'];
  const context = byName(file?.contexts, wanted, 'context', path).context ?? {};
  const cluster = byName(file?.clusters, context.cluster, 'cluster', path).cluster ?? {};
  const user = context.user ? (byName(file?.users, context.user, 'user', path).user ?? {}) : {};
  const pem = (from: Record<string, string | boolean>, name: string): string | undefined => {
    const data = from[`${name}-data`];
    if (data) return Buffer.from(String(data), 'base64').toString('utf8');
    return from[name] ? readFileSync(resolve(dirname(path), String(from[name])), 'utf8') : undefined;
  };
  const server = cluster['server'];
  if (!server) throw new Error(`config file "${path}": cluster "${context.cluster}" has no server`);
  return {
    server: String(server),
    ca: pem(cluster, 'certificate-authority'),
    cert: pem(user, 'client-certificate'),
    key: pem(user, 'client-key'),
    token: user['token'],
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    namespace: context.namespace,
  };
}

function byName<T extends Named>(list: T[] | undefined, name: string | undefined, what: string, path: string): T {
  const found = list?.find((entry) => entry.name === name);
  if (!found) throw new Error(`config file "${path}": ${what} "${name ?? ''}" does not exist`);
  return found;
}

/** The parser shows the place below what it says. */
const firstLine = (error: unknown): string => (error as Error).message.split('\n', 1)[0]!;
