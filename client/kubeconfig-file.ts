/**
 * What is in a kubeconfig file, reading it, and putting several together: what is named twice counts as the first file has it.
 * Nothing is looked up here; `kubeconfig.ts` makes a connection of it.
 *
 * Upstream: client-go/tools/clientcmd/{loader.go,api/v1/types.go}
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** Fields that nothing here reads stay as they are. */
export interface Kubeconfig {
  [field: string]: unknown;
  'current-context'?: string;
  contexts?: NamedContext[] | null;
  clusters?: NamedCluster[] | null;
  users?: NamedUser[] | null;
}

interface Named {
  name: string;
}

export type NamedContext = Named & { context?: KubeconfigContext | null };
export type NamedCluster = Named & { cluster?: KubeconfigCluster | null };
export type NamedUser = Named & { user?: KubeconfigUser | null };

export interface KubeconfigContext {
  [field: string]: unknown;
  cluster?: string;
  user?: string;
  namespace?: string;
}

export interface KubeconfigCluster {
  [field: string]: unknown;
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
}

export interface KubeconfigUser {
  [field: string]: unknown;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  exec?: Partial<ExecPlugin>;
  as?: string;
  'as-groups'?: string[];
  'as-uid'?: string;
  'as-user-extra'?: Record<string, string[]>;
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

/** The file as it is. Throws an error whose message names it. */
export function readKubeconfig(path: string): Kubeconfig {
  try {
    return parseKubeconfig(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`error loading config file "${path}": ${firstLine(error)}`);
  }
}

/** The parser shows the place below what it says. */
const firstLine = (error: unknown): string => (error as Error).message.split('\n', 1)[0]!;

function parseKubeconfig(text: string): Kubeconfig {
  const value = (parse(text) ?? {}) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no kubeconfig');
  return value as Kubeconfig;
}

/** The same, with every path that is relative to the file made absolute. */
export function withAbsolutePaths(config: Kubeconfig, path: string): Kubeconfig {
  const folder = dirname(path);
  const absolute = <T extends Record<string, unknown>>(entry: T, ...fields: string[]): T => ({
    ...entry,
    ...Object.fromEntries(
      fields.flatMap((field) => (entry[field] ? [[field, resolve(folder, String(entry[field]))]] : [])),
    ),
  });
  // A command without a slash is looked for on the PATH.
  const ofUser = (user: KubeconfigUser): KubeconfigUser => ({
    ...absolute(user, 'client-certificate', 'client-key', 'tokenFile'),
    ...(user.exec?.command?.includes('/') && { exec: absolute(user.exec, 'command') }),
  });
  return {
    ...config,
    clusters: (config.clusters ?? []).map(({ name, cluster }) => ({
      name,
      cluster: absolute(cluster ?? {}, 'certificate-authority'),
    })),
    users: (config.users ?? []).map(({ name, user }) => ({ name, user: ofUser(user ?? {}) })),
  };
}

/** Several files as one. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const first = <T extends Named>(lists: (T[] | null | undefined)[]): T[] => {
    const byName = new Map<string, T>();
    for (const entry of lists.flatMap((list) => list ?? [])) if (!byName.has(entry.name)) byName.set(entry.name, entry);
    return [...byName.values()];
  };
  return {
    ...Object.assign({}, ...[...configs].reverse()),
    'current-context': configs.map((config) => config['current-context']).find(Boolean) ?? '',
    clusters: first(configs.map(({ clusters }) => clusters)),
    contexts: first(configs.map(({ contexts }) => contexts)),
    users: first(configs.map(({ users }) => users)),
  };
}
