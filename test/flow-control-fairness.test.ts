/** Fair queuing over random loads: every flow that wants its share gets it, and one that wants little hardly waits. */
import { describe, expect, test } from 'vitest';
import { type Limits, QueueSet, type Ticket } from '../apiserver/flow-control/queue-set.ts';
import { deal, flowHash } from '../apiserver/flow-control/shuffle-shard.ts';
import { randomFrom } from './harness/random.ts';

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
  const clock = { now: 0 };
  const set = new QueueSet(() => clock.now, limits);
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
