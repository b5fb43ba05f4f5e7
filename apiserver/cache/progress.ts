/**
 * How far the caches have come, and waiting until they have come far enough. When a wait takes long, the store is asked to
 * report its progress: revisions that touch nothing below `/registry/` cause no event.
 *
 * Upstream: apiserver/pkg/storage/cacher/progress/watch_progress.go
 */
interface Waiter {
  revision: number;
  resolve(): void;
}

const askAfterMs = 20;

export class Progress {
  readonly #ask: () => void;
  #revision = 0;
  #waiters: Waiter[] = [];
  #asking: NodeJS.Timeout | undefined;

  /** `ask` makes the store report how far its watch is. */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Everything up to `revision` has arrived. */
  reach(revision: number): void {
    if (revision <= this.#revision) return;
    this.restart(revision);
  }

  /** Sets the revision, which may be lower than before: the store is another one. */
  restart(revision: number): void {
    this.#revision = revision;
    const due = this.#waiters.filter((waiter) => waiter.revision <= revision);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.revision > revision);
    if (this.#waiters.length === 0) this.#stopAsking();
    for (const waiter of due) waiter.resolve();
  }

  /** Resolves true once `revision` is reached, or false after `timeoutMs`. */
  async wait(revision: number, timeoutMs: number): Promise<boolean> {
    if (revision <= this.#revision) return true;
    return new Promise((resolve) => {
      const waiter = {
        revision,
        resolve: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        if (this.#waiters.length === 0) this.#stopAsking();
        resolve(false);
      }, timeoutMs);
      this.#waiters.push(waiter);
      this.#asking ??= setInterval(this.#ask, askAfterMs);
    });
  }

  #stopAsking(): void {
    clearInterval(this.#asking);
    this.#asking = undefined;
  }
}
