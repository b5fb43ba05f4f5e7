/**
 * The flow control step: no more requests at a time than the server can hold, reads and writes counted apart. Watches,
 * logs and execs do not count, and administrators always pass.
 *
 * Upstream: apiserver/pkg/server/filters/maxinflight.go (fair queuing by user comes later)
 */
import { tooManyRequests } from '../api/errors.ts';
import type { User } from './authn/user.ts';
import { inflight } from './metrics.ts';
import type { RequestInfo } from './request/info.ts';

const longRunningSubresources = ['log', 'exec', 'attach', 'portforward', 'proxy'];

/** Watches, logs and everything that is a stream: neither timed out nor counted. */
export const isLongRunning = ({ verb, subresource }: RequestInfo): boolean =>
  verb === 'watch' || longRunningSubresources.includes(subresource);

const readVerbs = ['get', 'list', 'watch', 'head', 'options'];

export class FlowControl {
  readonly #limits: Record<'readOnly' | 'mutating', number>;
  readonly #running = { readOnly: 0, mutating: 0 };

  /** 0 means no limit. */
  constructor(maxReads: number, maxWrites: number) {
    this.#limits = { readOnly: maxReads, mutating: maxWrites };
  }

  /** Lets the request in, or throws a 429. Call the result when it has been answered. */
  enter(user: User, info: RequestInfo): () => void {
    if (isLongRunning(info)) return () => undefined;
    const kind = readVerbs.includes(info.verb) ? 'readOnly' : 'mutating';
    const limit = this.#limits[kind];
    if (limit > 0 && this.#running[kind] >= limit && !user.groups.includes('system:masters')) {
      throw tooManyRequests('Too many requests, please try again later.');
    }
    this.#running[kind] += 1;
    inflight.set({ request_kind: kind }, this.#running[kind]);
    return () => {
      this.#running[kind] -= 1;
      inflight.set({ request_kind: kind }, this.#running[kind]);
    };
  }
}
