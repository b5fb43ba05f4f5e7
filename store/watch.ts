/**
 * The Watch service: one call carries many watchers, each of which sees every event of its range, in order, once.
 *
 * A watcher is either up to date, and then gets events from the hub, or behind, and then reads the log page by page until
 * it is not. It falls behind when it starts in the past or when its stream is congested. Its memory is what the
 * transport buffers before it reports congestion, plus one page.
 *
 * Upstream: server/etcdserver/api/v3rpc/watch.go, server/storage/mvcc/watchable_store.go
 */

import type { WatchCreateRequest, WatchRequest, WatchResponse } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import { inRange, rangeOf } from './key-range.ts';
import { DamagedError } from './layout.ts';
import { readLog, withPrevious } from './log.ts';
import { headerAt, type Store } from './store.ts';
import type { Incoming, Outgoing } from './stream.ts';
import { eventBytes, eventMessage, type WatchEvent } from './watch-event.ts';
import type { Watcher, WatcherStream } from './watch-hub.ts';

type Response = Exclude<Init<WatchResponse>, Uint8Array>;

/** The ID in answers that are about no watcher, or about all of them. */
const noWatcher = -1;
/** A fragment is cut before it grows beyond this: etcd's default request limit with the overhead it allows. */
const fragmentBytes = 2 * 1024 * 1024;

export class WatchStream implements WatcherStream, Incoming<WatchRequest> {
  readonly outlivesRequests = true;
  readonly #store: Store;
  readonly #out: Outgoing<Init<WatchResponse>>;
  readonly #watchers = new Map<number, Watcher>();
  readonly #behind = new Set<Watcher>();
  #nextId = 0;
  #congested = false;
  #catchingUp = false;
  #closed = false;
  /** The client asked how far the store is while watchers were behind. */
  #progressWanted = false;

  constructor(store: Store, out: Outgoing<Init<WatchResponse>>) {
    this.#store = store;
    this.#out = out;
    store.hub.streams.add(this);
    out.onDrain(() => {
      this.#congested = false;
      this.#catchUp();
    });
  }

  receive({ createRequest, cancelRequest, progressRequest }: WatchRequest): void {
    if (createRequest) this.#create(createRequest);
    else if (cancelRequest) this.#cancel(cancelRequest.watchId);
    else if (progressRequest) {
      this.#progressWanted = true;
      this.#sendWantedProgress();
    }
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers.values()) this.#remove(watcher);
    this.#store.hub.streams.delete(this);
  }

  #create(request: WatchCreateRequest): void {
    const refusal = this.#refusalOf(request);
    if (refusal) {
      this.#send({ watchId: noWatcher, created: true, canceled: true, cancelReason: refusal });
      return;
    }
    const watcher: Watcher = {
      id: request.watchId || this.#freeId(),
      range: watchedRange(request),
      // What is being synced now has not happened yet for anybody.
      nextRevision: request.startRevision || this.#store.mvcc.durableRevision + 1,
      filtered: new Set(request.filters.map((filter) => (filter === 'NOPUT' ? 'PUT' : 'DELETE'))),
      prevKv: request.prevKv,
      fragment: request.fragment,
      progressNotify: request.progressNotify,
      quiet: true,
      stream: this,
    };
    this.#watchers.set(watcher.id, watcher);
    this.#send({ watchId: watcher.id, created: true });
    this.#behind.add(watcher);
    this.#catchUp();
  }

  #refusalOf(request: WatchCreateRequest): string | undefined {
    if (request.startRevision < 0) return etcdErrors.compacted().message;
    const { start, end } = watchedRange(request);
    if (end !== undefined && end <= start) return 'mvcc: watcher range is empty';
    const isTaken = request.watchId !== 0 && this.#watchers.has(request.watchId);
    return isTaken ? 'mvcc: duplicate watch ID provided on the WatchStream' : undefined;
  }

  #freeId(): number {
    while (this.#watchers.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  #cancel(id: number): void {
    const watcher = this.#watchers.get(id);
    if (!watcher) return;
    this.#remove(watcher);
    this.#send({ watchId: id, canceled: true });
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher.id);
    this.#behind.delete(watcher);
    this.#store.hub.remove(watcher);
  }

  deliver(watcher: Watcher, events: WatchEvent[], revision: number): void {
    if (this.#congested) {
      watcher.nextRevision = events[0]!.revision;
      this.#store.hub.remove(watcher);
      this.#behind.add(watcher);
      return;
    }
    this.#sendEvents(watcher, events, revision);
  }

  /** One loop a stream; its watchers take turns. */
  #catchUp(): void {
    if (this.#catchingUp || this.#congested || this.#closed || this.#behind.size === 0) return;
    this.#catchingUp = true;
    this.#catchUpAll().then(
      () => {
        this.#catchingUp = false;
        this.#sendWantedProgress();
        // For a watcher that fell behind after the loop had looked.
        this.#catchUp();
      },
      // The database is gone: the process is stopping, or a failed write is ending it.
      () => undefined,
    );
  }

  async #catchUpAll(): Promise<void> {
    const { mvcc, hub } = this.#store;
    while (!this.#closed && !this.#congested) {
      const [watcher] = this.#behind;
      if (!watcher) return;
      if (watcher.nextRevision < mvcc.compactRevision) this.#cancelCompacted(watcher);
      else if (watcher.nextRevision > mvcc.durableRevision) {
        this.#behind.delete(watcher);
        hub.add(watcher);
      } else await this.#sendPage(watcher).catch((error: unknown) => this.#cancelUnreadable(watcher, error));
    }
  }

  async #sendPage(watcher: Watcher): Promise<void> {
    const { database, mvcc } = this.#store;
    const { range, filtered } = watcher;
    const page = await readLog(database, mvcc.compactRevision, watcher.nextRevision, mvcc.durableRevision);
    let events = page.events.filter(({ change }) => inRange(range, change.key) && !filtered.has(change.type));
    if (watcher.prevKv) events = await withPrevious(database, mvcc.compactRevision, events);
    // While the page was read the watcher may have been canceled, or records of the page compacted.
    if (!this.#behind.has(watcher) || watcher.nextRevision < mvcc.compactRevision) return;
    if (events.length > 0) this.#sendEvents(watcher, events, page.through);
    watcher.nextRevision = page.through + 1;
    // Others get their turn.
    this.#behind.delete(watcher);
    this.#behind.add(watcher);
  }

  /** The past is damaged on disk. Others may not need that part of it. */
  #cancelUnreadable(watcher: Watcher, error: unknown): void {
    if (!(error instanceof DamagedError)) throw error;
    this.#remove(watcher);
    this.#send({ watchId: watcher.id, canceled: true, cancelReason: error.message });
  }

  #cancelCompacted(watcher: Watcher): void {
    const { compactRevision } = this.#store.mvcc;
    this.#remove(watcher);
    this.#send({ header: headerAt(this.#store, 0), watchId: watcher.id, canceled: true, compactRevision });
  }

  #sendEvents(watcher: Watcher, events: WatchEvent[], revision: number): void {
    const header = headerAt(this.#store, revision);
    const { id: watchId, prevKv } = watcher;
    const parts = watcher.fragment ? fragments(events, prevKv) : [events];
    parts.forEach((part, i) => {
      const messages = part.map((event) => eventMessage(event, prevKv));
      this.#send({ header, watchId, events: messages, fragment: i < parts.length - 1 });
    });
    watcher.nextRevision = revision + 1;
    watcher.quiet = false;
  }

  notifyProgress(): void {
    const revision = this.#store.mvcc.durableRevision;
    for (const watcher of this.#watchers.values()) {
      if (!watcher.progressNotify || this.#congested || this.#behind.has(watcher) || this.#isAhead(watcher)) continue;
      if (watcher.quiet) this.#send({ header: headerAt(this.#store, revision), watchId: watcher.id });
      watcher.quiet = true;
    }
  }

  /** It waits for a revision that is not there yet, and must not hear of an earlier one. */
  #isAhead({ nextRevision }: Watcher): boolean {
    return nextRevision > this.#store.mvcc.durableRevision + 1;
  }

  /**
   * Progress of the whole stream may be told only when no watcher has events outstanding. As in etcd, a watcher that
   * waits for the future makes the store ignore the question.
   */
  #sendWantedProgress(): void {
    if (!this.#progressWanted || this.#watchers.size === 0 || this.#behind.size > 0) return;
    this.#progressWanted = false;
    for (const watcher of this.#watchers.values()) if (this.#isAhead(watcher)) return;
    // Events of this revision may be waiting for the end of the turn.
    queueMicrotask(() => {
      if (this.#behind.size > 0) this.#progressWanted = true;
      else this.#send({ header: headerAt(this.#store, this.#store.mvcc.durableRevision), watchId: noWatcher });
    });
  }

  #send(response: Response): void {
    if (this.#closed) return;
    const header = response.header ?? headerAt(this.#store, this.#store.mvcc.durableRevision);
    if (!this.#out.send({ ...response, header })) this.#congested = true;
  }
}

/** An empty key stands for the smallest one. */
function watchedRange({ key, rangeEnd }: WatchCreateRequest): Watcher['range'] {
  return rangeOf({ key: key.length === 0 ? Buffer.of(0) : key, rangeEnd });
}

/** Consecutive runs of events that stay under the limit, or hold a single event. */
function fragments(events: WatchEvent[], prevKv: boolean): WatchEvent[][] {
  const parts: WatchEvent[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const bytes = eventBytes(event, prevKv);
    if (size + bytes > fragmentBytes) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(event);
    size += bytes;
  }
  return parts;
}
