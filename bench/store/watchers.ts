/** Watchers of the benchmark: each a stream of its own on one prefix, and the moment at which the last of them has an event. */
import { methods, prefixEnd, WatchRequest, WatchResponse } from '../../api/etcd.ts';
import { Http2Client } from './http2-client.ts';
import { keyOf } from './requests.ts';
import { countEvents } from './watch-response.ts';

const prefix = keyOf(0).slice(0, keyOf(0).lastIndexOf('/') + 1);

export class Watchers {
  readonly #clients: Http2Client[];
  readonly #count: number;
  /** The revision before the first event. */
  #base = 0;
  /** How many events each watcher has. */
  readonly #seen: number[];
  /** How many watchers have the event of a revision, counted from the base; and when the last one had it. */
  #arrivals: number[] = [];
  #complete: number[] = [];
  #waiting: { events: number; resolve(): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;

  private constructor(clients: Http2Client[], count: number) {
    this.#clients = clients;
    this.#count = count;
    this.#seen = new Array(count).fill(0);
  }

  /** Resolves once all of them watch. They are spread over the connections. */
  static async open(endpoint: string, count: number, connections: number): Promise<Watchers> {
    const clients = await Promise.all(Array.from({ length: connections }, () => Http2Client.connect(endpoint)));
    const watchers = new Watchers(clients, count);
    await Promise.all(Array.from({ length: count }, (_, i) => watchers.#watch(clients[i % connections]!, i)));
    return watchers;
  }

  #watch(client: Http2Client, index: number): Promise<void> {
    const request = WatchRequest.encode({ createRequest: { key: prefix, rangeEnd: prefixEnd(prefix) } });
    return new Promise((resolve, reject) => {
      let created = false;
      const message = (bytes: Buffer): void => {
        if (created) this.#arrived(index, countEvents(bytes));
        else {
          created = true;
          if (WatchResponse.decode(bytes).created) resolve();
          else reject(new Error('the first answer to a watch is not that it was created'));
        }
      };
      const fail = (error: Error): void => {
        this.#failure = error;
        this.#waiting?.reject(error);
        reject(error);
      };
      client.stream(methods.watch.path, request, message, fail);
    });
  }

  /** Starts anew: the next event is that of the revision after `revision`, and so on without a gap. */
  expectAfter(revision: number): void {
    this.#base = revision;
    this.#seen.fill(0);
    this.#arrivals = [];
    this.#complete = [];
  }

  #arrived(index: number, events: number): void {
    if (events === 0) return;
    const now = performance.now();
    const from = this.#seen[index]!;
    this.#seen[index] = from + events;
    for (let event = from; event < from + events; event++) {
      const arrivals = (this.#arrivals[event] ?? 0) + 1;
      this.#arrivals[event] = arrivals;
      if (arrivals === this.#count) this.#complete[event] = now;
    }
    if (this.#waiting && this.#complete.length >= this.#waiting.events) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  }

  /** Resolves once every watcher has the first `events` events. */
  async received(events: number): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#complete.length >= events) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { events, resolve, reject };
    });
  }

  /** When the last watcher had the event of a revision. */
  completedAt(revision: number): number {
    return this.#complete[revision - this.#base - 1]!;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}
