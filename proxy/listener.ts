/**
 * What a listener of any protocol offers. A new protocol is a file that makes one and a line in `listenerTypes`
 * (listener-set.ts).
 */
import type { Logger } from '../client/component/log.ts';
import type { Routes } from '../client/local-routes.ts';
import type { Backend } from './plan-listeners.ts';

export interface Listener {
  /** Puts other backends behind the address. Connections that exist stay as they are. */
  setBackends(backends: Backend[], affinityMs: number | undefined): void;
  /** Takes no more connections; those that exist go on. Resolves when the last has ended. */
  drain(): Promise<void>;
  /** Ends every connection. */
  close(): void;
}

export interface ListenerDeps {
  logger: Logger;
  readRoutes(): Routes;
}

/** Resolves once the address is listened on; rejects when it cannot be. */
export type ListenerType = (address: string, port: number, deps: ListenerDeps) => Promise<Listener>;
