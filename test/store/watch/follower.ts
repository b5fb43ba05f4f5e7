/**
 * A watcher as a good client is one: it resumes after the last complete revision when its stream breaks, and stops when what
 * it needs is compacted. It remembers everything that it was told.
 */
import type { WatchCreateRequest, WatchResponse } from '../../../api/etcd.ts';
import type { Init } from '../../../api/protobuf.ts';
import type { EtcdClient } from '../../../client/etcd/client.ts';
import { WatchCanceledError } from '../../../client/etcd/watch.ts';
import { eventually } from '../../harness/eventually.ts';
import { type Change, endKey } from './writers.ts';

type Request = Exclude<Init<WatchCreateRequest>, Uint8Array>;

export interface Told {
  revision: number;
  changes: Change[];
}

export class Follower {
  /** Complete revisions, in the order of arrival. */
  readonly told: Told[] = [];
  /** Revisions of responses without events, each with how many revisions had been told by then. */
  readonly bookmarks: { revision: number; told: number }[] = [];
  /** How often it watched. */
  attempts = 0;
  /** Set when it was canceled. */
  compactRevision: number | undefined;
  /** The revision to go on from. */
  next: number;
  readonly done: Promise<void>;
  readonly #client: EtcdClient;
  readonly #request: Request;
  readonly #stopped = new AbortController();
  readonly #slow: (() => Promise<void>) | undefined;
  #current: { requestProgress(): void } | undefined;

  /** `slow` is awaited before each response is looked at. */
  constructor(client: EtcdClient, startRevision: number, request: Request, slow?: () => Promise<void>) {
    this.#client = client;
    this.next = startRevision;
    this.#request = request;
    this.#slow = slow;
    this.done = this.#follow();
  }

  requestProgress(): void {
    this.#current?.requestProgress();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        if (await this.#watch()) return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof WatchCanceledError && error.compactRevision > 0) {
          this.compactRevision = error.compactRevision;
          return;
        }
        const isBack = async (): Promise<unknown> => signal.aborted || (await this.#client.status());
        await eventually('the server is back', isBack, { everyMs: 20 });
      }
    }
  }

  /** True when the last write has been seen. */
  async #watch(): Promise<boolean> {
    this.attempts++;
    const watch = this.#client.watch({ ...this.#request, startRevision: this.next }, this.#stopped.signal);
    this.#current = watch;
    let fragments: WatchResponse['events'] = [];
    for await (const { header, events, created, fragment } of watch) {
      await this.#slow?.();
      if (created) continue;
      fragments.push(...events);
      if (fragment) continue;
      if (fragments.length === 0) {
        this.bookmarks.push({ revision: header!.revision, told: this.told.length });
        this.next = Math.max(this.next, header!.revision + 1);
        continue;
      }
      for (const event of fragments) this.#take(event);
      fragments = [];
      if (this.told.at(-1)!.changes.includes(`${endKey}=end`)) return true;
    }
    return false;
  }

  #take({ type, kv }: WatchResponse['events'][number]): void {
    const change = type === 'PUT' ? `${kv!.key}=${kv!.value}` : `${kv!.key}`;
    const last = this.told.at(-1);
    if (last?.revision === kv!.modRevision && this.next > kv!.modRevision) last.changes.push(change);
    else this.told.push({ revision: kv!.modRevision, changes: [change] });
    this.next = kv!.modRevision + 1;
  }
}
