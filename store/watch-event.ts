/**
 * One event for watchers, encoded once however many of them get it.
 */
import { Event } from '../api/etcd.ts';
import type { Change } from './mvcc.ts';

export class WatchEvent {
  readonly revision: number;
  readonly change: Change;
  #plain: Buffer | undefined;
  #withPrevious: Buffer | undefined;

  constructor(revision: number, change: Change) {
    this.revision = revision;
    this.change = change;
  }

  /** The encoded Event. */
  encode(withPrevious: boolean): Buffer {
    const { type, kv, prevKv } = this.change;
    if (withPrevious && prevKv) {
      this.#withPrevious ??= Event.encode({ type, kv, prevKv });
      return this.#withPrevious;
    }
    this.#plain ??= Event.encode({ type, kv });
    return this.#plain;
  }
}
