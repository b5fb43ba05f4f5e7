/**
 * One watch: what a client sees of a kind's changes, through its selection, written to its connection.
 *
 * Selection applies to transitions: an object that begins to match arrives as ADDED, one that stops matching as DELETED.
 * A client that reads too slowly is cut off when too much waits for it, so that it holds up nobody and costs bounded memory; it
 * resumes from the last version it saw.
 *
 * Upstream: apiserver/pkg/storage/cacher/cache_watcher.go
 */
import type { ServerResponse } from 'node:http';
import type { Entry } from '../cache/entry.ts';
import type { Change, Subscriber } from '../cache/watch-cache.ts';
import type { Selection } from '../registry/selection.ts';
import { bookmark, type EventType, type FrameFormat, frame } from './frames.ts';

/** Unsent bytes at which a client counts as stuck, beside the initial events that it asked for. */
const maxPendingBytes = 16 * 1024 * 1024;

/** Where the events of a watch go, in their order. */
export interface WatchSink extends Subscriber {
  /** The objects that exist when the watch begins, at that revision. */
  initial(entries: Entry[], revision: number): void;
  /** Everything up to the revision has been told. */
  bookmark(revision: number, initialEventsEnd: boolean): void;
}

export class Watcher implements WatchSink {
  readonly #response: ServerResponse;
  readonly #selection: Selection;
  readonly #format: FrameFormat;
  /** Changes up to this revision are known to the client. */
  #after: number;
  #maxPending = maxPendingBytes;

  constructor(response: ServerResponse, selection: Selection, format: FrameFormat, after: number) {
    this.#response = response;
    this.#selection = selection;
    this.#format = format;
    this.#after = after;
  }

  changed(changes: Change[]): void {
    const frames: Buffer[] = [];
    for (const change of changes) {
      if (change.revision <= this.#after) continue;
      const seen = this.#view(change);
      if (seen)
        frames.push(
          frame(this.#format, seen.type, seen.entry, seen.entry === change.entry ? change.frames : undefined),
        );
    }
    if (frames.length === 1) this.#write(frames[0]!);
    else if (frames.length > 1) this.#write(Buffer.concat(frames));
  }

  lost(): void {
    this.#response.end();
  }

  initial(entries: Entry[], revision: number): void {
    this.#after = Math.max(this.#after, revision);
    const frames = entries.filter(this.#selection.matches).map((entry) => frame(this.#format, 'ADDED', entry));
    if (frames.length === 0) return;
    const bytes = Buffer.concat(frames);
    this.#maxPending = maxPendingBytes + bytes.length;
    this.#response.once('drain', () => {
      this.#maxPending = maxPendingBytes;
    });
    this.#response.write(bytes);
  }

  bookmark(revision: number, initialEventsEnd: boolean): void {
    this.#write(bookmark(this.#format, revision, initialEventsEnd));
  }

  #write(bytes: Buffer): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    this.#response.write(bytes);
    if (this.#response.writableLength > this.#maxPending) this.#response.destroy();
  }

  /** What the change looks like through the selection; undefined when it does not concern the watcher. */
  #view({ deleted, entry, previous, revision }: Change): { type: EventType; entry: Entry } | undefined {
    if (!entry.key.startsWith(this.#selection.keyPrefix)) return undefined;
    const before = previous !== undefined && this.#selection.matches(previous);
    if (deleted) return before ? { type: 'DELETED', entry } : undefined;
    const after = this.#selection.matches(entry);
    if (after) return { type: before ? 'MODIFIED' : 'ADDED', entry };
    return before ? { type: 'DELETED', entry: previous.at(revision) } : undefined;
  }
}
