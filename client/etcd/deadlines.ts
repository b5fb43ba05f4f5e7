/**
 * One timer for the deadlines of many calls: most are answered long before, so none gets a timer of its own.
 *
 * `expire` is called when the earliest deadline that was added has passed, and adds those that are still wanted again.
 */

/** The longest time that setTimeout takes. */
const maxTimeoutMs = 2 ** 31 - 1;

export class Deadlines {
  readonly #expire: () => void;
  #timer: NodeJS.Timeout | undefined;
  #earliest = Number.POSITIVE_INFINITY;

  constructor(expire: () => void) {
    this.#expire = expire;
  }

  /** In milliseconds since 1970; Infinity is never. */
  add(deadline: number): void {
    if (deadline >= this.#earliest) return;
    this.#earliest = deadline;
    clearTimeout(this.#timer);
    const timeoutMs = Math.min(Math.max(deadline - Date.now(), 0) + 1, maxTimeoutMs);
    this.#timer = setTimeout(() => {
      this.#earliest = Number.POSITIVE_INFINITY;
      this.#expire();
    }, timeoutMs);
    // The connection, not the timer, keeps the process waiting for an answer.
    this.#timer.unref();
  }
}
