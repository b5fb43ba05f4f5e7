/**
 * What a connection needs: the server's address and the credentials of the current context of a kubeconfig, or of what somebody
 * has asked for instead.
 * Upstream: client-go/tools/clientcmd/client_config.go. Left out: auth-provider plugins, passwords.
 */
import { readFileSync } from 'node:fs';
import { fileErrorText } from './file-error.ts';
import {
  type ExecPlugin,
  type Kubeconfig,
  type KubeconfigCluster,
  type KubeconfigUser,
  readKubeconfig,
  withAbsolutePaths,
} from './kubeconfig-file.ts';

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

/** `as`, `as-groups`, `as-uid` and `as-user-extra` of a user. */
export interface Impersonation {
  user: string;
  groups?: string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

/** What counts instead of what the kubeconfig says; paths are relative to the working directory. */
export interface Overrides {
  context?: string | undefined;
  cluster?: string | undefined;
  user?: string | undefined;
  server?: string | undefined;
  certificateAuthority?: string | undefined;
  insecureSkipTlsVerify?: boolean | undefined;
  token?: string | undefined;
  clientCertificate?: string | undefined;
  clientKey?: string | undefined;
  as?: string | undefined;
  asGroup?: string[] | undefined;
  asUid?: string | undefined;
}

/** Throws an error whose message names the file and what is missing. */
export const loadKubeconfig = (path: string): RestConfig =>
  restConfigOf(withAbsolutePaths(readKubeconfig(path), path), `config file "${path}"`);

/** The connection that a kubeconfig, whose paths are absolute, describes. `source` is what messages call it. */
export function restConfigOf(config: Kubeconfig, source: string, overrides: Overrides = {}): RestConfig {
  const context = contextOf(config, source, overrides);
  const clusterName = overrides.cluster ?? context.cluster;
  const found = config.clusters?.find(({ name }) => name === clusterName)?.cluster;
  if (!found && overrides.cluster) throw new Error(`no server found for cluster "${clusterName}"`);
  if (!found && !overrides.server) throw new Error(`${source}: cluster "${clusterName ?? ''}" does not exist`);
  const cluster = clusterWith(found ?? {}, overrides);
  if (!cluster.server) throw new Error(`${source}: cluster "${clusterName}" has no server`);
  const userName = overrides.user ?? context.user ?? '';
  const user = userWith(userOf(config, userName, source, overrides), overrides);
  return {
    server: cluster.server,
    ca: pem(cluster, 'certificate-authority', clusterName),
    cert: pem(user, 'client-certificate', userName),
    key: pem(user, 'client-key', userName),
    ...identityOf(user, source, userName),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    namespace: context.namespace,
  };
}

/** Without a context everything must have been given. */
function contextOf(
  { contexts, 'current-context': current }: Kubeconfig,
  source: string,
  { context: wanted, server }: Overrides,
): { cluster?: string; user?: string; namespace?: string } {
  const name = wanted ?? current;
  const context = contexts?.find((entry) => entry.name === name)?.context;
  if (context) return context;
  if (wanted) throw new Error(`Error in configuration: context was not found for specified context: ${wanted}`);
  if (server && !name) return {};
  throw new Error(`${source}: context "${name ?? ''}" does not exist`);
}

function userOf({ users }: Kubeconfig, name: string, source: string, { user: wanted }: Overrides): KubeconfigUser {
  const entry = users?.find((one) => one.name === name);
  if (entry) return entry.user ?? {};
  if (wanted) throw new Error(`auth info "${name}" does not exist`);
  if (name) throw new Error(`${source}: user "${name}" does not exist`);
  return {};
}

/** Who is not to verify the server needs no authority for it. */
function clusterWith(
  cluster: KubeconfigCluster,
  { server, certificateAuthority, insecureSkipTlsVerify }: Overrides,
): KubeconfigCluster {
  const { 'certificate-authority': _path, 'certificate-authority-data': _data, ...rest } = cluster;
  return {
    ...(certificateAuthority || insecureSkipTlsVerify ? rest : cluster),
    ...(certificateAuthority && { 'certificate-authority': certificateAuthority, 'insecure-skip-tls-verify': false }),
    ...(insecureSkipTlsVerify && { 'insecure-skip-tls-verify': true }),
    ...(server && { server }),
  };
}

function userWith(user: KubeconfigUser, overrides: Overrides): KubeconfigUser {
  const { token, clientCertificate, clientKey, as, asGroup, asUid } = overrides;
  const changed = { ...user };
  if (token) delete changed.tokenFile;
  if (clientCertificate) delete changed['client-certificate-data'];
  if (clientKey) delete changed['client-key-data'];
  return {
    ...changed,
    ...(token && { token }),
    ...(clientCertificate && { 'client-certificate': clientCertificate }),
    ...(clientKey && { 'client-key': clientKey }),
    ...(as && { as }),
    ...(asGroup && { 'as-groups': asGroup }),
    ...(asUid && { 'as-uid': asUid }),
  };
}

/** The text of a file, or the data that is there in its place. */
function pem(from: KubeconfigCluster | KubeconfigUser, field: string, owner: string | undefined): string | undefined {
  const data = from[`${field}-data`];
  if (data) return Buffer.from(String(data), 'base64').toString('utf8');
  const path = from[field];
  if (!path) return undefined;
  try {
    return readFileSync(String(path), 'utf8');
  } catch (error) {
    throw new Error(`unable to read ${field} ${path} for ${owner} due to ${fileErrorText(error)}`);
  }
}

/** What of a user is no certificate. */
function identityOf(
  user: KubeconfigUser,
  source: string,
  name: string,
): Pick<RestConfig, 'token' | 'tokenFile' | 'exec' | 'impersonate'> {
  const { token, tokenFile, exec, as } = user;
  const wrong = (why: string): Error => new Error(`${source}: user "${name}": ${why}`);
  if (user['auth-provider']) throw wrong('auth-provider is not supported; use exec');
  if (exec && (!exec.command || !exec.apiVersion)) throw wrong('exec needs a command and an apiVersion');
  const { 'as-groups': groups, 'as-uid': uid, 'as-user-extra': extra } = user;
  if (!as && (groups?.length || uid || extra))
    throw new Error(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  return {
    token,
    ...(tokenFile && { tokenFile }),
    ...(exec && { exec: pluginOf(exec) }),
    ...(as && { impersonate: { user: as, ...(groups && { groups }), ...(uid && { uid }), ...(extra && { extra }) } }),
  };
}

const pluginOf = (exec: Partial<ExecPlugin>): ExecPlugin => ({
  apiVersion: exec.apiVersion!,
  command: exec.command!,
  args: exec.args ?? [],
  env: exec.env ?? [],
  installHint: exec.installHint ?? '',
  interactiveMode: exec.interactiveMode ?? 'IfAvailable',
  provideClusterInfo: exec.provideClusterInfo ?? false,
});
