/**
 * Which leases there are, which keys hang on each, and when each expires. Granting, renewing and revoking as requests see
 * them is in `lease.ts`.
 *
 * Expiry is kept on a clock that only runs forwards and is not on disk: after a restart every lease has its full TTL
 * again, as in etcd, so that no lease is lost because its owner could not reach a store that was down.
 *
 * Upstream: server/lease/lessor.go, without checkpoints
 */
export interface Lease {
  id: bigint;
  /** Seconds, as granted. */
  ttl: number;
  /** On the lessor's clock. */
  expiresAt: number;
  keys: Set<string>;
}

export class Lessor {
  readonly #leases = new Map<bigint, Lease>();
  readonly #now: () => number;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get(id: bigint): Lease | undefined {
    return this.#leases.get(id);
  }

  /** Soonest to expire first. */
  all(): Lease[] {
    return [...this.#leases.values()].sort((a, b) => a.expiresAt - b.expiresAt);
  }

  add(id: bigint, ttl: number): Lease {
    const lease: Lease = { id, ttl, expiresAt: this.#now() + ttl * 1000, keys: new Set() };
    this.#leases.set(id, lease);
    return lease;
  }

  remove(id: bigint): void {
    this.#leases.delete(id);
  }

  /** False when the lease has expired, even if its keys have not been deleted yet. */
  renew(lease: Lease): boolean {
    if (this.remainingMs(lease) <= 0) return false;
    lease.expiresAt = this.#now() + lease.ttl * 1000;
    return true;
  }

  remainingMs(lease: Lease): number {
    return lease.expiresAt - this.#now();
  }

  expired(): Lease[] {
    return [...this.#leases.values()].filter((lease) => this.remainingMs(lease) <= 0);
  }

  /** A key went from one lease to another; 0 stands for none. */
  move(key: string, from: bigint, to: bigint): void {
    if (from === to) return;
    if (from !== 0n) this.#leases.get(from)?.keys.delete(key);
    if (to !== 0n) this.#leases.get(to)?.keys.add(key);
  }
}
