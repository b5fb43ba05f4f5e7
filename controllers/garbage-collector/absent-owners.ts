/**
 * Uids that are known to be no more, the latest of them: a thousand dependents of one owner ask the server once.
 * Upstream: pkg/controller/garbagecollector/uid_cache.go
 */
const capacity = 500;

export class AbsentOwners {
  readonly #uids = new Set<string>();

  has(uid: string): boolean {
    return this.#uids.has(uid);
  }

  add(uid: string): void {
    this.#uids.delete(uid);
    this.#uids.add(uid);
    if (this.#uids.size > capacity) this.#uids.delete(this.#uids.values().next().value!);
  }
}
