/**
 * What every verb works on: the served kinds with their caches, the store below them, and the plugins that each write
 * passes. One for the whole process.
 */
import type { Logger } from '../../client/component/log.ts';
import type { AdmissionPlugin } from '../admission/plugin.ts';
import type { ConsistentReads } from '../cache/consistent.ts';
import type { Locate } from '../cache/feed.ts';
import type { Progress } from '../cache/progress.ts';
import type { KubeletCredentials } from '../kubelet/client.ts';
import type { Storage } from '../storage/storage.ts';
import type { Resource } from './resource.ts';

export interface Registry {
  storage: Storage;
  progress: Progress;
  reads: ConsistentReads;
  resources: readonly Resource[];
  /** In the order in which they run. */
  admission: readonly AdmissionPlugin[];
  /** How kubelets are reached. */
  kubelet: KubeletCredentials;
  logger: Logger;
  now(): Date;
}

/** The resource behind a URL. */
export const findResource = (
  registry: Registry,
  group: string,
  version: string,
  plural: string,
): Resource | undefined =>
  registry.resources.find(({ kind }) => kind.plural === plural && kind.group === group && kind.version === version);

/** The resource of a kind that is always served. */
export function mustFindResource(registry: Registry, group: string, plural: string): Resource {
  const found = registry.resources.find(({ kind }) => kind.plural === plural && kind.group === group);
  if (!found) throw new Error(`the kind behind ${plural}.${group} is not served`);
  return found;
}

/** Finds the kind of a store key by its longest matching prefix: `services/endpoints/` is not part of `services/`. */
export function locator(resources: readonly Resource[]): Locate {
  const byPrefix = new Map(resources.map((resource) => [resource.prefix, resource.cache]));
  return (key) => {
    for (let slash = key.lastIndexOf('/'); slash > 0; slash = key.lastIndexOf('/', slash - 1)) {
      const cache = byPrefix.get(key.slice(0, slash + 1));
      if (cache) return { cache, key: key.slice(slash + 1) };
    }
    return undefined;
  };
}
