/**
 * Answers that are asked for far away, kept for a while; whoever asks while one is on its way waits for that one. A failure is
 * not kept. The oldest goes when there are too many, so nobody can fill it up.
 */
interface Kept<T> {
  answer: Promise<T>;
  /** Undefined until the answer is there. */
  until: number | undefined;
}

const capacity = 8192;

export class ExpiringCache<T> {
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept<T>>();

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** The answer that is kept under the key, or a new one, which is kept for as long as `lifeMs` says. */
  async get(key: string, ask: () => Promise<T>, lifeMs: (answer: T) => number): Promise<T> {
    const known = this.#kept.get(key);
    if (known && (known.until === undefined || known.until > this.#now())) return known.answer;
    this.#kept.delete(key);
    const kept: Kept<T> = { answer: ask(), until: undefined };
    this.#kept.set(key, kept);
    if (this.#kept.size > capacity) this.#kept.delete(this.#kept.keys().next().value!);
    try {
      const answer = await kept.answer;
      kept.until = this.#now() + lifeMs(answer);
      return answer;
    } catch (error) {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
      throw error;
    }
  }
}
