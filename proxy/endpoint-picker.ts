/**
 * Whose turn it is: round robin over the backends of one listener, or, with session affinity, the backend that the client
 * had before.
 *
 * Upstream: pkg/proxy/userspace/roundrobin.go (of Kubernetes 1.25 and before)
 */
import type { Backend } from './plan-listeners.ts';

interface Affinity {
  backend: Backend;
  usedAt: number;
}

export class EndpointPicker {
  readonly #now: () => number;
  #backends: Backend[] = [];
  #affinityMs: number | undefined;
  #next = 0;
  /** By client address, least recently used first. */
  readonly #affinities = new Map<string, Affinity>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  set(backends: Backend[], affinityMs: number | undefined): void {
    this.#backends = backends;
    this.#affinityMs = affinityMs;
  }

  /** All backends in the order in which to try them for a connection of `client`. */
  order(client: string): Backend[] {
    const count = this.#backends.length;
    if (count === 0) return [];
    const start = this.#next++ % count;
    const turn = [...this.#backends.slice(start), ...this.#backends.slice(0, start)];
    const favourite = this.#favourite(client);
    return favourite ? [favourite, ...turn.filter((backend) => backend !== favourite)] : turn;
  }

  /** Notes whom the client was connected to. */
  connected(client: string, backend: Backend): void {
    if (this.#affinityMs === undefined) return;
    const now = this.#now();
    this.#affinities.delete(client);
    this.#affinities.set(client, { backend, usedAt: now });
    for (const [address, { usedAt }] of this.#affinities) {
      if (usedAt + this.#affinityMs > now) break;
      this.#affinities.delete(address);
    }
  }

  #favourite(client: string): Backend | undefined {
    const affinity = this.#affinities.get(client);
    if (!affinity || this.#affinityMs === undefined || affinity.usedAt + this.#affinityMs <= this.#now())
      return undefined;
    const { address, port } = affinity.backend;
    return this.#backends.find((backend) => backend.address === address && backend.port === port);
  }
}
