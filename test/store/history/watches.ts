/**
 * The watches of one server as a history goes on: what the model says each of them is told, and what it was told.
 *
 * They are compared at rest, when the last event that is expected has arrived. A history rests before each step after which
 * the answer would depend on how far a watcher is: a compaction, a cancellation, a restart, and at its end.
 */
import { isDeepStrictEqual } from 'node:util';
import type { WatchResponse } from '../../../api/etcd.ts';
import { eventually } from '../../harness/eventually.ts';
import type { State } from '../model/state.ts';
import type { Event } from '../model/types.ts';
import { watchEvents, watchIsCompacted, watchRefusal } from '../model/watch.ts';
import { fromWire, toWire } from './ask.ts';
import type { WatchStep } from './steps.ts';
import { WatchStream } from './watch-stream.ts';

export interface Difference {
  expected: unknown;
  actual: unknown;
}

interface Watch {
  id: number;
  request: WatchStep;
  /** The first revision whose events are not among the expected yet. */
  next: number;
  expected: Event[];
  /** Where its responses start; an earlier watch may have had the same ID. */
  from: number;
}

/** How long missing events are waited for: a history that lacks some is replayed many times to make it shorter. */
const shrinkableMs = 20_000;

export interface WatchesOptions {
  /** Whether so many watchers have seen everything that there was when they were created. */
  isUpToDate(watches: number): Promise<boolean>;
  /** What this server is known not to tell of what the model says. */
  isLost(state: State, event: Event): boolean;
}

/** A difference is thrown. */
export class DifferenceError extends Error {
  readonly difference: Difference;

  constructor(expected: unknown, actual: unknown) {
    super('the server differs from the model');
    this.difference = { expected, actual };
  }
}

export function assertSame(expected: unknown, actual: unknown): void {
  if (!isDeepStrictEqual(expected, actual)) throw new DifferenceError(expected, actual);
}

export class Watches {
  readonly #endpoint: string;
  readonly #options: WatchesOptions;
  #stream: WatchStream;
  #live = new Map<number, Watch>();
  #nextId = 0;
  /** Of watches that were canceled because of a compaction. etcd counts their IDs as taken until they are canceled again. */
  #gone = new Set<number>();
  /** Responses that were looked at. */
  #control = 0;

  constructor(endpoint: string, options: WatchesOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#stream = new WatchStream(endpoint);
  }

  close(): void {
    this.#stream.close();
  }

  async create(state: State, request: WatchStep): Promise<void> {
    const { kind, ...wanted } = request;
    if (this.#gone.has(request.watchId ?? 0)) return;
    const refusal = watchRefusal(wanted) ?? (this.#live.has(request.watchId ?? 0) && request.watchId ? duplicate : '');
    const id = refusal ? -1 : request.watchId || this.#freeId();
    const startRevision = request.startRevision ?? 0;
    this.#stream.create(toWire(wanted));
    assertSame(
      {
        ...nothing,
        header: { revision: state.now.revision },
        watchId: id,
        created: true,
        canceled: refusal !== '',
        cancelReason: refusal,
      },
      await this.#nextControl(),
    );
    if (refusal) return;
    const next = startRevision || state.now.revision + 1;
    if (watchIsCompacted(state, next)) {
      assertSame(
        { ...nothing, header: { revision: 0 }, watchId: id, canceled: true, compactRevision: state.compactRevision },
        await this.#nextControl(),
      );
      if (request.watchId) this.#gone.add(id);
    } else this.#live.set(id, { id, request, next, expected: [], from: this.#control });
  }

  #freeId(): number {
    while (this.#live.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  /** One that the server canceled by itself is left alone: etcd would answer once more. */
  async cancel(state: State, id: number): Promise<void> {
    if (!this.#live.has(id)) return;
    await this.rest(state);
    this.#stream.cancel(id);
    this.#live.delete(id);
    assertSame(
      { ...nothing, header: { revision: state.now.revision }, watchId: id, canceled: true },
      await this.#nextControl(),
    );
  }

  /** A watcher of the future holds progress back, and without a watcher there is none. */
  async progress(state: State): Promise<void> {
    await this.rest(state);
    const { revision } = state.now;
    const watches = [...this.#live.values()];
    if (watches.length === 0 || watches.some(({ request }) => (request.startRevision ?? 0) > revision)) return;
    this.#stream.requestProgress();
    assertSame({ ...nothing, header: { revision }, watchId: -1 }, await this.#nextControl());
  }

  /** The server ended and is back: what was watched is watched again from the revision after the last event. */
  async resume(state: State): Promise<void> {
    const watches = [...this.#live.values()];
    this.#stream.close();
    this.#stream = new WatchStream(this.#endpoint);
    this.#live = new Map();
    this.#nextId = 0;
    this.#gone = new Set();
    this.#control = 0;
    for (const { request, expected, next } of watches) {
      const startRevision = Math.max((expected.at(-1)?.kv.modRevision ?? next - 1) + 1, request.startRevision ?? 0);
      await this.create(state, { ...request, startRevision });
    }
  }

  /** Waits until all that is expected has arrived, and compares it. */
  async rest(state: State): Promise<void> {
    for (const watch of this.#live.values()) {
      const events = watchEvents(state, watch.request, watch.next).filter(
        (event) => !this.#options.isLost(state, event),
      );
      watch.expected.push(...events);
      watch.next = Math.max(watch.next, state.now.revision + 1);
      const received = (): WatchResponse[] =>
        this.#stream.responses.slice(watch.from).filter((one) => one.watchId === watch.id);
      await this.#stream
        .until(
          `events of watch ${watch.id}`,
          () => received().reduce((sum, { events }) => sum + events.length, 0) >= watch.expected.length,
          shrinkableMs,
        )
        .catch(() => undefined);
      assertSame(
        watch.expected.map(fromWire),
        received().flatMap(({ events }) => fromWire(events)),
      );
      assertAtomic(received());
    }
    await eventually('watchers are up to date', () => this.#options.isUpToDate(this.#live.size), { everyMs: 5 });
  }

  /** The next response that is not about events. */
  async #nextControl(): Promise<unknown> {
    const found = await this.#stream
      .until('a response', () =>
        this.#stream.responses.find((response, i) => i >= this.#control && response.events.length === 0),
      )
      .catch((error: Error) => error.message);
    if (typeof found === 'object') this.#control = this.#stream.responses.indexOf(found) + 1;
    return fromWire(found);
  }
}

const duplicate = 'mvcc: duplicate watch ID provided on the WatchStream';
const nothing = { created: false, canceled: false, compactRevision: 0, cancelReason: '', fragment: false, events: [] };

/** The events of a revision come in one response, or in fragments that say that there is more. */
function assertAtomic(responses: WatchResponse[]): void {
  let last = 0;
  let more = false;
  for (const { events, fragment, header } of responses) {
    if (events.length === 0) continue;
    const revisions = events.map(({ kv }) => kv!.modRevision);
    if (!more && revisions[0]! <= last) throw new DifferenceError('a revision in one response', revisions);
    if (!fragment && header!.revision < revisions.at(-1)!)
      throw new DifferenceError('a header that is not behind', header);
    last = revisions.at(-1)!;
    more = fragment;
  }
}
