import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { podInfo } from './node-info.ts';
import type { Plugin } from './plugin.ts';
import { SchedulingQueue } from './queue.ts';

const pod = (name: string, priority?: number) =>
  podInfo({
    metadata: { name, namespace: 'default' },
    spec: { containers: [], ...(priority !== undefined && { priority }) },
  });
const fits: Plugin = { name: 'Fit', retryOn: ['pod-delete', 'node-add'] };
const taints: Plugin = { name: 'Taints', retryOn: ['node-taint'] };

let queue: SchedulingQueue;
beforeEach(() => {
  vi.useFakeTimers();
  queue = new SchedulingQueue();
});
afterEach(() => {
  queue.close();
  vi.useRealTimers();
});

/** Takes the next pod and lets the plugin refuse it. */
async function refuseNext(...by: Plugin[]): Promise<void> {
  queue.refused((await queue.next())!, new Set(by));
}

describe('order', () => {
  test('higher priorities first, then first come, first served', async () => {
    for (const [name, priority] of [['a'], ['b', 10], ['c'], ['d', 10]] as const) queue.add(pod(name, priority));
    const names = [];
    for (let i = 0; i < 4; i++) names.push((await queue.next())!.pod.metadata.name);
    expect(names).toEqual(['b', 'd', 'a', 'c']);
  });
});

describe('a refused pod', () => {
  beforeEach(() => queue.add(pod('a')));

  test('rests until something happens that its refuser waits for, and its backoff is over', async () => {
    await refuseNext(fits);
    queue.moveOn('node-taint');
    expect(queue.lengths).toEqual({ active: 0, backoff: 0, unschedulable: 1 });
    queue.moveOn('pod-delete');
    expect(queue.lengths).toEqual({ active: 0, backoff: 1, unschedulable: 0 });
    vi.advanceTimersByTime(1000);
    expect(queue.lengths).toEqual({ active: 1, backoff: 0, unschedulable: 0 });
  });

  test('goes on at once when it has rested longer than its backoff', async () => {
    await refuseNext(taints);
    vi.advanceTimersByTime(1000);
    queue.moveOn('node-taint');
    expect(queue.lengths.active).toBe(1);
  });

  test('backs off twice as long each time, up to ten seconds', async () => {
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      await refuseNext(fits);
      queue.moveOn('node-add');
      vi.advanceTimersByTime(seconds * 1000 - 1);
      expect(queue.lengths.backoff).toBe(1);
      vi.advanceTimersByTime(1);
      expect(queue.lengths.active).toBe(1);
    }
  });

  test('is tried again after five minutes even when nothing happens', async () => {
    await refuseNext(fits);
    vi.advanceTimersByTime(5 * 60_000 - 1);
    queue.moveStale();
    expect(queue.lengths.unschedulable).toBe(1);
    vi.advanceTimersByTime(1);
    queue.moveStale();
    expect(queue.lengths.active).toBe(1);
  });

  test('that changes is tried at once', async () => {
    await refuseNext(fits);
    queue.add(pod('a', 1));
    expect(queue.lengths).toEqual({ active: 1, backoff: 0, unschedulable: 0 });
  });
});

test('what was deleted while it was being scheduled does not come back', async () => {
  queue.add(pod('a'));
  const info = (await queue.next())!;
  queue.delete(info.key);
  queue.failed(info);
  expect(queue.lengths).toEqual({ active: 0, backoff: 0, unschedulable: 0 });
});

test('close ends those who wait', async () => {
  const next = queue.next();
  queue.close();
  expect(await next).toBeUndefined();
});
