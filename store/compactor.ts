/**
 * Deletes compacted records from the index and from disk, in slices, so that requests are served between them. A store
 * that stops in the middle goes on at its next start.
 *
 * Upstream: server/storage/mvcc/kvstore_compaction.go
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GroupCommit } from './commit.ts';
import type { KeyIndex } from './key-index.ts';
import { recordKey } from './layout.ts';

/** Keys looked at before others get a turn. */
const sliceKeys = 2000;

/** Deletes compacted records, one compaction after the other. */
export class Compactor {
  readonly #index: KeyIndex;
  readonly #commit: GroupCommit;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(index: KeyIndex, commit: GroupCommit) {
    this.#index = index;
    this.#commit = commit;
  }

  /** Resolves when the records are gone from disk, or the store is closing. */
  run(revision: number): Promise<void> {
    this.#running = this.#running.then(() => this.#delete(revision));
    // A failed write ends the process through the commit; it needs no second report.
    this.#running.catch(() => undefined);
    return this.#running;
  }

  /** Lets the slice under way finish and starts no other. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #delete(revision: number): Promise<void> {
    let start: string | undefined = '';
    while (start !== undefined && !this.#stopped) {
      start = this.#deleteSlice(revision, start);
      await this.#commit.durable();
      await nextTurn();
    }
  }

  /** The key to go on from; undefined at the end. */
  #deleteSlice(revision: number, start: string): string | undefined {
    const empty: string[] = [];
    let seen = 0;
    let next: string | undefined;
    for (const history of this.#index.range({ start, end: undefined })) {
      if (++seen > sliceKeys) {
        next = history.key;
        break;
      }
      for (const forgotten of history.compact(revision))
        this.#commit.delete(recordKey(forgotten.revision, forgotten.sub));
      if (history.isEmpty) empty.push(history.key);
    }
    for (const key of empty) this.#index.remove(key);
    return next;
  }
}
