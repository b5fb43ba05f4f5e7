/**
 * How far the caches have come, and waiting until they have come far enough.
 *
 * Only events move it. A revision that touches nothing below `/registry/` causes none, so when a wait takes long, a key
 * there is written: its event tells that everything before it has arrived. Asking the store to report its progress
 * would be cheaper, but etcd before 3.4.31 and 3.5.13 may report a revision ahead of its events.
 *
 * Upstream: apiserver/pkg/storage/cacher/progress/watch_progress.go (which asks, and requires a newer etcd)
 */
interface Waiter {
  revision: number;
  resolve(): void;
}

/** Events usually take a millisecond or two. */
const tickAfterMs = 100;

export class Progress {
  readonly #tick: () => void;
  #revision = 0;
  #waiters: Waiter[] = [];
  #ticking: NodeJS.Timeout | undefined;

  /** `tick` makes an event happen. */
  constructor(tick: () => void) {
    this.#tick = tick;
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
    if (this.#waiters.length === 0) this.#stopTicking();
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
        if (this.#waiters.length === 0) this.#stopTicking();
        resolve(false);
      }, timeoutMs);
      this.#waiters.push(waiter);
      this.#ticking ??= setInterval(this.#tick, tickAfterMs);
    });
  }

  #stopTicking(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}
