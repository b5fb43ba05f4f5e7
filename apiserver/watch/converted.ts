/**
 * A watch of a version in which objects are not stored: every change is converted on its way to the watcher. A conversion may
 * have to ask somebody, so everything that the watcher is told passes one queue and keeps its order.
 */
import type { Entry } from '../cache/entry.ts';
import type { Change } from '../cache/watch-cache.ts';
import type { Resource } from '../registry/resource.ts';
import { viewsOf } from '../registry/view.ts';
import type { WatchSink } from './watcher.ts';

export class ConvertedWatch implements WatchSink {
  readonly #resource: Resource;
  readonly #sink: WatchSink;
  #last: Promise<void> = Promise.resolve();

  constructor(resource: Resource, sink: WatchSink) {
    this.#resource = resource;
    this.#sink = sink;
  }

  initial(entries: Entry[], revision: number): void {
    this.#then(async () => this.#sink.initial(await viewsOf(this.#resource, entries), revision));
  }

  changed(changes: Change[]): void {
    this.#then(async () => this.#sink.changed(await this.#convert(changes)));
  }

  bookmark(revision: number, initialEventsEnd: boolean): void {
    this.#then(async () => this.#sink.bookmark(revision, initialEventsEnd));
  }

  lost(): void {
    this.#then(async () => this.#sink.lost());
  }

  /** A change that cannot be converted leaves a gap, and so ends the watch. */
  #then(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch(() => this.#sink.lost());
  }

  async #convert(changes: Change[]): Promise<Change[]> {
    const entries = changes.flatMap(({ entry, previous }) => (previous ? [entry, previous] : [entry]));
    const views = await viewsOf(this.#resource, entries);
    let at = 0;
    return changes.map((change) => {
      const entry = views[at++]!;
      const previous = change.previous && views[at++];
      // What is served as it is stored is also encoded once for all.
      if (entry === change.entry && previous === change.previous) return change;
      return { ...change, entry, previous, frames: new Map() };
    });
  }
}
