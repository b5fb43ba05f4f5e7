/** What failed and is to be left alone for a while, whatever wakes its pod meanwhile. */
export class Holds {
  readonly #until = new Map<string, number>();

  set(name: string, ms: number): void {
    this.#until.set(name, Date.now() + ms);
  }

  has(name: string): boolean {
    return (this.#until.get(name) ?? 0) > Date.now();
  }

  /** Milliseconds until each hold that still stands ends. */
  remaining(): number[] {
    const now = Date.now();
    return [...this.#until.values()].filter((until) => until > now).map((until) => until - now);
  }

  clear(): void {
    this.#until.clear();
  }
}
