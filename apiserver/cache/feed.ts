/**
 * Keeps every watch cache up to date from one watch of the store over `/registry/`.
 *
 * It lists everything once, then follows the watch. When the store goes away the caches keep what they have, and the watch
 * resumes after the last revision seen; when that revision is gone (compacted, or another store), it lists again. Since
 * one stream feeds all kinds, `revision` is true for all of them: nothing up to it is missing anywhere.
 *
 * Upstream: apiserver/pkg/storage/cacher/{cacher,lister_watcher,ready}.go, client-go/tools/cache/reflector.go
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { internalError } from '../../api/errors.ts';
import { type Event, type KeyValue, prefixEnd } from '../../api/etcd.ts';
import { isEtcdError } from '../../api/etcd-errors.ts';
import type { Logger } from '../../client/component/log.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { WatchCanceledError } from '../../client/etcd/watch.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { Entry } from './entry.ts';
import { Progress } from './progress.ts';
import type { Unreadable, Update, WatchCache } from './watch-cache.ts';

/** Where a store key belongs: the cache of its kind, and the key inside of it. */
export interface Place {
  cache: WatchCache;
  key: string;
}

/** The caches to fill, of which there may be others at any time. */
export interface Caches {
  caches(): WatchCache[];
  locate(storeKey: string): Place | undefined;
}

export interface FeedOptions {
  client: Pick<EtcdClient, 'watch'>;
  storage: Storage;
  caches: Caches;
  logger: Logger;
}

const prefix = '/registry/';
/** Belongs to no kind. */
const tickKey = `${prefix}watch-progress`;
const pageSize = 1000;
/** Between attempts to reach a store that is away. */
const retryMs = 200;

export class Feed {
  /** Up to which revision the caches are complete. */
  readonly progress = new Progress(() => this.#tick());
  readonly #options: FeedOptions;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Loads the caches and follows the store until the signal aborts. Resolves once loaded; rejects if that fails. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#load();
    void this.#follow(signal);
  }

  /**
   * Fills a cache that has come to be served under `prefix`. It must be among the caches already, so that it is told what
   * changes meanwhile.
   */
  async fill(cache: WatchCache, below: string): Promise<void> {
    const { storage } = this.#options;
    cache.expect();
    const found = new Found();
    let startKey: string | undefined;
    let revision = 0;
    for (;;) {
      const page = await storage.list(below, { startKey, limit: pageSize, revision });
      revision = page.revision;
      for (const item of page.items) found.add(this.#update(item.key.slice(below.length), item));
      if (!page.more) break;
      startKey = `${page.items[page.items.length - 1]!.key}\0`;
    }
    // A list of everything may have been faster, and newer.
    if (cache.expecting) cache.replace(found.entries, revision, found.unreadable);
  }

  /** Tries again to read what could not be read, because there are other keys now. */
  async reread(): Promise<void> {
    for (const cache of this.#options.caches.caches()) {
      const [one] = cache.unreadable;
      if (one) await this.fill(cache, one.storeKey.slice(0, -one.key.length));
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#watchOnce(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error, revision: this.progress.revision }, 'The watch of the store broke; resuming');
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
        if (needsList(error)) await this.#load().catch((cause) => logger.warn({ err: cause }, 'Cannot list the store'));
      }
    }
  }

  async #watchOnce(signal: AbortSignal): Promise<void> {
    const { client, storage } = this.#options;
    // A store that has been replaced by an older one would never reach our revision.
    if ((await storage.currentRevision()) < this.progress.revision) await this.#load();
    const startRevision = this.progress.revision + 1;
    const responses = client.watch({ key: prefix, rangeEnd: prefixEnd(prefix), startRevision }, signal);
    for await (const { events } of responses) if (events.length > 0) this.#accept(events);
  }

  #tick(): void {
    const { storage, logger } = this.#options;
    // Whoever waits gives up after a while; while the store is away there is nothing to wait for.
    storage.touch(tickKey).catch((error) => logger.debug({ err: error }, 'Cannot write the key that makes progress'));
  }

  #accept(events: Event[]): void {
    const batches = new Map<WatchCache, Parameters<WatchCache['apply']>[0]>();
    for (const { type, kv } of events) {
      const place = kv && this.#options.caches.locate(kv.key.toString());
      if (!place) continue;
      const batch = batches.get(place.cache);
      const update =
        type === 'PUT' ? this.#changed(place, kv) : { key: place.key, revision: kv.modRevision, entry: undefined };
      if (batch) batch.push(update);
      else batches.set(place.cache, [update]);
    }
    for (const [cache, updates] of batches) cache.apply(updates);
    this.progress.reach(events[events.length - 1]!.kv!.modRevision);
  }

  #changed({ cache, key }: Place, kv: KeyValue): Update {
    const own = cache.ownWrite(key, kv.modRevision);
    return own ? { key, revision: own.revision, entry: own } : this.#update(key, this.#options.storage.read(kv));
  }

  /** A value that cannot be read is reported, and must not stop what can be read. */
  #update(key: string, { key: storeKey, revision, value, unreadable }: Stored): Update {
    try {
      if (unreadable) throw unreadable;
      return { key, revision, entry: new Entry(key, revision, value) };
    } catch (cause) {
      this.#options.logger.error({ err: cause, key: storeKey }, 'A stored object cannot be read');
      const why = `unable to decode key ${JSON.stringify(storeKey)}: ${(cause as Error).message}`;
      const error = unreadable ?? internalError(why);
      return { key, revision, entry: undefined, unreadable: { key, storeKey, error } };
    }
  }

  /** Lists everything at one revision and hands each kind its part. */
  async #load(): Promise<void> {
    const { storage, caches } = this.#options;
    const found = new Map<WatchCache, Found>(caches.caches().map((cache) => [cache, new Found()]));
    let startKey: string | undefined;
    let revision = 0;
    for (;;) {
      const page = await storage.list(prefix, { startKey, limit: pageSize, revision });
      revision = page.revision;
      for (const item of page.items) this.#place(item, found);
      if (!page.more) break;
      startKey = `${page.items[page.items.length - 1]!.key}\0`;
    }
    for (const [cache, { entries, unreadable }] of found) cache.replace(entries, revision, unreadable);
    this.progress.restart(revision);
  }

  #place(item: Stored, found: Map<WatchCache, Found>): void {
    const place = this.#options.caches.locate(item.key);
    if (place) found.get(place.cache)?.add(this.#update(place.key, item));
  }
}

/** What a list has brought for one cache. */
class Found {
  readonly entries: Entry[] = [];
  readonly unreadable: Unreadable[] = [];

  add({ entry, unreadable }: Update): void {
    if (entry) this.entries.push(entry);
    if (unreadable) this.unreadable.push(unreadable);
  }
}

/** The revision to resume from is gone, so only a list can tell the present state. */
const needsList = (error: unknown): boolean =>
  (error instanceof WatchCanceledError && error.compactRevision > 0) || isEtcdError(error, 'compacted');
