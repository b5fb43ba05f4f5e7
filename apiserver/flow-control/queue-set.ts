/**
 * The requests of one priority level: those that run, those that wait in queues, and which of them is next. Pure: the time
 * is given from outside, and the outcome of each request is told to its `decide`.
 *
 * Fair queuing by virtual time. Picture every queue that has work being served at once, each with an equal part of the
 * seats. `progress` is how many seat-seconds each of them has been served by now in that picture; `nextStart` of a queue is
 * the progress at which its next request would begin there. The request that would end first there goes first in reality.
 *
 *   queue A: 100 requests of one client, queue B: 1 request, 1 seat, a service takes 1 s
 *   A's first starts at 0, its second at 1, its third at 2, ...; B's, arriving at progress 0.5, starts at 0.5
 *   so B's request is second, and not hundredth.
 *
 * How long a request takes is guessed when it is dispatched and put right when it ends.
 *
 * Upstream: apiserver/pkg/util/flowcontrol/fairqueuing/queueset. Left out: seats that are held on after the answer.
 */
import { deal } from './shuffle-shard.ts';

/** What a level allows. */
export interface Limits {
  /** Seats at a time. */
  seats: number;
  /** Without it a request that finds no seat is refused at once. */
  queuing: Queuing | undefined;
}

export interface Queuing {
  queues: number;
  /** Among how many of the queues a flow may choose. */
  handSize: number;
  /** Requests that may wait in one queue. */
  queueLengthLimit: number;
}

export type Refusal = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';
export type Decision = 'execute' | Refusal;

/** One request in the set. Made by `arrive`; only the set changes it. */
export interface Ticket {
  readonly seats: number;
  state: 'waiting' | 'executing' | 'done';
  readonly queue: Queue | undefined;
  /** Progress at which it came. */
  readonly arrival: number;
  /** Seconds. */
  startedAt: number;
  readonly decide: (decision: Decision) => void;
}

interface Queue {
  waiting: Ticket[];
  executing: number;
  seatsInUse: number;
  seatsWaiting: number;
  nextStart: number;
}

/** Seconds that a request is thought to take until it has ended. */
const estimatedServiceSeconds = 0.003;

const workOf = ({ seats }: Ticket): number => seats * estimatedServiceSeconds;

export class QueueSet {
  readonly #now: () => number;
  #limits: Limits = { seats: 0, queuing: undefined };
  #queues: Queue[] = [];
  #progress = 0;
  #progressAt: number;
  #executing = 0;
  #seatsInUse = 0;
  #waiting = 0;
  #seatsWaiting = 0;
  /** Queues with requests that wait or run. */
  #active = 0;
  #arrivals = 0;
  /** The queue that was served last: of equals, the next one after it is served. */
  #robin = 0;

  /** `now` gives seconds; only differences count. */
  constructor(now: () => number, limits: Limits) {
    this.#now = now;
    this.#progressAt = now();
    this.configure(limits);
  }

  get executing(): number {
    return this.#executing;
  }

  get seatsInUse(): number {
    return this.#seatsInUse;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get seatsWaiting(): number {
    return this.#seatsWaiting;
  }

  get idle(): boolean {
    return this.#executing === 0 && this.#waiting === 0;
  }

  /** Takes other limits. Who waits already goes on waiting, even in queues that take no more. */
  configure(limits: Limits): void {
    this.#sync();
    this.#limits = limits;
    const wanted = limits.queuing?.queues ?? 0;
    while (this.#queues.length < wanted) {
      this.#queues.push({ waiting: [], executing: 0, seatsInUse: 0, seatsWaiting: 0, nextStart: 0 });
    }
    this.#dispatch();
  }

  /**
   * Decides about a new request, or lets it wait: `decide` is called once, at once or later. `flow` is the hash of the flow that
   * it belongs to. Its end must be told by `finish`, or by `abandon` while it waits.
   */
  arrive(flow: bigint, seats: number, decide: (decision: Decision) => void): Ticket | undefined {
    this.#sync();
    const { queuing } = this.#limits;
    if (!queuing) {
      if (!this.#fits(seats)) {
        decide('concurrency-limit');
        return undefined;
      }
      const ticket = this.#ticket(seats, undefined, decide);
      this.#start(ticket);
      return ticket;
    }
    const queue = this.#shortest(flow, queuing);
    if (this.#seatsInUse >= this.#limits.seats && queue.waiting.length >= queuing.queueLengthLimit) {
      decide('queue-full');
      return undefined;
    }
    const ticket = this.#ticket(seats, queue, decide);
    this.#enqueue(ticket, queue);
    this.#dispatch();
    return ticket;
  }

  /** A request has been answered: its seats are free. */
  finish(ticket: Ticket): void {
    if (ticket.state !== 'executing') throw new Error(`a request that is ${ticket.state} cannot finish`);
    this.#sync();
    ticket.state = 'done';
    this.#executing -= 1;
    this.#seatsInUse -= ticket.seats;
    const { queue } = ticket;
    if (queue) {
      queue.executing -= 1;
      queue.seatsInUse -= ticket.seats;
      const seconds = this.#now() - ticket.startedAt;
      queue.nextStart -= ticket.seats * (estimatedServiceSeconds - seconds);
      this.#afterChange(queue);
    }
    this.#dispatch();
  }

  /** A request that waits gives up: its client is gone, or has waited for too long. Nothing if it waits no longer. */
  abandon(ticket: Ticket, why: Refusal): void {
    const { queue } = ticket;
    if (ticket.state !== 'waiting' || !queue) return;
    this.#sync();
    queue.waiting.splice(queue.waiting.indexOf(ticket), 1);
    this.#noLongerWaiting(ticket, queue);
    ticket.state = 'done';
    this.#afterChange(queue);
    ticket.decide(why);
    this.#dispatch();
  }

  #ticket(seats: number, queue: Queue | undefined, decide: Ticket['decide']): Ticket {
    return { seats, state: 'waiting', queue, arrival: this.#progress, startedAt: 0, decide };
  }

  /** Of the flow's hand the queue with the least work, beginning with another card each time. */
  #shortest(flow: bigint, { queues, handSize }: Queuing): Queue {
    const hand = this.#hand(flow, queues, handSize);
    const offset = this.#arrivals++ % handSize;
    let best = this.#queues[hand[offset]!]!;
    for (let i = 1; i < handSize; i++) {
      const queue = this.#queues[hand[(offset + i) % handSize]!]!;
      if (queue.seatsWaiting < best.seatsWaiting) best = queue;
    }
    return best;
  }

  /** Few flows make most requests. */
  readonly #hands = new Map<bigint, { queues: number; cards: number[] }>();

  #hand(flow: bigint, queues: number, handSize: number): number[] {
    const known = this.#hands.get(flow);
    if (known?.queues === queues && known.cards.length === handSize) return known.cards;
    if (this.#hands.size >= maxKnownHands) this.#hands.clear();
    const cards = deal(flow, queues, handSize);
    this.#hands.set(flow, { queues, cards });
    return cards;
  }

  #enqueue(ticket: Ticket, queue: Queue): void {
    if (queue.waiting.length === 0 && queue.executing === 0) {
      queue.nextStart = this.#progress;
      this.#active += 1;
    }
    queue.waiting.push(ticket);
    queue.seatsWaiting += ticket.seats;
    this.#waiting += 1;
    this.#seatsWaiting += ticket.seats;
    this.#bound(queue);
  }

  #noLongerWaiting(ticket: Ticket, queue: Queue): void {
    queue.seatsWaiting -= ticket.seats;
    this.#waiting -= 1;
    this.#seatsWaiting -= ticket.seats;
  }

  /** Starts what may start now. */
  #dispatch(): void {
    while (this.#waiting > 0 && this.#seatsInUse < this.#limits.seats) {
      const index = this.#next();
      const queue = this.#queues[index]!;
      const ticket = queue.waiting[0]!;
      // It is this one's turn: a smaller one must not overtake it for ever.
      if (!this.#fits(ticket.seats)) return;
      this.#robin = index;
      queue.waiting.shift();
      this.#noLongerWaiting(ticket, queue);
      queue.executing += 1;
      queue.seatsInUse += ticket.seats;
      queue.nextStart += workOf(ticket);
      this.#bound(queue);
      this.#start(ticket);
    }
  }

  /** Index of the queue whose oldest request would end first. */
  #next(): number {
    const count = this.#queues.length;
    let best = -1;
    let bestEnd = Number.POSITIVE_INFINITY;
    for (let i = 1; i <= count; i++) {
      const index = (this.#robin + i) % count;
      const queue = this.#queues[index]!;
      const oldest = queue.waiting[0];
      if (!oldest) continue;
      const end = queue.nextStart + workOf(oldest);
      if (end < bestEnd) {
        best = index;
        bestEnd = end;
      }
    }
    return best;
  }

  #start(ticket: Ticket): void {
    ticket.state = 'executing';
    ticket.startedAt = this.#now();
    this.#executing += 1;
    this.#seatsInUse += ticket.seats;
    ticket.decide('execute');
  }

  /** A request that is wider than the whole level runs alone. */
  #fits(seats: number): boolean {
    if (seats > this.#limits.seats) return this.#executing === 0;
    return this.#seatsInUse + seats <= this.#limits.seats;
  }

  #afterChange(queue: Queue): void {
    if (queue.waiting.length === 0 && queue.executing === 0) this.#active -= 1;
    this.#bound(queue);
  }

  /** A queue that did not use its part earlier does not get it later: nothing starts before it has arrived. */
  #bound(queue: Queue): void {
    const oldest = queue.waiting[0];
    if (oldest && queue.nextStart < oldest.arrival) queue.nextStart = oldest.arrival;
  }

  /** Brings `progress` to the present. Comes before every change, because its rate depends on the queues. */
  #sync(): void {
    const now = this.#now();
    const elapsed = now - this.#progressAt;
    this.#progressAt = now;
    if (this.#active === 0) return;
    const demand = Math.min(this.#seatsInUse + this.#seatsWaiting, this.#limits.seats);
    this.#progress += (demand / this.#active) * elapsed;
  }
}

const maxKnownHands = 5000;
