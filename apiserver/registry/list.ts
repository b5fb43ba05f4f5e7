/**
 * Listing: from the cache, or from the store where a past revision is asked for.
 *
 *   resourceVersion   without limit            with limit
 *   not given         the newest               the newest; later pages at the revision of the first
 *   0                 what the cache has       what the cache has, all of it
 *   another           at least that new        exactly that revision, unless NotOlderThan is asked for
 *
 * `resourceVersionMatch=Exact` is exactly that revision in any case. With a limit the first page comes from the cache; its
 * continue token names the revision, and the pages that follow are read from the store at that revision, so that all pages
 * together show one moment.
 *
 * Upstream: apiserver/pkg/storage/cacher/{cacher,delegator}.go GetList, storage/etcd3/store.go GetList
 */
import { ApiError, badRequest, gone } from '../../api/errors.ts';
import { isEtcdError } from '../../api/etcd-errors.ts';
import { Entry } from '../cache/entry.ts';
import { type ContinueToken, decodeContinue, encodeContinue } from '../request/continue.ts';
import type { ListOptions } from '../request/list-options.ts';
import { mustBeReadable } from '../storage/storage.ts';
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
  if (token) {
    if (resourceVersion) throw badRequest('specifying resource version is not allowed when using continue');
    return listStore(registry, resource, selection, decodeContinue(token), limit);
  }
  if (match === 'Exact' || (match === '' && limit > 0 && resourceVersion)) {
    return listStore(registry, resource, selection, { revision: resourceVersion!, start: '' }, limit);
  }
  await freshness(registry, resourceVersion);
  const { revision } = registry.progress;
  resource.cache.allMustBeReadable(selection.keyPrefix);
  let entries = await viewsOf(resource, resource.cache.list(selection.keyPrefix));
  if (selection.selective) entries = entries.filter(selection.matches);
  if (limit <= 0 || resourceVersion === 0 || entries.length <= limit) return { revision, entries };
  const left = entries.length - limit;
  return { revision, entries: entries.slice(0, limit), ...next(selection, revision, entries[limit - 1]!, left) };
}

/** What a page says of those that follow. */
const next = (
  { keyPrefix, selective }: Selection,
  revision: number,
  last: Entry,
  left: number,
): Partial<ListResult> => ({
  continue: encodeContinue({ revision, start: `${last.key.slice(keyPrefix.length)}\0` }),
  ...(!selective && { remainingItemCount: left }),
});

/** Reads pages of the store until the limit is reached. */
async function listStore(
  registry: Registry,
  resource: Resource,
  selection: Selection,
  from: ContinueToken,
  limit: number,
): Promise<ListResult> {
  const { prefix } = resource;
  const below = prefix + selection.keyPrefix;
  const entries: Entry[] = [];
  let revision = Math.max(from.revision, 0);
  let startKey = below + from.start;
  for (;;) {
    const page = await pageAt(registry, below, { startKey, limit, revision }, from);
    revision = page.revision;
    const stored = page.items.map((item) => {
      const { value } = mustBeReadable(item);
      return new Entry(item.key.slice(prefix.length), item.revision, value);
    });
    const views = await viewsOf(resource, stored);
    for (const [i, item] of page.items.entries()) {
      const entry = views[i]!;
      if (selection.matches(entry)) entries.push(entry);
      startKey = `${item.key}\0`;
      if (limit > 0 && entries.length === limit) {
        const left = page.count - i - 1;
        return left === 0 ? { revision, entries } : { revision, entries, ...next(selection, revision, entry, left) };
      }
    }
    if (!page.more) return { revision, entries };
  }
}

async function pageAt(
  { storage, reads }: Registry,
  below: string,
  options: { startKey: string; limit: number; revision: number },
  { start }: ContinueToken,
): ReturnType<Registry['storage']['list']> {
  try {
    return await storage.list(below, options);
  } catch (error) {
    if (isEtcdError(error, 'futureRevision')) {
      await reads.atLeast(options.revision);
      return storage.list(below, options);
    }
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
