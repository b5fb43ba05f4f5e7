/** The kinds that are served, with their caches: what everyone who reads needs. */
import type { ConsistentReads } from '../cache/consistent.ts';
import type { Locate } from '../cache/feed.ts';
import type { Resource } from './resource.ts';

export interface Served {
  resources: readonly Resource[];
  /** Waits until the caches are as new as a reader needs. */
  reads: ConsistentReads;
}

/** The resource behind a URL. */
export const findResource = (served: Served, group: string, version: string, plural: string): Resource | undefined =>
  served.resources.find(({ kind }) => kind.plural === plural && kind.group === group && kind.version === version);

/** The resource of a kind that is always served. */
export function mustFindResource(served: Served, group: string, plural: string): Resource {
  const found = served.resources.find(({ kind }) => kind.plural === plural && kind.group === group);
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
