/**
 * Serving a watch: initial events, changes, bookmarks, and its end.
 *
 * - Without a resourceVersion, or with 0, or with `sendInitialEvents`, the present objects come first, as ADDED.
 * - From a resourceVersion, every change after it comes, or an ERROR event with 410 when the history is gone.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/watch.go, storage/cacher/cacher.go Watch
 */
import type { ServerResponse } from 'node:http';
import { gone } from '../../api/errors.ts';
import { HistoryGoneError } from '../cache/watch-cache.ts';
import { freshness } from '../registry/get.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { Selection } from '../registry/selection.ts';
import type { ListOptions } from '../request/list-options.ts';
import { ConvertedWatch } from './converted.ts';
import { type FrameFormat, line } from './frames.ts';
import { Watcher, type WatchSink } from './watcher.ts';

export type WatchOptions = Pick<
  ListOptions,
  'resourceVersion' | 'sendInitialEvents' | 'allowWatchBookmarks' | 'timeoutSeconds'
>;

const bookmarkEveryMs = 60_000;
/** A watch without a timeout of its own ends after 30 to 60 minutes, so that clients spread over several servers. */
const minTimeoutSeconds = 1800;

/** Writes the watch to the response. Resolves when it ends: timeout, client gone, server stopping, history lost. */
export async function serveWatch(
  registry: Registry,
  resource: Resource,
  selection: Selection,
  format: FrameFormat,
  options: WatchOptions,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { resourceVersion, sendInitialEvents, allowWatchBookmarks } = options;
  const initial = sendInitialEvents ?? (resourceVersion === undefined || resourceVersion === 0);
  // Before the answer begins, so that a failure is an error and not a broken stream.
  if (initial) await freshness(registry, resourceVersion);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const start = resourceVersion || registry.progress.revision;
  const watcher = new Watcher(response, selection, format, initial ? 0 : start);
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
    response.end(line('ERROR', gone(error.message).toStatus()));
    return;
  }
  const tell = (): void => sink.bookmark(registry.progress.revision, false);
  const bookmarks = allowWatchBookmarks ? setInterval(tell, bookmarkEveryMs) : undefined;
  const seconds = options.timeoutSeconds || minTimeoutSeconds * (1 + Math.random());
  const timeout = setTimeout(
    () => {
      if (allowWatchBookmarks) tell();
      response.end();
    },
    Math.min(seconds * 1000, 2 ** 31 - 1),
  );
  const stop = (): void => void response.end();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) response.end();
  if (!response.closed) await new Promise<void>((resolve) => response.once('close', resolve));
  signal.removeEventListener('abort', stop);
  clearInterval(bookmarks);
  clearTimeout(timeout);
  unsubscribe();
}
