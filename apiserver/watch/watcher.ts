/**
 * One watch: what a client sees of a kind's changes, through its selection, written to its connection.
 *
 * Selection applies to transitions: an object that begins to match arrives as ADDED, one that stops matching as DELETED.
 * Events that come at one moment leave in one write, so a server that falls behind catches up. A client that reads too slowly is
 * cut off when too much waits for it, so that it holds up nobody and costs bounded memory; it resumes from the last version
 * it saw.
 *
 * Upstream: apiserver/pkg/storage/cacher/cache_watcher.go
 */
import type { Entry } from '../cache/entry.ts';
import type { Change, Frame, Subscriber } from '../cache/watch-cache.ts';
import type { Selection } from '../registry/selection.ts';
import { bookmark, changeFrame, type FrameFormat, frame, type Seen } from './frames.ts';
import type { WatchFigures } from './metrics.ts';
import type { WatchStream } from './stream.ts';

/** Unsent bytes of changes at which a client counts as stuck. */
const maxPendingBytes = 16 * 1024 * 1024;
/** How much of the initial events is sent at a time. */
const initialBatchBytes = 256 * 1024;

/** Where the events of a watch go, in their order. */
export interface WatchSink extends Subscriber {
  /** The objects that exist when the watch begins, at that revision. */
  initial(entries: Entry[], revision: number): void;
  /** Everything up to the revision has been told. */
  bookmark(revision: number, initialEventsEnd: boolean): void;
}

export class Watcher implements WatchSink {
  readonly #stream: WatchStream;
  readonly #selection: Selection;
  readonly #figures: WatchFigures;
  #format: FrameFormat;
  /** Changes up to this revision are known to the client. */
  #after: number;
  #waiting: Frame[] = [];
  #waitingBytes = 0;
  /** The initial events are still being sent. */
  #catchingUp = false;

  constructor(stream: WatchStream, selection: Selection, format: FrameFormat, after: number, figures: WatchFigures) {
    this.#stream = stream;
    this.#figures = figures;
    this.#selection = selection;
    this.#format = format;
    this.#after = after;
  }

  changed(changes: Change[]): void {
    for (const change of changes) {
      if (change.revision <= this.#after) continue;
      const seen = this.#view(change);
      if (seen) this.#add(changeFrame(this.#nextFormat(), change, seen));
    }
  }

  lost(): void {
    this.flush();
    this.#stream.end();
  }

  initial(entries: Entry[], revision: number): void {
    this.#after = Math.max(this.#after, revision);
    this.#sendInitial(entries.filter(this.#selection.matches), 0);
  }

  /** Sends them as fast as the client reads, so that all of them are never in memory twice. Changes wait meanwhile. */
  #sendInitial(entries: Entry[], from: number): void {
    this.#catchingUp = from < entries.length;
    if (!this.#catchingUp) {
      this.flush();
      return;
    }
    const frames: Frame[] = [];
    let next = from;
    for (let bytes = 0; next < entries.length && bytes < initialBatchBytes; next++) {
      const made = frame(this.#nextFormat(), 'ADDED', entries[next]!);
      frames.push(made);
      bytes += made.line.length;
    }
    this.#figures.sent(frames);
    this.#stream.send(frames, () => this.#sendInitial(entries, next));
  }

  bookmark(revision: number, initialEventsEnd: boolean): void {
    this.#add(bookmark(this.#nextFormat(), revision, initialEventsEnd));
  }

  /** Sends what waits, once the initial events are out. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    if (!this.#catchingUp) {
      this.#figures.sent(this.#waiting);
      this.#stream.send(this.#waiting);
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
    if (this.#waitingBytes + this.#stream.pendingBytes <= maxPendingBytes) return;
    this.#figures.terminated += 1;
    this.#stream.destroy();
  }

  #nextFormat(): FrameFormat {
    const format = this.#format;
    this.#format = format.later;
    return format;
  }

  #add(made: Frame): void {
    this.#waitingBytes += made.line.length;
    if (this.#waiting.push(made) === 1 || this.#catchingUp) flushSoon(this);
  }

  /** What the change looks like through the selection; undefined when it does not concern the watcher. */
  #view({ deleted, entry, previous }: Change): Seen | undefined {
    if (!entry.key.startsWith(this.#selection.keyPrefix)) return undefined;
    const before = previous !== undefined && this.#selection.matches(previous);
    const after = !deleted && this.#selection.matches(entry);
    if (after) return before ? modified : added;
    if (before) return deleted ? gone : left;
    return undefined;
  }
}

const added: Seen = { type: 'ADDED', left: false };
const modified: Seen = { type: 'MODIFIED', left: false };
const gone: Seen = { type: 'DELETED', left: false };
const left: Seen = { type: 'DELETED', left: true };

/** For how long watchers are written to before requests and the store get a turn: a fan-out to thousands takes longer. */
const sliceMs = 2;

let due: Watcher[] = [];
let flushed = 0;

/** Has the watcher flushed once everything that has arrived by now is told. What arrives until it has its turn goes with it. */
function flushSoon(watcher: Watcher): void {
  if (due.push(watcher) === 1) setImmediate(flushDue);
}

function flushDue(): void {
  const end = performance.now() + sliceMs;
  while (flushed < due.length && performance.now() < end) due[flushed++]!.flush();
  if (flushed < due.length) {
    setImmediate(flushDue);
    return;
  }
  due = [];
  flushed = 0;
}
