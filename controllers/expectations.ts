/**
 * What a controller has done and not yet seen in its cache. Until it has, the cache is too old to count from: acting on
 * it would create or delete a second time.
 *
 *     expectCreations('default/web', 2)    two creates are on their way: not satisfied
 *     creationObserved('default/web')      one was seen, or has failed
 *     creationObserved('default/web')      satisfied
 *
 * Upstream: pkg/controller/controller_utils.go (UIDTrackingControllerExpectations)
 */
interface Pending {
  creations: number;
  deletions: Set<string>;
  since: number;
}

/** A watch that loses an event must not stop a controller for ever. */
const timeoutMs = 5 * 60_000;

export class Expectations {
  readonly #pending = new Map<string, Pending>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  expectCreations(key: string, count: number): void {
    this.#pending.set(key, { creations: count, deletions: new Set(), since: this.#now() });
  }

  /** `uids` are those of the objects that are about to be deleted. */
  expectDeletions(key: string, uids: Iterable<string>): void {
    this.#pending.set(key, { creations: 0, deletions: new Set(uids), since: this.#now() });
  }

  creationObserved(key: string): void {
    const pending = this.#pending.get(key);
    if (pending) pending.creations -= 1;
  }

  deletionObserved(key: string, uid: string): void {
    this.#pending.get(key)?.deletions.delete(uid);
  }

  /** Whether the cache shows everything that was done for `key`. */
  satisfied(key: string): boolean {
    const pending = this.#pending.get(key);
    if (!pending) return true;
    return (pending.creations <= 0 && pending.deletions.size === 0) || this.#now() - pending.since > timeoutMs;
  }

  forget(key: string): void {
    this.#pending.delete(key);
  }
}
