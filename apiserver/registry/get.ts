/**
 * Reading one object. No resourceVersion is a consistent read, 0 takes what the cache has, any other waits until the cache
 * is at least that new.
 *
 * Upstream: apiserver/pkg/storage/cacher/cacher.go Get
 */
import { notFound } from '../../api/errors.ts';
import type { Entry } from '../cache/entry.ts';
import type { Registry } from './registry.ts';
import { cacheKey, type Resource } from './resource.ts';
import { viewOf } from './view.ts';

/** The object, or a 404. */
export async function get(
  registry: Registry,
  resource: Resource,
  namespace: string,
  name: string,
  resourceVersion?: number,
): Promise<Entry> {
  const fresh = freshness(registry, resourceVersion);
  if (fresh) await fresh;
  const key = cacheKey(resource, namespace, name);
  const entry = resource.cache.get(key);
  if (!entry) {
    resource.cache.mustBeReadable(key);
    throw notFound(resource.kind, name);
  }
  return viewOf(resource, entry);
}

/** Waits until the caches are as new as the reader asks; undefined when they are. */
export function freshness({ reads }: Registry, resourceVersion: number | undefined): Promise<void> | undefined {
  return resourceVersion === undefined ? reads.fresh() : reads.atLeast(resourceVersion);
}
