/**
 * A served kind: its declaration, where it is stored, and its cache.
 *
 * Upstream: apiserver/pkg/registry/generic/registry/store.go (KeyFunc, KeyRootFunc)
 */
import type { AnyKind } from '../../api/kinds/all.ts';
import { WatchCache } from '../cache/watch-cache.ts';

export interface Resource {
  kind: AnyKind;
  /** `/registry/pods/` */
  prefix: string;
  cache: WatchCache;
}

export const resourceOf = (kind: AnyKind): Resource => ({
  kind,
  prefix: `/registry/${kind.storagePrefix ?? kind.plural}/`,
  cache: new WatchCache(),
});

/** The key inside the kind's cache, and below its prefix in the store: `default/web`, or `minik-1`. */
export const cacheKey = ({ kind }: Resource, namespace: string, name: string): string =>
  kind.namespaced ? `${namespace}/${name}` : name;

export const storeKey = (resource: Resource, namespace: string, name: string): string =>
  resource.prefix + cacheKey(resource, namespace, name);
