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
import { type Event, prefixEnd } from '../../api/etcd.ts';
import { isEtcdError } from '../../api/etcd-errors.ts';
import type { Logger } from '../../client/component/log.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { WatchCanceledError } from '../../client/etcd/watch.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { Entry } from './entry.ts';
import { Progress } from './progress.ts';
import type { WatchCache } from './watch-cache.ts';

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
    const entries: Entry[] = [];
    let startKey: string | undefined;
    let revision = 0;
    for (;;) {
      const page = await storage.list(below, { startKey, limit: pageSize, revision });
      revision = page.revision;
      for (const { key, revision: written, value } of page.items) {
        const entry = this.#entry(key.slice(below.length), written, value, key);
        if (entry) entries.push(entry);
      }
      if (!page.more) break;
      startKey = `${page.items[page.items.length - 1]!.key}\0`;
    }
    // A list of everything may have been faster, and newer.
    if (cache.expecting) cache.replace(entries, revision);
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
      const entry = type === 'PUT' ? this.#entry(place.key, kv.modRevision, kv.value, kv.key) : undefined;
      const batch = batches.get(place.cache);
      const update = { key: place.key, revision: kv.modRevision, entry };
      if (batch) batch.push(update);
      else batches.set(place.cache, [update]);
    }
    for (const [cache, updates] of batches) cache.apply(updates);
    this.progress.reach(events[events.length - 1]!.kv!.modRevision);
  }

  /** A value that cannot be read is reported and treated as absent: it must not stop what can be read. */
  #entry(key: string, revision: number, value: Buffer, storeKey: Buffer | string): Entry | undefined {
    try {
      return new Entry(key, revision, value);
    } catch (error) {
      this.#options.logger.error({ err: error, key: storeKey.toString() }, 'A stored object cannot be read');
      return undefined;
    }
  }

  /** Lists everything at one revision and hands each kind its part. */
  async #load(): Promise<void> {
    const { storage, caches } = this.#options;
    const entries = new Map<WatchCache, Entry[]>(caches.caches().map((cache) => [cache, []]));
    let startKey: string | undefined;
    let revision = 0;
    for (;;) {
      const page = await storage.list(prefix, { startKey, limit: pageSize, revision });
      revision = page.revision;
      for (const item of page.items) this.#place(item, entries);
      if (!page.more) break;
      startKey = `${page.items[page.items.length - 1]!.key}\0`;
    }
    for (const [cache, list] of entries) cache.replace(list, revision);
    this.progress.restart(revision);
  }

  #place({ key, revision, value }: Stored, entries: Map<WatchCache, Entry[]>): void {
    const place = this.#options.caches.locate(key);
    const entry = place && this.#entry(place.key, revision, value, key);
    if (place && entry) entries.get(place.cache)?.push(entry);
  }
}

/** The revision to resume from is gone, so only a list can tell the present state. */
const needsList = (error: unknown): boolean =>
  (error instanceof WatchCanceledError && error.compactRevision > 0) || isEtcdError(error, 'compacted');
