/**
 * The queue that controllers work from.
 *
 * - Fair: keys come out in the order in which they were first added.
 * - Stingy: a key waits once however often it is added; one that is added while a worker has it runs again afterwards.
 * - Many producers and consumers: a key is never handed to two workers at once.
 * - Shutdown: `next` ends once `shutDown` was called and what was queued has been handed out.
 *
 * Upstream: client-go/util/workqueue
 */

export interface Backoff {
  baseMs: number;
  maxMs: number;
}

export class WorkQueue {
  readonly #backoff: Backoff;
  /** Insertion order is queue order. */
  readonly #waiting = new Set<string>();
  readonly #processing = new Set<string>();
  /** Added while processing; waits again once done. */
  readonly #dirty = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  readonly #idle: (() => void)[] = [];
  #down = false;

  constructor(backoff: Backoff = { baseMs: 5, maxMs: 60_000 }) {
    this.#backoff = backoff;
  }

  get length(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#down) return;
    if (this.#processing.has(key)) {
      this.#dirty.add(key);
      return;
    }
    this.#waiting.add(key);
    this.#idle.shift()?.();
  }

  /** Adds the key after `ms`; of several delays for one key the earliest stands. */
  addAfter(key: string, ms: number): void {
    if (this.#down) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = Date.now() + ms;
    const pending = this.#delayed.get(key);
    if (pending && pending.at <= at) return;
    clearTimeout(pending?.timer);
    const timer = setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, ms);
    this.#delayed.set(key, { at, timer });
  }

  /** Adds the key after a delay that doubles with every failure since `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#backoff.baseMs * 2 ** failures, this.#backoff.maxMs));
  }

  /** Ends the key's backoff. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, which the caller must give back with `done`; undefined after shutdown. */
  async next(): Promise<string | undefined> {
    while (this.#waiting.size === 0) {
      if (this.#down) return undefined;
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    const [key] = this.#waiting;
    this.#waiting.delete(key!);
    this.#processing.add(key!);
    return key;
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
  }

  shutDown(): void {
    this.#down = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    for (const wake of this.#idle.splice(0)) wake();
  }
}
