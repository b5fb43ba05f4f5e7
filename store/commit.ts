/**
 * Group commit: whatever is written while one batch is being synced goes into the next, so the cost of a sync is shared
 * by everyone who waits for it.
 *
 *     put A  ->  batch 1 [A]        sync ........ done -> A answered
 *     put B, put C while it runs    batch 2 [B, C]      sync ........ done -> B, C answered
 *
 * Rules: writes of one event-loop turn stay together (that is what makes a txn atomic on disk); batches reach the disk
 * in order; nobody may be told of a write before its batch is on disk. A failed sync is final: memory is then ahead of
 * the disk, so `onFailure` must end the process. While the store serves, nobody else writes to the database.
 */
import type { ClassicLevel } from 'classic-level';
import { sealForBatch } from './layout.ts';
import { LogSpace } from './log-space.ts';
import { metrics } from './metrics.ts';

export type Database = ClassicLevel<Buffer, Buffer>;
export type Snapshot = ReturnType<Database['snapshot']>;

/** What an operation takes in LevelDB's log beside its key and payload, at most. */
const operationOverhead = 16;

interface Batch {
  operations: ReturnType<Database['batch']>;
  /** What it takes in LevelDB's log. */
  bytes: number;
  callbacks: (() => void)[];
  done: PromiseWithResolvers<void>;
}

export class GroupCommit {
  readonly #database: Database;
  readonly #onFailure: (error: Error) => void;
  readonly #space: LogSpace;
  /** Collects writes; not yet being synced. */
  #next: Batch | undefined;
  #syncing: Batch | undefined;
  #failure: Error | undefined;

  constructor(database: Database, onFailure: (error: Error) => void) {
    this.#database = database;
    this.#onFailure = onFailure;
    this.#space = new LogSpace(database.location);
  }

  /** The payload, in parts, goes to disk sealed (layout.ts). */
  put(key: Buffer, ...payload: readonly Buffer[]): void {
    const batch = this.#batch();
    const sealed = sealForBatch(key, payload);
    batch.operations.put(key, sealed);
    batch.bytes += key.length + sealed.length + operationOverhead;
  }

  delete(key: Buffer): void {
    const batch = this.#batch();
    batch.operations.del(key);
    batch.bytes += key.length + operationOverhead;
  }

  /** Runs `callback` once everything written so far is on disk. Callbacks run in order. */
  whenDurable(callback: () => void): void {
    const batch = this.#next ?? this.#syncing;
    if (batch) batch.callbacks.push(callback);
    else callback();
  }

  /** Resolves once everything written so far is on disk; rejects when that failed. */
  async durable(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await (this.#next ?? this.#syncing)?.done.promise;
  }

  /** Throws while writes are failing. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  #batch(): Batch {
    if (this.#failure) throw this.#failure;
    if (!this.#next) {
      this.#next = { operations: this.#database.batch(), bytes: 0, callbacks: [], done: Promise.withResolvers() };
      // With no waiter the rejection would count as unhandled; the failure reaches everyone through `onFailure`.
      this.#next.done.promise.catch(() => undefined);
      // Later requests of this turn should still get in.
      if (!this.#syncing) setImmediate(() => this.#sync());
    }
    return this.#next;
  }

  async #sync(): Promise<void> {
    const batch = this.#next;
    if (!batch) return;
    this.#next = undefined;
    this.#syncing = batch;
    const stop = metrics.walFsyncSeconds.startTimer();
    try {
      this.#space.reserve(batch.bytes);
      await batch.operations.write({ sync: true });
    } catch (error) {
      this.#failure = new Error('cannot write to the database', { cause: error });
      batch.done.reject(this.#failure);
      this.#onFailure(this.#failure);
      return;
    }
    stop();
    this.#syncing = undefined;
    if (this.#next) setImmediate(() => this.#sync());
    for (const callback of batch.callbacks) callback();
    batch.done.resolve();
  }
}
