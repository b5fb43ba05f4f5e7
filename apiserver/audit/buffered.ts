/**
 * Events that wait to be handed on together: when there are enough of them, or when the first has waited long enough.
 *
 * Upstream: apiserver/plugin/pkg/audit/buffered/buffered.go
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../client/component/log.ts';
import { countErrors } from './metrics.ts';

/** Hands events on; counts by itself what it loses, and never rejects. */
export type Send = (events: readonly string[]) => Promise<void>;

export interface BufferOptions {
  /** How many events may wait. */
  bufferSize: number;
  maxBatchSize: number;
  maxBatchWaitMs: number;
  /** How many batches a second; undefined for any. */
  throttleQps: number | undefined;
  throttleBurst: number;
}

export class Buffered {
  readonly #options: BufferOptions;
  readonly #plugin: string;
  readonly #send: Send;
  readonly #logger: Logger;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;
  #dropping = false;
  /** Batches that may be sent at once, and when that was so. */
  #tokens: number;
  #tokensAtMs = performance.now();

  constructor(options: BufferOptions, plugin: string, send: Send, logger: Logger) {
    this.#options = options;
    this.#plugin = plugin;
    this.#send = send;
    this.#logger = logger;
    this.#tokens = options.throttleBurst;
  }

  /** Takes an event, or drops it when too many are waiting. Its request goes on in any case. */
  add(json: string): true {
    const { bufferSize, maxBatchSize, maxBatchWaitMs } = this.#options;
    if (this.#closed || this.#waiting.length >= bufferSize) {
      countErrors(this.#plugin, 1);
      if (!this.#dropping)
        this.#logger.error({ plugin: this.#plugin }, 'Audit events are dropped: too many are waiting');
      this.#dropping = true;
      return true;
    }
    this.#dropping = false;
    this.#waiting.push(json);
    if (this.#waiting.length >= maxBatchSize) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), maxBatchWaitMs).unref();
    return true;
  }

  /** Takes no more. Resolves when everything has been sent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#flush();
    await this.#sending;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    // Events that come in the same turn are sent together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      await this.#throttle();
      await this.#send(this.#waiting.splice(0, this.#options.maxBatchSize));
    }
  }

  async #throttle(): Promise<void> {
    const { throttleQps, throttleBurst } = this.#options;
    if (throttleQps === undefined || this.#closed) return;
    const nowMs = performance.now();
    this.#tokens = Math.min(throttleBurst, this.#tokens + ((nowMs - this.#tokensAtMs) / 1000) * throttleQps);
    this.#tokensAtMs = nowMs;
    this.#tokens -= 1;
    if (this.#tokens < 0) await sleep((-this.#tokens / throttleQps) * 1000);
  }
}
