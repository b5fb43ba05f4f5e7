/**
 * What verified tokens say, for as long as it may be believed without looking again: checking a signature costs more than
 * the rest of a request. Only good tokens are kept, so nobody can fill it, and by their hashes, so it holds no secrets.
 *
 * Upstream: apiserver/pkg/authentication/token/cache
 */
import { hash } from 'node:crypto';

/** How long upstream believes a token that was good. */
export const successMs = 10_000;

const maxTokens = 4096;

export class TokenCache<T> {
  readonly #entries = new Map<string, { value: T; until: number }>();

  /** `now` is in milliseconds. */
  get(token: string, now: number): T | undefined {
    const key = keyOf(token);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (now < entry.until) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(token: string, value: T, until: number): void {
    if (this.#entries.size >= maxTokens) {
      // The oldest.
      for (const key of this.#entries.keys()) {
        this.#entries.delete(key);
        break;
      }
    }
    this.#entries.set(keyOf(token), { value, until });
  }
}

const keyOf = (token: string): string => hash('sha256', token, 'base64');
