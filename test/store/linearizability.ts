/**
 * Is there an order of the operations, each at one moment between its invocation and its return, in which a model answers
 * as they were answered? Then the history is linearizable: nobody could tell the store from one that does one thing at
 * a time.
 *
 *     client 1  |--- put a=1 ---|
 *     client 2        |- get a: none -|   |- get a: 1 -|       linearizable: get, put, get
 *     client 3                            |- get a: none -|    not any more: it starts after the put returned
 *
 * An operation whose answer was lost may have happened, or never.
 *
 * The search (Wing and Gong's, with Lowe's memory of where it has been) tries every operation that may be next, goes on from
 * there and comes back when it is stuck. It is quick because each answer has a revision, and revisions never go back. That also ties
 * all keys together, so they are checked together.
 *
 * Operations must not read past revisions: states count as the same whatever their past.
 *
 * Upstream: github.com/anishathalye/porcupine, tests/robustness/model
 */
import { isDeepStrictEqual } from 'node:util';
import { comparable } from './history/ask.ts';
import { show } from './history/steps.ts';
import { emptyState, type State } from './model/state.ts';
import { step } from './model/step.ts';
import type { DeleteRangeResponse, Header, KeyValue, RangeResponse, Request, TxnResponse } from './model/types.ts';

export interface Operation {
  client: number;
  /** Places in the order of all invocations and returns. */
  invoked: number;
  /** When the answer was lost: until when it may have happened, Infinity if nobody knows. */
  returned: number;
  request: Request;
  /** In the form of `comparable`; undefined when it was lost. */
  response: object | undefined;
}

/** An order of the operations that explains the answers, or undefined. Without those lost ones that never happened. */
export function linearize(operations: Operation[], initial: State = emptyState): Operation[] | undefined {
  return new Search(operations, initial).run();
}

/** One end of an operation, in a list from which both are taken while the operation has its place in the order. */
interface End {
  operation: Operation;
  kind: 'invocation' | 'return';
  at: number;
  index: number;
  other: End | undefined;
  before: End | undefined;
  after: End | undefined;
}

interface Choice {
  end: End;
  /** What was before. */
  state: State;
  latest: number;
}

class Search {
  readonly #first: End;
  #state: State;
  /** The last invocation among what has its place. */
  #latest = 0;
  readonly #operations: Operation[];
  /** Operations that have their place, by index. */
  readonly #placed: boolean[];
  readonly #choices: Choice[] = [];
  readonly #been = new Set<string>();
  /** Revisions of answered writes: no other write made them. */
  readonly #claimed: Set<number>;
  /** Answered operations without a place. */
  #left: number;

  constructor(operations: Operation[], initial: State) {
    this.#state = initial;
    this.#operations = operations;
    this.#placed = operations.map(() => false);
    this.#left = operations.filter(({ response }) => response).length;
    this.#claimed = new Set(operations.flatMap(({ response }) => (response ? revisionMadeBy(response) : [])));
    this.#first = linked(operations);
  }

  run(): Operation[] | undefined {
    let end = this.#first.after;
    while (this.#left > 0) {
      if (end?.kind === 'invocation' && !isTooLate(this.#state, end.operation)) {
        end = this.#place(end) ? this.#first.after : end.after;
        continue;
      }
      // An operation that has returned, or whose answer is from before this state, has no place yet: an earlier choice was wrong.
      const choice = this.#lastChoice();
      if (!choice) return undefined;
      end = choice.end.after;
    }
    return this.#choices.map(({ end: { operation } }) => operation);
  }

  /**
   * Takes back the last choice that could have been another. What changes nothing is right wherever its answer is: the sooner it
   * has its place, the less it stands in the way of others.
   */
  #lastChoice(): Choice | undefined {
    for (;;) {
      const choice = this.#choices.pop();
      const hadEffect = choice?.state !== this.#state;
      if (choice) this.#takeBack(choice);
      if (!choice || hadEffect) return choice;
    }
  }

  /** Makes the operation the next in the order, if the model answers as it was answered and this was not tried before. */
  #place(end: End): boolean {
    const { operation, index } = end;
    const [after, answer] = step(this.#state, operation.request);
    if (operation.response) {
      if (!isDeepStrictEqual(comparable(answer), operation.response)) return false;
    } else if (this.#isOver(operation) || after === this.#state || this.#claimed.has(after.now.revision)) return false;
    const choice = { end, state: this.#state, latest: this.#latest };
    this.#placed[index] = true;
    this.#latest = Math.max(this.#latest, operation.invoked);
    this.#state = after;
    const place = this.#here();
    if (this.#been.has(place)) {
      this.#forget(choice);
      return false;
    }
    this.#been.add(place);
    this.#choices.push(choice);
    if (operation.response) this.#left--;
    for (const one of [end, end.other]) {
      if (one?.before) one.before.after = one.after;
      if (one?.after) one.after.before = one.before;
    }
    return true;
  }

  /** A lost operation that can have no place any more. */
  #isOver({ response, returned }: Operation): boolean {
    return !response && returned < this.#latest;
  }

  /** What the rest of the search depends on. */
  #here(): string {
    const placed = this.#operations.map((one, i) => (this.#placed[i] && !this.#isOver(one) ? 1 : 0));
    return `${placed.join('')} ${stateKey(this.#state)}`;
  }

  #forget({ end, state, latest }: Choice): void {
    this.#state = state;
    this.#latest = latest;
    this.#placed[end.index] = false;
  }

  #takeBack(choice: Choice): void {
    const { end } = choice;
    this.#forget(choice);
    if (end.operation.response) this.#left++;
    for (const one of [end.other, end]) {
      if (one?.before) one.before.after = one;
      if (one?.after) one.after.before = one;
    }
  }
}

/** The ends in the order of time, behind one that stands for the beginning. */
function linked(operations: Operation[]): End {
  const ends = operations.flatMap((operation, index) => {
    const none = { before: undefined, after: undefined };
    const invocation: End = { operation, kind: 'invocation', at: operation.invoked, index, other: undefined, ...none };
    if (!operation.response) return [invocation];
    invocation.other = { operation, kind: 'return', at: operation.returned, index, other: invocation, ...none };
    return [invocation, invocation.other];
  });
  ends.sort((a, b) => a.at - b.at);
  const first: End = { ...ends[0]!, kind: 'return', before: undefined };
  [first, ...ends].forEach((end, i, all) => {
    end.before = all[i - 1];
    end.after = all[i + 1];
  });
  return first;
}

/** The state is beyond the revision of the answer, and so will every later state be. */
const isTooLate = (state: State, { response }: Operation): boolean => {
  const { header } = (response ?? {}) as { header?: Header };
  return header !== undefined && state.now.revision > header.revision;
};

/** The revision in the answer, if the operation changed something. */
function revisionMadeBy(response: object): number[] {
  const { header, kvs, deleted, responses } = response as Partial<RangeResponse & DeleteRangeResponse & TxnResponse>;
  const parts = (responses ?? []).flatMap((part) => Object.values(part) as object[]);
  const changed = responses ? parts.some((part) => revisionMadeBy(part).length > 0) : !kvs && deleted !== 0;
  return changed && header ? [header.revision] : [];
}

/** Equal for states that answer equally from now on. */
const stateKey = ({ now, compactRevision, leases }: State): string =>
  show([now.revision, [...now.kvs.values()].sort(byKey), compactRevision, leases]);

const byKey = (a: KeyValue, b: KeyValue): number => (a.key < b.key ? -1 : 1);
