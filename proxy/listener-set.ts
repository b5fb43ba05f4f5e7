/**
 * Makes the listeners what the plan says: opens what is missing, closes what is not planned any more, and gives the rest
 * their backends.
 */
import type { Logger } from '../client/component/log.ts';
import type { Listener, ListenerDeps, ListenerType } from './listener.ts';
import type { ListenerPlan } from './plan-listeners.ts';
import { listenTcp } from './tcp-listener.ts';

/** Protocols that are served. Ports of any other get no listener. */
const listenerTypes: Record<string, ListenerType> = { TCP: listenTcp };

export class ListenerSet {
  readonly #deps: ListenerDeps;
  readonly #logger: Logger;
  readonly #listeners = new Map<string, Listener>();
  /** Closed ones whose connections may still be going on. */
  readonly #draining = new Set<Listener>();
  /** Why an address is not listened on, by key of its plan. */
  readonly #failures = new Map<string, string>();
  /** Services that were named in a warning, so that each is named once. */
  readonly #unsupported = new Set<string>();

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    this.#logger = deps.logger;
  }

  /** Answers whether everything that can be listened on is; false asks to be called again later. */
  async apply(plans: Map<string, ListenerPlan>): Promise<boolean> {
    for (const [key, listener] of this.#listeners) if (!plans.has(key)) this.#drain(key, listener);
    for (const key of this.#failures.keys()) if (!plans.has(key)) this.#failures.delete(key);
    for (const [key, plan] of plans) {
      const listener = this.#listeners.get(key) ?? (await this.#open(plan));
      listener?.setBackends(plan.backends, plan.affinityMs);
    }
    return this.#failures.size === 0;
  }

  /** Throws when an address cannot be listened on because the machine does not have it. */
  check(): void {
    const [missing] = [...this.#failures.values()].filter((reason) => reason.includes('ip route add'));
    if (missing) throw new Error(missing);
  }

  closeAll(): void {
    for (const listener of [...this.#listeners.values(), ...this.#draining]) listener.close();
    this.#listeners.clear();
  }

  async #open({ key, protocol, address, port, servicePort, backends }: ListenerPlan): Promise<Listener | undefined> {
    const listen = listenerTypes[protocol];
    if (!listen) {
      if (!this.#unsupported.has(key)) this.#logger.warn({ servicePort, protocol }, 'Protocol is not supported yet');
      this.#unsupported.add(key);
      return undefined;
    }
    try {
      const listener = await listen(address, port, this.#deps);
      this.#listeners.set(key, listener);
      this.#failures.delete(key);
      this.#logger.info({ servicePort, listen: key, backends: backends.length }, 'Listening');
      return listener;
    } catch (error) {
      const reason = explain(address, port, error as NodeJS.ErrnoException);
      if (this.#failures.get(key) !== reason) this.#logger.error({ servicePort, listen: key }, reason);
      this.#failures.set(key, reason);
      return undefined;
    }
  }

  #drain(key: string, listener: Listener): void {
    this.#listeners.delete(key);
    this.#draining.add(listener);
    void listener.drain().then(() => this.#draining.delete(listener));
    this.#logger.info({ listen: key }, 'No longer listening');
  }
}

/** What went wrong and, where that is known, what to do about it. */
function explain(address: string, port: number, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${address}:${port}: the address is not local; run "ip route add local ${address}/32 dev lo", or add the whole Service range that way`;
    case 'EADDRINUSE':
      return `cannot listen on ${address}:${port}: another process of this machine does`;
    case 'EACCES':
      return `cannot listen on ${address}:${port}: ports below 1024 need root or CAP_NET_BIND_SERVICE`;
    default:
      return `cannot listen on ${address}:${port}: ${error.message}`;
  }
}
