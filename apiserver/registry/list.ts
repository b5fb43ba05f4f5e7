/**
 * Listing: from the cache, or from the store where a past revision is asked for.
 *
 * - Without a resourceVersion the list is consistent; 0 is whatever the cache has; any other is at least that new, or
 *   exactly that revision with `resourceVersionMatch=Exact`.
 * - With a limit the first page comes from the cache; its continue token names the revision, and the pages that follow
 *   are read from the store at that revision, so that all pages together show one moment.
 *
 * Upstream: apiserver/pkg/storage/cacher/cacher.go GetList, storage/etcd3/store.go GetList
 */
import { ApiError, gone } from '../../api/errors.ts';
import { isEtcdError } from '../../api/etcd-errors.ts';
import { Entry } from '../cache/entry.ts';
import { type ContinueToken, decodeContinue, encodeContinue } from '../request/continue.ts';
import type { ListOptions } from '../request/list-options.ts';
import { freshness } from './get.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resource.ts';
import type { Selection } from './selection.ts';
import { viewsOf } from './view.ts';

export interface ListResult {
  revision: number;
  entries: Entry[];
  /** Token of the next page, if there is one. */
  continue?: string;
  /** How many follow; known only where nothing is selected. */
  remainingItemCount?: number;
}

type ListingOptions = Pick<ListOptions, 'limit' | 'continue' | 'resourceVersion' | 'match'>;

/** One page, or everything when there is no limit. */
export async function list(
  registry: Registry,
  resource: Resource,
  selection: Selection,
  { limit, continue: token, resourceVersion, match }: ListingOptions,
): Promise<ListResult> {
  if (token) return listStore(registry, resource, selection, decodeContinue(token, selection.keyPrefix), limit);
  if (match === 'Exact')
    return listStore(registry, resource, selection, { revision: resourceVersion!, start: '' }, limit);
  await freshness(registry, resourceVersion);
  const { revision } = registry.progress;
  let entries = await viewsOf(resource, resource.cache.list(selection.keyPrefix));
  if (selection.selective) entries = entries.filter(selection.matches);
  // As in Kubernetes, whoever takes what the cache has gets all of it.
  if (limit <= 0 || resourceVersion === 0 || entries.length <= limit) return { revision, entries };
  const page = entries.slice(0, limit);
  return {
    revision,
    entries: page,
    continue: encodeContinue({ revision, start: page[limit - 1]!.key }),
    ...(!selection.selective && { remainingItemCount: entries.length - limit }),
  };
}

/** Reads pages of the store until the limit is reached. `start` is the key after which to begin. */
async function listStore(
  registry: Registry,
  resource: Resource,
  selection: Selection,
  { revision: asked, start }: ContinueToken,
  limit: number,
): Promise<ListResult> {
  const { prefix } = resource;
  const entries: Entry[] = [];
  let revision = Math.max(asked, 0);
  let startKey = start ? `${prefix}${start}\0` : prefix + selection.keyPrefix;
  for (;;) {
    const page = await pageAt(registry, resource, selection.keyPrefix, startKey, revision, limit, start);
    revision = page.revision;
    const stored = page.items.map((item) => new Entry(item.key.slice(prefix.length), item.revision, item.value));
    const views = await viewsOf(resource, stored);
    for (const [i, item] of page.items.entries()) {
      const entry = views[i]!;
      if (selection.matches(entry)) entries.push(entry);
      startKey = `${item.key}\0`;
      if (limit > 0 && entries.length === limit) {
        const left = page.count - i - 1;
        if (left === 0) return { revision, entries };
        return {
          revision,
          entries,
          continue: encodeContinue({ revision: asked < 0 ? -1 : revision, start: entry.key }),
          ...(!selection.selective && { remainingItemCount: left }),
        };
      }
    }
    if (!page.more) return { revision, entries };
  }
}

async function pageAt(
  registry: Registry,
  { prefix }: Resource,
  keyPrefix: string,
  startKey: string,
  revision: number,
  limit: number,
  start: string,
): ReturnType<Registry['storage']['list']> {
  try {
    return await registry.storage.list(prefix + keyPrefix, { startKey, limit, revision });
  } catch (error) {
    if (isEtcdError(error, 'futureRevision')) await registry.reads.atLeast(revision);
    if (!isEtcdError(error, 'compacted')) throw error;
    if (!start) throw gone('The resourceVersion for the provided list is too old.');
    throw expiredToken(start);
  }
}

/** A token that is too old comes back with one that goes on from the same place, at the newest revision. */
function expiredToken(start: string): ApiError {
  const error = gone(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new ExpiredTokenError(error, encodeContinue({ revision: -1, start }));
}

class ExpiredTokenError extends ApiError {
  readonly #continue: string;

  constructor({ code, reason, message }: ApiError, token: string) {
    super(code, reason, message);
    this.#continue = token;
  }

  override toStatus(): ReturnType<ApiError['toStatus']> {
    return { ...super.toStatus(), metadata: { continue: this.#continue } };
  }
}
