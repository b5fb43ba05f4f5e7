/**
 * Hands events to the watchers that are up to date, as soon as the batch that holds them is on disk.
 *
 * Nothing here waits and nothing is kept: a watcher whose stream is congested leaves the hub and reads what it misses from
 * the log (`watch.ts`), so a slow one costs neither memory nor anybody's time.
 *
 * Upstream: server/storage/mvcc/watchable_store.go, watcher_group.go
 */
import { inRange, isSingleKey, type KeyRange } from './key-range.ts';
import { metrics } from './metrics.ts';
import type { Change, Changes } from './mvcc.ts';
import type { WatchEvent } from './watch-event.ts';

export interface Watcher {
  id: number;
  range: KeyRange;
  /** The first revision that has not been sent to it. */
  nextRevision: number;
  /** Event types that it does not want. */
  filtered: Set<Change['type']>;
  prevKv: boolean;
  fragment: boolean;
  /** Wants to hear about progress when there are no events. */
  progressNotify: boolean;
  /** No events since the last periodic progress. */
  quiet: boolean;
  stream: WatcherStream;
}

/** The stream of a watcher, as the hub sees it. */
export interface WatcherStream {
  /** Sends the events, all of which match the watcher, or takes it out of the hub. */
  deliver(watcher: Watcher, events: WatchEvent[], revision: number): void;
  /** It is time to tell quiet watchers how far the store is. */
  notifyProgress(): void;
}

export class WatchHub {
  readonly streams = new Set<WatcherStream>();
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #ranges = new Set<Watcher>();
  #pending: Changes[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Starts the periodic progress. */
  start(progressIntervalMs: number): void {
    this.#timer = setInterval(() => {
      for (const stream of this.streams) stream.notifyProgress();
    }, progressIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Watchers that are up to date. */
  get size(): number {
    let size = this.#ranges.size;
    for (const watchers of this.#byKey.values()) size += watchers.size;
    return size;
  }

  add(watcher: Watcher): void {
    const { range } = watcher;
    if (!isSingleKey(range)) this.#ranges.add(watcher);
    else {
      const watchers = this.#byKey.get(range.start) ?? new Set();
      this.#byKey.set(range.start, watchers.add(watcher));
    }
  }

  remove(watcher: Watcher): void {
    this.#ranges.delete(watcher);
    const watchers = this.#byKey.get(watcher.range.start);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#byKey.delete(watcher.range.start);
  }

  /** Takes what a write changed. The revisions of one batch go out together. */
  publish(changes: Changes): void {
    if (this.#pending.push(changes) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    const deliveries = new Map<Watcher, WatchEvent[]>();
    for (const { revision, changes } of pending) {
      for (const change of changes) this.#match({ revision, change }, deliveries);
    }
    const { revision } = pending.at(-1)!;
    for (const [watcher, events] of deliveries) {
      metrics.events.inc(events.length);
      watcher.stream.deliver(watcher, events, revision);
    }
  }

  #match(event: WatchEvent, deliveries: Map<Watcher, WatchEvent[]>): void {
    const add = (watcher: Watcher): void => {
      // A watcher that joined from the log may have seen it already.
      if (event.revision < watcher.nextRevision || watcher.filtered.has(event.change.type)) return;
      const events = deliveries.get(watcher);
      if (events) events.push(event);
      else deliveries.set(watcher, [event]);
    };
    for (const watcher of this.#byKey.get(event.change.key) ?? []) add(watcher);
    for (const watcher of this.#ranges) if (inRange(watcher.range, event.change.key)) add(watcher);
  }
}
