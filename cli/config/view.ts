/**
 * What `config view` shows of a kubeconfig: only what one context uses, without secrets, or with files in place of their paths.
 * Upstream: client-go/tools/clientcmd/api/helpers.go (MinifyConfig, ShortenConfig, FlattenConfig)
 */
import { readFileSync } from 'node:fs';
import { fileErrorText } from '../../client/file-error.ts';
import type { Kubeconfig } from '../../client/kubeconfig-file.ts';
import { type Entry, entryOf, namesIn, type Section, withEntry } from './entries.ts';

/** Only what the context uses, which is the current one when none is named. */
export function minified(config: Kubeconfig, wanted: string | undefined): Kubeconfig {
  const name = wanted ?? config['current-context'] ?? '';
  if (name === '') throw new Error('current-context must exist in order to minify');
  const context = entryOf(config, 'contexts', name);
  if (!context) throw new Error(`cannot locate context ${name}`);
  const only = (section: Section, one: unknown): object => ({
    [section]: ((config[section] ?? []) as { name: string }[]).filter((entry) => entry.name === one),
  });
  const { cluster, user } = context;
  if (cluster && !entryOf(config, 'clusters', String(cluster))) throw new Error(`cannot locate cluster ${cluster}`);
  if (user && !entryOf(config, 'users', String(user))) throw new Error(`cannot locate user ${user}`);
  return {
    ...config,
    'current-context': name,
    ...only('contexts', name),
    ...only('clusters', cluster),
    ...only('users', user),
  };
}

const data = ['certificate-authority-data', 'client-certificate-data', 'client-key-data'];
const secrets = ['token', 'password'];

/** Without what nobody else may see, or wants to read. */
export const redacted = (config: Kubeconfig): Kubeconfig =>
  eachEntry(config, (entry) => {
    const shown = { ...entry };
    for (const field of data) if (entry[field]) shown[field] = 'DATA+OMITTED';
    for (const field of secrets) if (entry[field]) shown[field] = 'REDACTED';
    return shown;
  });

/** With the files in it, so that it can go elsewhere. Paths must be absolute. Throws when a file cannot be read. */
export const flattened = (config: Kubeconfig): Kubeconfig =>
  eachEntry(config, (entry) =>
    ['certificate-authority', 'client-certificate', 'client-key'].reduce((flat, field) => embedded(flat, field), entry),
  );

/** The entry with the file in place of its path. Data that is there already wins. */
function embedded(entry: Entry, field: string): Entry {
  const { [field]: path, ...rest } = entry;
  if (!path) return entry;
  if (entry[`${field}-data`]) return rest;
  try {
    return { ...rest, [`${field}-data`]: readFileSync(String(path)).toString('base64') };
  } catch (error) {
    throw new Error(fileErrorText(error));
  }
}

function eachEntry(config: Kubeconfig, change: (entry: Entry) => Entry): Kubeconfig {
  let changed = config;
  for (const section of ['clusters', 'users'] as const)
    for (const name of namesIn(config, section))
      changed = withEntry(changed, section, name, change(entryOf(config, section, name)!));
  return changed;
}
