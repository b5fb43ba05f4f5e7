/**
 * The entries of a kubeconfig: finding, changing and removing clusters, contexts and users by name, and what a change of several files
 * taken together means for each of them. Pure.
 *
 * Upstream: client-go/tools/clientcmd/config.go (ModifyConfig)
 */
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { isEqual } from '../../api/patch/json.ts';
import { type Kubeconfig, mergeKubeconfigs } from '../../client/kubeconfig-file.ts';

export type Section = 'clusters' | 'contexts' | 'users';
export type Entry = Record<string, unknown>;

/** What holds the entry beside its name. */
const keys: Record<Section, string> = { clusters: 'cluster', contexts: 'context', users: 'user' };

/** Fields that are written even when there is nothing in them. */
const always: Record<Section, Entry> = { clusters: { server: '' }, contexts: { cluster: '', user: '' }, users: {} };

const sections = Object.keys(keys) as Section[];

type Named = { name: string } & Record<string, unknown>;
const listOf = (config: Kubeconfig, section: Section): Named[] => (config[section] ?? []) as Named[];

/** The names in a section, in order. */
export const namesIn = (config: Kubeconfig, section: Section): string[] =>
  listOf(config, section)
    .map(({ name }) => name)
    .sort();

/** Undefined when there is none of that name. */
export function entryOf(config: Kubeconfig, section: Section, name: string): Entry | undefined {
  const found = listOf(config, section).find((entry) => entry.name === name);
  return found && ((found[keys[section]] ?? {}) as Entry);
}

/** With the entry new, or in place of the one of that name. */
export function withEntry(config: Kubeconfig, section: Section, name: string, entry: Entry): Kubeconfig {
  return {
    ...config,
    [section]: [...listOf(withoutEntry(config, section, name), section), { name, [keys[section]]: entry }],
  };
}

export const withoutEntry = (config: Kubeconfig, section: Section, name: string): Kubeconfig => ({
  ...config,
  [section]: listOf(config, section).filter((entry) => entry.name !== name),
});

/** Changes some fields of an entry, which need not be there; what becomes undefined goes. */
export function withFields(config: Kubeconfig, section: Section, name: string, fields: Entry): Kubeconfig {
  const entry = { ...entryOf(config, section, name), ...fields };
  const kept = Object.entries(entry).filter(([, value]) => value !== undefined);
  return withEntry(config, section, name, Object.fromEntries(kept));
}

/** As kubectl writes it: entries in the order of their names, and all of the fields that it always writes. */
export function tidied(config: Kubeconfig): Kubeconfig {
  const ordered = (section: Section): Named[] | null => {
    const list = listOf(config, section);
    const complete = (entry: Named): Named => ({
      name: entry.name,
      [keys[section]]: { ...always[section], ...(entry[keys[section]] as Entry) },
    });
    return list.length === 0 ? null : list.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(complete);
  };
  return {
    ...config,
    apiVersion: 'v1',
    kind: 'Config',
    preferences: config['preferences'] ?? {},
    'current-context': config['current-context'] ?? '',
    clusters: ordered('clusters'),
    contexts: ordered('contexts'),
    users: ordered('users'),
  } as Kubeconfig;
}

/** One of the files that make up a kubeconfig. */
export interface ConfigFile {
  path: string;
  config: Kubeconfig;
}

/**
 * The files that differ after the change. An entry stays in the first file that has it; what is new, and another current context, go
 * to `newIn`, which is one of the files.
 */
export function changedFiles(
  files: readonly ConfigFile[],
  newIn: string,
  change: (merged: Kubeconfig) => Kubeconfig,
): ConfigFile[] {
  const before = mergeKubeconfigs(files.map(({ config }) => config));
  const after = change(before);
  const homeOf = (section: Section, name: string): string =>
    files.find(({ config }) => entryOf(config, section, name))?.path ?? newIn;
  return files.flatMap(({ path, config }) => {
    let own = config;
    for (const section of sections) {
      for (const name of namesIn(own, section)) {
        if (!entryOf(after, section, name)) own = withoutEntry(own, section, name);
      }
      for (const name of namesIn(after, section)) {
        const entry = entryOf(after, section, name)!;
        if (homeOf(section, name) !== path || isEqual(entry, entryOf(before, section, name))) continue;
        own = withEntry(own, section, name, withRelativePaths(entry, path));
      }
    }
    own = {
      ...own,
      ...contextFields(before, after, own, path === newIn),
      ...preferencesOf(before, after, path === newIn),
    };
    return isEqual(own, config) ? [] : [{ path, config: own }];
  });
}

/** When it is unset, no other file's may take its place. */
function contextFields(before: Kubeconfig, after: Kubeconfig, own: Kubeconfig, isNewIn: boolean): Kubeconfig {
  const wanted = after['current-context'] ?? '';
  if (wanted === (before['current-context'] ?? '')) return {};
  if (wanted === '') return own['current-context'] ? { 'current-context': '' } : {};
  return isNewIn ? { 'current-context': wanted } : {};
}

const preferencesOf = (before: Kubeconfig, after: Kubeconfig, isNewIn: boolean): Kubeconfig =>
  isNewIn && !isEqual(before['preferences'], after['preferences']) ? { preferences: after['preferences'] } : {};

const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** A path below the folder of the file is kept relative to it, so that the folder can be moved. */
function withRelativePaths(entry: Entry, file: string): Entry {
  const changed = { ...entry };
  for (const field of pathFields) {
    const path = entry[field];
    if (typeof path !== 'string' || !isAbsolute(path)) continue;
    const short = relative(dirname(resolve(file)), path);
    if (!short.startsWith('..')) changed[field] = short;
  }
  return changed;
}
