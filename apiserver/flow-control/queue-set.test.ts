import { describe, expect, test } from 'vitest';
import { type Decision, type Limits, QueueSet, type Ticket } from './queue-set.ts';

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
