/**
 * The newest state of one kind, the events that led to it, and those who watch it.
 *
 * - `Feed` is the only one that changes it, in revision order, always as a whole batch of the store.
 * - Everything is synchronous: a reader sees either all of a revision or nothing of it.
 * - An event is kept for resuming watches until `capacity` newer ones have come. A watch from before the oldest one that is
 *   held is answered 410.
 *
 * Upstream: apiserver/pkg/storage/cacher
 */
import type { ApiError } from '../../api/errors.ts';
import { Entry } from './entry.ts';
import { SortedEntries } from './sorted-entries.ts';

/**
 * One event as it is sent: `line` is the event itself, and `chunk` the same bytes as a piece of an HTTP body of unknown
 * length. Both share their memory, and everyone who watches shares both.
 */
export interface Frame {
  chunk: Buffer;
  line: Buffer;
}

/** What happened to one object. `previous` is absent when it was created; a deletion carries the last state as `entry`. */
export interface Change {
  revision: number;
  deleted: boolean;
  entry: Entry;
  previous: Entry | undefined;
  /** Encoded watch events, made by the first watcher that needs one and shared by all. */
  frames: Map<string, Frame>;
}

/** A changed or deleted object: `entry` absent means deleted at that revision. */
export interface Update {
  key: string;
  revision: number;
  entry: Entry | undefined;
  /** It is there, and cannot be read. */
  unreadable?: Unreadable | undefined;
}

/** An object that is stored, and cannot be read: it is encrypted with a key that nobody has, or is no object at all. */
export interface Unreadable {
  key: string;
  storeKey: string;
  /** What whoever asks for it is told. */
  error: ApiError;
}

/** Whoever is told of changes. Must return at once and never throw. */
export interface Subscriber {
  /** A batch of changes, in order. */
  changed(changes: Change[]): void;
  /** What follows cannot be told without a gap: the subscriber must end, and its client start again. */
  lost(): void;
}

/** Thrown by `since` when the history asked for is gone. */
export class HistoryGoneError extends Error {
  readonly oldest: number;

  constructor(asked: number, oldest: number) {
    super(`too old resource version: ${asked} (${oldest})`);
    this.oldest = oldest;
  }
}

/** More own writes than this do not wait for a store that tells of none. */
const maxWritten = 10_000;

export class WatchCache {
  readonly #capacity: number;
  #entries = new Map<string, Entry>();
  /** The same, in order. */
  readonly #sorted = new SortedEntries();
  #history: Change[] = [];
  /** Every change after this revision is in `#history`. */
  #from = 0;
  readonly #unreadable = new Map<string, Unreadable>();
  readonly #subscribers = new Set<Subscriber>();
  /** How often what has happened since the start. */
  readonly counts = { initializations: 0, initialEvents: 0, received: 0, dispatched: 0 };
  /** What happened since a complete state has been expected. */
  #early: Update[] | undefined;
  /** The newest change that the store has told of. */
  #told = 0;
  /** What this server has written itself, until the store tells of it. */
  readonly #written = new Map<string, Entry>();

  constructor(capacity = 3000) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many changes it holds for watches that resume. */
  get capacity(): number {
    return this.#capacity;
  }

  get watchers(): number {
    return this.#subscribers.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /**
   * The entry of a value that this server has just written. It comes into the cache when the store tells of it, in its turn among
   * all changes; so the bytes are put together once, and are in memory once.
   */
  written(key: string, revision: number, value: string): Entry {
    const known = this.#entries.get(key);
    if (known?.revision === revision) return known;
    const entry = new Entry(key, revision, Buffer.from(value));
    if (revision > this.#told && this.#written.size < maxWritten) this.#written.set(key, entry);
    return entry;
  }

  /** The same entry when the store tells of it. */
  ownWrite(key: string, revision: number): Entry | undefined {
    const entry = this.#written.get(key);
    return entry?.revision === revision ? entry : undefined;
  }

  /** All entries whose key begins with `prefix`, in key order. */
  list(prefix = ''): Entry[] {
    return this.#sorted.list(prefix);
  }

  get unreadable(): Unreadable[] {
    return [...this.#unreadable.values()];
  }

  /** Throws what is told of the object when it is there and cannot be read. */
  mustBeReadable(key: string): void {
    const found = this.#unreadable.get(key);
    if (found) throw found.error;
  }

  /** Throws when that is so for any of the objects that `list` would have. */
  allMustBeReadable(prefix: string): void {
    for (const { key, error } of this.#unreadable.values()) if (key.startsWith(prefix)) throw error;
  }

  /** The changes after a revision. Throws `HistoryGoneError` when not all of them are held. */
  since(revision: number): Change[] {
    if (revision < this.#from) throw new HistoryGoneError(revision, this.#from);
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#history[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#history.slice(low);
  }

  /** Tells of every change from now on, until the returned function is called. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Holds back changes until `replace` brings the state that they may belong to already. */
  expect(): void {
    this.#early ??= [];
  }

  get expecting(): boolean {
    return this.#early !== undefined;
  }

  /** Takes over a complete state. Whoever watches is lost, because the way to it is not known. */
  replace(entries: Entry[], revision: number, unreadable: readonly Unreadable[] = []): void {
    const early = this.#early?.filter((update) => update.revision > revision) ?? [];
    this.#early = undefined;
    this.#written.clear();
    this.#told = revision;
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    this.#sorted.replace([...this.#entries.values()]);
    this.#unreadable.clear();
    for (const one of unreadable) this.#unreadable.set(one.key, one);
    this.#history = [];
    this.#from = revision;
    this.counts.initializations += 1;
    this.counts.initialEvents += entries.length;
    for (const subscriber of [...this.#subscribers]) subscriber.lost();
    if (early.length > 0) this.apply(early);
  }

  /** Ends every watch: what is seen of the objects is another from now on. */
  end(): void {
    for (const subscriber of [...this.#subscribers]) subscriber.lost();
  }

  /** Takes over changed and deleted objects, in order. */
  apply(updates: Update[]): void {
    for (const { key, revision } of updates) {
      const own = this.#written.get(key);
      if (own && own.revision <= revision) this.#written.delete(key);
      this.#told = revision;
    }
    if (this.#early) {
      this.#early.push(...updates);
      return;
    }
    const changes: Change[] = [];
    for (const { key, revision, entry, unreadable } of updates) {
      if (unreadable) this.#unreadable.set(key, unreadable);
      else this.#unreadable.delete(key);
      const previous = this.#entries.get(key);
      if (entry) {
        this.#entries.set(key, entry);
        this.#sorted.set(entry);
      } else if (previous) {
        this.#entries.delete(key);
        this.#sorted.delete(key);
      }
      const shown = entry ?? previous?.at(revision);
      if (shown) changes.push({ revision, deleted: !entry, entry: shown, previous, frames: new Map() });
    }
    this.counts.received += updates.length;
    if (updates.some(({ unreadable }) => unreadable)) {
      // What has become of it cannot be told.
      this.#history = [];
      this.#from = updates.at(-1)!.revision;
      this.end();
      return;
    }
    if (changes.length === 0) return;
    this.#remember(changes);
    this.counts.dispatched += changes.length;
    for (const subscriber of this.#subscribers) subscriber.changed(changes);
    // Everyone has been told; whoever resumes later encodes again, which is cheaper than keeping the bytes twice.
    for (const change of changes) change.frames.clear();
  }

  /** Drops the oldest in bulk, so that remembering is cheap on average. */
  #remember(changes: Change[]): void {
    this.#history.push(...changes);
    if (this.#history.length <= this.#capacity * 1.25) return;
    const dropped = this.#history.splice(0, this.#history.length - this.#capacity);
    this.#from = dropped[dropped.length - 1]!.revision;
  }
}
