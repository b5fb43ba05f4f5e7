/**
 * How the server stops without breaking off what it has begun:
 *
 *   1. readiness fails, so that nobody new is sent here; everything is still served (`--shutdown-delay-duration`)
 *   2. no new connections; or, with `--shutdown-send-retry-after`, new requests are told to come back elsewhere
 *   3. streams end, spread over `--shutdown-watch-termination-grace-period`; requests under way are answered
 *   4. the connections are closed
 *
 * Upstream: apiserver/pkg/server/{lifecycle_signals,genericapiserver}.go (the graph of signals in its comment)
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../api/errors.ts';

export interface ShutdownOptions {
  delayMs: number;
  sendRetryAfter: boolean;
  /** Over how long the ends of streams are spread. */
  streamGraceMs: number;
}

/** The two ends of listening. */
export interface Listening {
  /** No new connections; those that are open go on. */
  stopAccepting(): void;
  close(): Promise<void>;
}

/** Told to whoever comes while the server stops. */
const retryAfterSeconds = 5;

export class Shutdown {
  readonly #options: ShutdownOptions;
  readonly #streams = new AbortController();
  #phase: 'serving' | 'delayed' | 'draining' = 'serving';
  #underWay = 0;
  #drained: (() => void) | undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
    // Every open stream listens.
    setMaxListeners(0, this.#streams.signal);
  }

  /** Aborts when streams must end; each waits for a time of `streamGraceMs` at random. */
  get streamsEnd(): AbortSignal {
    return this.#streams.signal;
  }

  get streamGraceMs(): number {
    return this.#options.streamGraceMs;
  }

  /** Whether a connection should be closed when its request has been answered. */
  get begun(): boolean {
    return this.#phase !== 'serving';
  }

  /** The readiness check. */
  check(): void {
    if (this.#phase !== 'serving') throw new Error('process is shutting down');
  }

  /** A request begins; call the result when it has been answered. Throws when it came too late. */
  enter(path: string): () => void {
    if (this.#phase === 'draining' && this.#options.sendRetryAfter && !isProbe(path)) {
      throw new ApiError(429, 'TooManyRequests', 'The apiserver is shutting down, please try again later.', {
        retryAfterSeconds,
      });
    }
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#drained?.();
    };
  }

  /** Goes through the phases. Resolves when every request has been answered and the connections are closed. */
  async run(listening: Listening): Promise<void> {
    this.#phase = 'delayed';
    await sleep(this.#options.delayMs);
    this.#phase = 'draining';
    if (!this.#options.sendRetryAfter) listening.stopAccepting();
    this.#streams.abort();
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await listening.close();
  }
}

const isProbe = (path: string): boolean => /^\/(livez|readyz|healthz)(\/|$)/.test(path);
