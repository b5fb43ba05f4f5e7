/**
 * Deletes compacted records, in slices, so that requests are served between them. A store that stops in the middle begins
 * anew at its next start; what is deleted already is simply not there.
 *
 * An older version is forgotten when its successor is at or before the compact revision C, a deletion when it is itself
 * before C: one at C stays, because a watch may still start there. A key that was put at 2 and 5, deleted at 9, put at 12:
 *
 *     p k 2 until 5, p k 5 until 9, p k 9 until 12 (a deletion), k 12
 *     compact 5 and 8 forget 2; compact 9 forgets 2 and 5; compact 10 forgets 2, 5 and 9
 *
 * Upstream: server/storage/mvcc/kvstore_compaction.go
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../client/component/log.ts';
import type { Database, GroupCommit } from './commit.ts';
import type { KeyIndex } from './key-index.ts';
import { currentKey, encodeNumber, metaKey, parsePast, parsePastKey, pastBounds, recordKey, unseal } from './layout.ts';

/** Entries or keys looked at before others get a turn. */
const sliceSize = 1000;
const readAheadBytes = 256 * 1024;

/** Deletes compacted records, one compaction after the other. */
export class Compactor {
  readonly #database: Database;
  readonly #index: KeyIndex;
  readonly #commit: GroupCommit;
  readonly #logger: Logger;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(database: Database, index: KeyIndex, commit: GroupCommit, logger: Logger) {
    this.#database = database;
    this.#index = index;
    this.#commit = commit;
    this.#logger = logger;
  }

  /** Resolves when the records are gone from disk, or the store is closing. `revision` is on disk as the compacted one. */
  run(revision: number): Promise<void> {
    const run = this.#running.then(() => this.#delete(revision));
    this.#running = run.catch((error) => this.#logger.error({ err: error, revision }, 'Compaction failed'));
    return run;
  }

  /** Lets the slice under way finish and starts no other. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #delete(revision: number): Promise<void> {
    // Only when the past of a deleted key is gone may the key go: without it the past would look like a key's that is there.
    await this.#deletePast(revision);
    await this.#deleteKeys(revision);
    if (this.#stopped) return;
    this.#commit.put(metaKey('compactedRevision'), encodeNumber(revision));
    await this.#commit.durable();
  }

  async #deletePast(revision: number): Promise<void> {
    const iterator = this.#database.iterator({ ...pastBounds, highWaterMarkBytes: readAheadBytes, fillCache: false });
    try {
      while (!this.#stopped) {
        const entries = await iterator.nextv(sliceSize);
        if (entries.length === 0) return;
        for (const [key, value] of entries) {
          const position = parsePastKey(key);
          const { until, deletion } = parsePast(unseal(key, value));
          if (until > revision && !(deletion && position.revision < revision)) continue;
          this.#commit.delete(key);
          this.#commit.delete(recordKey(position.revision, position.sub));
        }
        await this.#endSlice();
      }
    } finally {
      await iterator.close();
    }
  }

  /** Forgets the keys that were deleted before the revision. */
  async #deleteKeys(revision: number): Promise<void> {
    let start: string | undefined = '';
    while (start !== undefined && !this.#stopped) {
      start = this.#deleteSlice(revision, start);
      await this.#endSlice();
    }
  }

  /** The key to go on from; undefined at the end. */
  #deleteSlice(revision: number, start: string): string | undefined {
    const forgotten: string[] = [];
    let seen = 0;
    let next: string | undefined;
    for (const entry of this.#index.range({ start, end: undefined })) {
      if (++seen > sliceSize) {
        next = entry.key;
        break;
      }
      if (entry.current || entry.revision >= revision) continue;
      this.#commit.delete(currentKey(entry.key));
      this.#commit.delete(recordKey(entry.revision, entry.sub));
      forgotten.push(entry.key);
    }
    for (const key of forgotten) this.#index.remove(key);
    if (forgotten.length > 0) this.#commit.put(metaKey('keys'), encodeNumber(this.#index.size));
    return next;
  }

  async #endSlice(): Promise<void> {
    await this.#commit.durable();
    await nextTurn();
  }
}
