/**
 * Consistent reads from the caches: ask the store for its newest revision, then wait until the caches have reached it.
 * Readers of one turn of the event loop share a question, which is sent at its end: nobody joins one that is under way, whose
 * answer may be older than they are.
 *
 * Upstream: apiserver/pkg/storage/cacher (consistent list from cache, KEP-2340)
 */
import { ApiError } from '../../api/errors.ts';
import type { Storage } from '../storage/storage.ts';
import type { Progress } from './progress.ts';

/** How long a read waits for the caches. */
const waitMs = 3000;

export class ConsistentReads {
  readonly #storage: Pick<Storage, 'currentRevision'>;
  readonly #progress: Progress;
  #asking: Promise<number> | undefined;

  constructor(storage: Pick<Storage, 'currentRevision'>, progress: Progress) {
    this.#storage = storage;
    this.#progress = progress;
  }

  /** Resolves when the caches hold at least everything that was written before the call. */
  async fresh(): Promise<void> {
    await this.atLeast(await this.#currentRevision());
  }

  /** Resolves when the caches have reached `revision`; undefined when they have. A 504 when they do not in time. */
  atLeast(revision: number): Promise<void> | undefined {
    return revision <= this.#progress.revision ? undefined : this.#reach(revision);
  }

  async #reach(revision: number): Promise<void> {
    if (await this.#progress.wait(revision, waitMs)) return;
    throw new ApiError(
      504,
      'Timeout',
      `Timeout: Too large resource version: ${revision}, current: ${this.#progress.revision}`,
      {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    );
  }

  #currentRevision(): Promise<number> {
    this.#asking ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#asking = undefined;
        resolve(this.#storage.currentRevision());
      });
    });
    return this.#asking;
  }
}
