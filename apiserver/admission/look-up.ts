/** Looking objects up in the caches, as plugins do that need one by its name. */
import type { KubeObject } from '../../api/types.ts';
import type { Resource } from '../registry/resource.ts';
import type { Served } from '../registry/served.ts';

/**
 * The object below that key, undefined when there is none. What the cache does not have may have been created a moment ago, so
 * only then the answer takes its time.
 */
export function lookUp<T extends KubeObject>(
  { cache }: Resource,
  { reads }: Pick<Served, 'reads'>,
  key: string,
): T | Promise<T | undefined> {
  const known = cache.get(key);
  if (known) return known.object as T;
  return reads.fresh().then(() => cache.get(key)?.object as T | undefined);
}
