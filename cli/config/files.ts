/**
 * Which kubeconfig files count. A flag wins; then a data directory that was named by flag or MINIK_HOME, since whoever names one means
 * that cluster; then KUBECONFIG, a list of files, as for kubectl; then the cluster of this machine.
 *
 * Upstream: client-go/tools/clientcmd/config.go (PathOptions)
 */
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { dataDirOf, pathsOf } from '../cluster/layout.ts';

export interface KubeconfigFiles {
  /** One at least. What several define counts as the first has it. */
  paths: string[];
  source: 'flag' | 'data directory' | 'environment';
}

export function kubeconfigFiles(
  { kubeconfig, dataDir }: { kubeconfig?: string; dataDir?: string },
  env: NodeJS.ProcessEnv = process.env,
): KubeconfigFiles {
  if (kubeconfig) return { paths: [kubeconfig], source: 'flag' };
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0 && !dataDir && !env['MINIK_HOME']) return { paths: listed, source: 'environment' };
  return { paths: [pathsOf(dataDirOf(dataDir)).kubeconfig], source: 'data directory' };
}

/** The file that gets what none of them has yet: the first that exists, else the last. */
export const fileForNew = ({ paths }: KubeconfigFiles): string =>
  paths.find((path) => existsSync(path)) ?? paths.at(-1)!;
