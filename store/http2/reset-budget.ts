/**
 * How many streams of a connection may end in RST_STREAM. A client that gives up now and then never comes near it; one that
 * opens and resets streams as fast as it can ("rapid reset") makes us work without ever waiting for an answer.
 *
 * A bucket of tokens: each reset takes one, time puts them back.
 */
import { enhanceYourCalm } from './error.ts';
import { limits } from './limits.ts';

export class ResetBudget {
  #tokens: number = limits.resetBurst;
  #at = performance.now();

  /** Throws when there have been too many. */
  spend(): void {
    if (this.#tokens < 1) this.#refill();
    if (this.#tokens < 1) throw enhanceYourCalm('too many streams that were reset');
    this.#tokens--;
  }

  #refill(): void {
    const now = performance.now();
    const earned = ((now - this.#at) / 1000) * limits.resetsPerSecond;
    this.#tokens = Math.min(limits.resetBurst, this.#tokens + earned);
    this.#at = now;
  }
}
