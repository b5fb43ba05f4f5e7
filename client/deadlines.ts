/**
 * Ends calls when their time is over. One timer for all calls: it is set for the first deadline, which most calls do not
 * live to see, so that a call costs a place in an array and no timer of its own.
 *
 * The array is no `Set` since that of V8 makes a table anew after so many additions, and a table that is old keeps the next one and
 * what is in both: of calls that come and go by the thousand, most would stay in memory until all of it is collected.
 */

/** A call with a deadline. */
export interface Expiring {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  /** Where `Deadlines` has it; undefined when it has not. */
  place?: number | undefined;
  expire(): void;
}

/** The longest that a timer can wait. */
const maxTimerMs = 2 ** 31 - 1;

export class Deadlines {
  readonly #calls: Expiring[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  add(call: Expiring): void {
    call.place = this.#calls.push(call) - 1;
    if (call.deadline < this.#timerAt) this.#wakeAt(call.deadline);
  }

  delete(call: Expiring): void {
    if (call.place === undefined) return;
    const last = this.#calls.pop()!;
    if (last !== call) {
      this.#calls[call.place] = last;
      last.place = call.place;
    }
    call.place = undefined;
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
    // Calls that others begin when they expire set it anew.
    this.#timerAt = Number.POSITIVE_INFINITY;
    let first = Number.POSITIVE_INFINITY;
    for (const call of [...this.#calls]) {
      if (call.place === undefined) continue;
      if (call.deadline > now) first = Math.min(first, call.deadline);
      else {
        this.delete(call);
        call.expire();
      }
    }
    if (first < this.#timerAt) this.#wakeAt(first);
  }
}
