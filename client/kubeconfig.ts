/**
 * Reads a kubeconfig file into what a connection needs: the server's address and the credentials of the current context.
 * Upstream: client-go/tools/clientcmd. Left out: auth-provider plugins, passwords, merging several files.
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
  /** Holds the token, which may change. */
  tokenFile?: string | undefined;
  /** The program that hands out the credentials. */
  exec?: ExecPlugin | undefined;
  /** Who to act as. */
  impersonate?: Impersonation | undefined;
  insecureSkipTlsVerify?: boolean | undefined;
  /** Namespace of the context. */
  namespace?: string | undefined;
}

/** `users[].user.exec`. Upstream: clientcmd/api ExecConfig */
export interface ExecPlugin {
  apiVersion: string;
  /** Absolute, or to be found on the PATH. */
  command: string;
  args: string[];
  env: { name: string; value: string }[];
  installHint: string;
  interactiveMode: 'Never' | 'IfAvailable' | 'Always';
  provideClusterInfo: boolean;
}

/** `as`, `as-groups`, `as-uid` and `as-user-extra` of a user. */
export interface Impersonation {
  user: string;
  groups?: string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

interface Named {
  name: string;
}

interface Kubeconfig {
  'current-context'?: string;
  contexts?: (Named & { context?: { cluster?: string; user?: string; namespace?: string } })[];
  clusters?: (Named & { cluster?: Record<string, string | boolean> })[];
  users?: (Named & { user?: KubeconfigUser | null })[];
}

interface KubeconfigUser {
  [name: string]: unknown;
  token?: string;
  tokenFile?: string;
  exec?: Partial<ExecPlugin>;
  as?: string;
  'as-groups'?: string[];
  'as-uid'?: string;
  'as-user-extra'?: Record<string, string[]>;
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
  const pem = (from: Record<string, unknown>, name: string): string | undefined => {
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
    ...identityOf(user, path, context.user ?? ''),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    namespace: context.namespace,
  };
}

/** What of a user is no certificate. */
function identityOf(
  user: KubeconfigUser,
  path: string,
  name: string,
): Pick<RestConfig, 'token' | 'tokenFile' | 'exec' | 'impersonate'> {
  const { token, tokenFile, exec, as } = user;
  const wrong = (why: string): Error => new Error(`config file "${path}": user "${name}": ${why}`);
  if (user['auth-provider']) throw wrong('auth-provider is not supported; use exec');
  if (exec && (!exec.command || !exec.apiVersion)) throw wrong('exec needs a command and an apiVersion');
  const { 'as-groups': groups, 'as-uid': uid, 'as-user-extra': extra } = user;
  if (!as && (groups?.length || uid || extra)) throw wrong('as-groups, as-uid and as-user-extra need an as');
  return {
    token,
    ...(tokenFile && { tokenFile: resolve(dirname(path), tokenFile) }),
    ...(exec && { exec: pluginOf(exec, path) }),
    ...(as && { impersonate: { user: as, ...(groups && { groups }), ...(uid && { uid }), ...(extra && { extra }) } }),
  };
}

/** A command with a slash is relative to the file. */
const pluginOf = (exec: Partial<ExecPlugin>, path: string): ExecPlugin => ({
  apiVersion: exec.apiVersion!,
  command: exec.command!.includes('/') ? resolve(dirname(path), exec.command!) : exec.command!,
  args: exec.args ?? [],
  env: exec.env ?? [],
  installHint: exec.installHint ?? '',
  interactiveMode: exec.interactiveMode ?? 'IfAvailable',
  provideClusterInfo: exec.provideClusterInfo ?? false,
});

function byName<T extends Named>(list: T[] | undefined, name: string | undefined, what: string, path: string): T {
  const found = list?.find((entry) => entry.name === name);
  if (!found) throw new Error(`config file "${path}": ${what} "${name ?? ''}" does not exist`);
  return found;
}

/** The parser shows the place below what it says. */
const firstLine = (error: unknown): string => (error as Error).message.split('\n', 1)[0]!;
