/**
 * Who refers to what: `node <- pod <- secret` and the like, backwards from the object that is referred to. Keys are texts of the
 * callers' choosing.
 */
export class ReferenceIndex {
  /** What each source refers to, and the value that it stands for. */
  readonly #sources = new Map<string, { value: string; targets: readonly string[] }>();
  /** How many sources of each value refer to a target. */
  readonly #targets = new Map<string, Map<string, number>>();

  /** The source refers to just these from now on. */
  set(source: string, value: string, targets: readonly string[]): void {
    this.delete(source);
    this.#sources.set(source, { value, targets });
    for (const target of targets) this.#count(target, value, 1);
  }

  delete(source: string): void {
    const known = this.#sources.get(source);
    if (!known) return;
    this.#sources.delete(source);
    for (const target of known.targets) this.#count(target, known.value, -1);
  }

  clear(): void {
    this.#sources.clear();
    this.#targets.clear();
  }

  /** Whether a source of that value refers to the target. */
  has(target: string, value: string): boolean {
    return this.#targets.get(target)?.has(value) ?? false;
  }

  /** The values of the sources that refer to the target. */
  of(target: string): Iterable<string> {
    return this.#targets.get(target)?.keys() ?? [];
  }

  #count(target: string, value: string, change: 1 | -1): void {
    const values = this.#targets.get(target) ?? new Map<string, number>();
    const count = (values.get(value) ?? 0) + change;
    if (count > 0) values.set(value, count);
    else values.delete(value);
    if (values.size > 0) this.#targets.set(target, values);
    else this.#targets.delete(target);
  }
}
