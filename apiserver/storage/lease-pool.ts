/**
 * Leases for keys that the store forgets by itself, such as events. One lease serves all keys written within a minute, so
 * that a thousand events do not cost a thousand leases.
 *
 * Upstream: apiserver/pkg/storage/etcd3/lease_manager.go
 */
import type { EtcdClient } from '../../client/etcd/client.ts';

interface Reusable {
  id: bigint;
  until: number;
}

const reuseMs = 60_000;

export class LeasePool {
  readonly #client: Pick<EtcdClient, 'leaseGrant'>;
  readonly #byTtl = new Map<number, Promise<Reusable>>();

  constructor(client: Pick<EtcdClient, 'leaseGrant'>) {
    this.#client = client;
  }

  /** A lease that lives for at least `ttlSeconds` from now. */
  async leaseFor(ttlSeconds: number, now = Date.now()): Promise<bigint> {
    const known = this.#byTtl.get(ttlSeconds);
    if (known) {
      const lease = await known;
      if (now < lease.until) return lease.id;
      // Somebody who waited as well may have replaced it.
      if (this.#byTtl.get(ttlSeconds) !== known) return this.leaseFor(ttlSeconds, now);
    }
    const granted = this.#grant(ttlSeconds, now);
    this.#byTtl.set(ttlSeconds, granted);
    granted.catch(() => this.#byTtl.delete(ttlSeconds));
    return (await granted).id;
  }

  async #grant(ttlSeconds: number, now: number): Promise<Reusable> {
    const { id } = await this.#client.leaseGrant({ ttl: ttlSeconds + reuseMs / 1000 });
    return { id, until: now + reuseMs };
  }
}
