/**
 * Ends calls when their time is over. One timer for all calls: it is set for the first deadline, which most calls do not
 * live to see, so that a call costs an entry in a set and no timer of its own.
 */

/** A call with a deadline. */
export interface Expiring {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  expire(): void;
}

/** The longest that a timer can wait. */
const maxTimerMs = 2 ** 31 - 1;

export class Deadlines {
  readonly #calls = new Set<Expiring>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  add(call: Expiring): void {
    this.#calls.add(call);
    if (call.deadline < this.#timerAt) this.#wakeAt(call.deadline);
  }

  delete(call: Expiring): void {
    this.#calls.delete(call);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wakeAt(time: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = time;
    // Timers count whole milliseconds and may be early by one.
    const ms = Math.min(Math.max(0, Math.ceil(time - performance.now())) + 1, maxTimerMs);
    this.#timer = setTimeout(() => this.#expire(), ms).unref();
  }

  #expire(): void {
    const now = performance.now();
    let first = Number.POSITIVE_INFINITY;
    for (const call of this.#calls) {
      if (call.deadline > now) first = Math.min(first, call.deadline);
      else {
        this.#calls.delete(call);
        call.expire();
      }
    }
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (first !== Number.POSITIVE_INFINITY) this.#wakeAt(first);
  }
}
