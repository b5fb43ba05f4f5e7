import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../test/harness/random.ts';
import { type Decision, type Limits, QueueSet, type Ticket } from './queue-set.ts';
import { deal, flowHash } from './shuffle-shard.ts';

/** A set whose clock stands still until it is told. */
function setOf(limits: Limits) {
  const clock = { now: 0 };
  const set = new QueueSet(() => clock.now, limits);
  const arrive = (flow: bigint, seats = 1) => {
    const seen: { decision?: Decision; ticket?: Ticket | undefined } = {};
    seen.ticket = set.arrive(flow, seats, (decision) => {
      seen.decision = decision;
    });
    return seen;
  };
  return { clock, set, arrive };
}

const queuing = { queues: 8, handSize: 1, queueLengthLimit: 3 };

describe('without queues', () => {
  test('who finds no seat is refused', () => {
    const { set, arrive } = setOf({ seats: 2, queuing: undefined });
    const first = arrive(0n);
    expect([first.decision, arrive(0n).decision, arrive(0n).decision]).toEqual([
      'execute',
      'execute',
      'concurrency-limit',
    ]);
    set.finish(first.ticket!);
    expect(arrive(0n).decision).toBe('execute');
  });
});

describe('with queues', () => {
  test('waits for a seat, and is refused when its queue is full', () => {
    const { set, arrive } = setOf({ seats: 1, queuing });
    const all = [0, 1, 2, 3, 4].map(() => arrive(0n));
    expect(all.map(({ decision }) => decision)).toEqual(['execute', undefined, undefined, undefined, 'queue-full']);
    expect([set.executing, set.waiting]).toEqual([1, 3]);
    set.finish(all[0]!.ticket!);
    expect(all[1]!.decision).toBe('execute');
    expect([set.executing, set.waiting]).toEqual([1, 2]);
  });

  test('a lone request goes before the many of another flow', () => {
    const { clock, set, arrive } = setOf({ seats: 1, queuing });
    const many = [arrive(0n), arrive(0n), arrive(0n), arrive(0n)];
    clock.now = 0.5;
    const lone = arrive(1n);
    clock.now = 1;
    set.finish(many[0]!.ticket!);
    expect([lone.decision, many[1]!.decision]).toEqual(['execute', undefined]);
  });

  test('a wide request waits for as many seats, and nobody overtakes it', () => {
    const { set, arrive } = setOf({ seats: 2, queuing });
    const running = [arrive(0n), arrive(1n)];
    const wide = arrive(2n, 2);
    set.finish(running[0]!.ticket!);
    expect(wide.decision).toBeUndefined();
    set.finish(running[1]!.ticket!);
    expect(wide.decision).toBe('execute');
  });

  test('one that is wider than everything runs alone', () => {
    const { set, arrive } = setOf({ seats: 2, queuing });
    const wide = arrive(0n, 5);
    expect(wide.decision).toBe('execute');
    const next = arrive(1n);
    expect(next.decision).toBeUndefined();
    set.finish(wide.ticket!);
    expect(next.decision).toBe('execute');
  });

  test('one that gives up leaves its place, once', () => {
    const { set, arrive } = setOf({ seats: 1, queuing });
    const [running, leaving, last] = [arrive(0n), arrive(0n), arrive(0n)];
    set.abandon(leaving.ticket!, 'time-out');
    set.abandon(leaving.ticket!, 'cancelled');
    expect([leaving.decision, set.waiting]).toEqual(['time-out', 1]);
    set.finish(running.ticket!);
    expect(last.decision).toBe('execute');
    expect(() => set.finish(leaving.ticket!)).toThrow('a request that is done cannot finish');
  });

  test('more seats start who waits; fewer queues still serve who is in them', () => {
    const { set, arrive } = setOf({ seats: 1, queuing });
    const all = [arrive(0n), arrive(7n), arrive(7n)];
    set.configure({ seats: 3, queuing: { ...queuing, queues: 2 } });
    expect(all.map(({ decision }) => decision)).toEqual(['execute', 'execute', 'execute']);
    set.configure({ seats: 3, queuing: undefined });
    for (const { ticket } of all) set.finish(ticket!);
    expect(set.idle).toBe(true);
  });
});

interface Client {
  flow: bigint;
  /** Requests that it keeps under way. */
  inFlight: number;
  serviceSeconds: number;
  served: number;
  waits: number[];
}

/** Lets clients keep their requests under way for a time, each request taking what its client's take. */
function simulate(limits: Limits, clients: Client[], untilSeconds: number): void {
  const { clock, set } = setOf(limits);
  const ends: { at: number; ticket: Ticket; client: Client }[] = [];
  const send = (client: Client): void => {
    const since = clock.now;
    let ticket: Ticket | undefined;
    const started = (): void => {
      client.waits.push(clock.now - since);
      queueMicrotaskLike(() => ends.push({ at: clock.now + client.serviceSeconds, ticket: ticket!, client }));
    };
    ticket = set.arrive(client.flow, 1, (decision) => {
      if (decision === 'execute') started();
    });
    flush();
  };
  // What a decision starts needs its ticket, which the caller has only when `arrive` has returned.
  let later: (() => void)[] = [];
  const queueMicrotaskLike = (work: () => void): void => void later.push(work);
  const flush = (): void => {
    for (const work of later) work();
    later = [];
  };
  for (const client of clients) for (let i = 0; i < client.inFlight; i++) send(client);
  while (ends.length > 0) {
    ends.sort((a, b) => b.at - a.at);
    const { at, ticket, client } = ends.pop()!;
    if (at > untilSeconds) return;
    clock.now = at;
    set.finish(ticket);
    flush();
    client.served += client.serviceSeconds;
    send(client);
  }
}

describe('fairness, over random loads', () => {
  const limits: Limits = { seats: 4, queuing: { queues: 64, handSize: 4, queueLengthLimit: 1000 } };

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('seed %i', (seed) => {
    const random = randomFrom(seed);
    // Flows whose hands do not meet: sharing a queue is a matter of chance, and of the cards' own test.
    const taken = new Set<number>();
    const clients: Client[] = [];
    for (let i = 0; clients.length < 6; i++) {
      const flow = flowHash(`schema-${seed}`, `user-${i}`);
      const { queues, handSize } = limits.queuing!;
      const hand = deal(flow, queues, handSize);
      if (hand.some((card) => taken.has(card))) continue;
      for (const card of hand) taken.add(card);
      const greedy = clients.length % 2 === 0;
      clients.push({
        flow,
        // As many queues as a hand has, so that every client keeps all of its own busy; some with much more.
        inFlight: greedy ? 100 + random(200) : 8,
        serviceSeconds: 0.001 + random(20) / 1000,
        served: 0,
        waits: [],
      });
    }
    simulate(limits, clients, 60);
    const fair = (limits.seats * 60) / clients.length;
    for (const { served } of clients) expect(Math.abs(served - fair) / fair).toBeLessThan(0.1);
  });

  test('one request at a time beside 500: it hardly waits', () => {
    const client = (flow: bigint, inFlight: number): Client => ({
      flow,
      inFlight,
      serviceSeconds: 0.01,
      served: 0,
      waits: [],
    });
    const greedy = client(1n, 500);
    const modest = client(2_000_000n, 1);
    simulate(limits, [greedy, modest], 30);
    expect(modest.waits.length).toBeGreaterThan(500);
    expect(Math.max(...modest.waits)).toBeLessThan(0.05);
  });
});
