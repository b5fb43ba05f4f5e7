/**
 * Serving a watch: initial events, changes, bookmarks, and its end.
 *
 * - Without a resourceVersion, or with 0, or with `sendInitialEvents`, the present objects come first, as ADDED.
 * - From a resourceVersion, every change after it comes, or an ERROR event with 410 when the history is gone.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/watch.go, storage/cacher/cacher.go Watch
 */
import { ApiError, gone } from '../../api/errors.ts';
import { HistoryGoneError } from '../cache/watch-cache.ts';
import { freshness } from '../registry/get.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { Selection } from '../registry/selection.ts';
import type { ListOptions } from '../request/list-options.ts';
import { ConvertedWatch } from './converted.ts';
import { type FrameFormat, jsonFrame } from './frames.ts';
import { watchFigures } from './metrics.ts';
import type { WatchStream } from './stream.ts';
import { Watcher, type WatchSink } from './watcher.ts';

export type WatchOptions = Pick<
  ListOptions,
  'resourceVersion' | 'sendInitialEvents' | 'allowWatchBookmarks' | 'timeoutSeconds'
>;

const bookmarkEveryMs = 60_000;
/** A watch without a timeout of its own ends after 30 to 60 minutes, so that clients spread over several servers. */
const minTimeoutSeconds = 1800;

/**
 * Serves the watch; `open` begins the answer. Resolves when it ends: timeout, client gone, server stopping, history lost. What
 * is thrown before the answer has begun becomes an error of its own.
 */
export async function serveWatch(
  registry: Registry,
  resource: Resource,
  selection: Selection,
  format: FrameFormat,
  options: WatchOptions,
  open: () => WatchStream | Promise<WatchStream>,
  signal: AbortSignal,
): Promise<void> {
  const { resourceVersion, sendInitialEvents, allowWatchBookmarks } = options;
  resource.cache.allMustBeReadable(selection.keyPrefix);
  const initial = sendInitialEvents ?? (resourceVersion === undefined || resourceVersion === 0);
  // Before the answer begins, so that a failure is an error and not a broken stream.
  const tooNew = initial ? await tooNewError(registry, resourceVersion) : undefined;
  const stream = await open();
  const refuse = (error: ApiError): void => {
    stream.send([jsonFrame('ERROR', error.toStatus())]);
    stream.end();
  };
  if (tooNew) return refuse(tooNew);
  const start = resourceVersion || registry.progress.revision;
  const watcher = new Watcher(stream, selection, format, initial ? 0 : start, watchFigures(resource));
  const sink: WatchSink = resource.conversion ? new ConvertedWatch(resource, watcher) : watcher;
  let unsubscribe: () => void;
  try {
    if (initial) {
      const { revision } = registry.progress;
      sink.initial(resource.cache.list(selection.keyPrefix), revision);
      if (sendInitialEvents && allowWatchBookmarks) sink.bookmark(revision, true);
    } else {
      sink.changed(resource.cache.since(start));
    }
    unsubscribe = resource.cache.subscribe(sink);
  } catch (error) {
    if (!(error instanceof HistoryGoneError)) throw error;
    return refuse(gone(error.message));
  }
  const tell = (): void => sink.bookmark(registry.progress.revision, false);
  const bookmarks = allowWatchBookmarks ? setInterval(tell, bookmarkEveryMs) : undefined;
  const seconds = options.timeoutSeconds || minTimeoutSeconds * (1 + Math.random());
  const end = (): void => sink.lost();
  const timeout = setTimeout(
    () => {
      if (allowWatchBookmarks) tell();
      end();
    },
    Math.min(seconds * 1000, 2 ** 31 - 1),
  );
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  await stream.closed;
  signal.removeEventListener('abort', end);
  clearInterval(bookmarks);
  clearTimeout(timeout);
  unsubscribe();
}

/** Waits until the caches are as new as asked for. As in Kubernetes, a version that does not come is told in the stream. */
async function tooNewError(registry: Registry, resourceVersion: number | undefined): Promise<ApiError | undefined> {
  try {
    await freshness(registry, resourceVersion);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'Timeout') return error;
    throw error;
  }
}
