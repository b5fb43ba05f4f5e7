import { expect, test } from 'vitest';
import { WorkQueue } from './work-queue.ts';

test('fair and stingy: first added comes first, and a key waits once', async () => {
  const queue = new WorkQueue();
  for (const key of ['a', 'b', 'a', 'c']) queue.add(key);
  expect([await queue.next(), await queue.next(), await queue.next()]).toEqual(['a', 'b', 'c']);
  expect(queue.length).toBe(0);
});

test('a key added while a worker has it is handed out again only once it is done', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  await queue.next();
  queue.add('a');
  expect(queue.length).toBe(0);
  queue.done('a');
  expect(queue.length).toBe(1);
  expect(await queue.next()).toBe('a');
});

test('a waiting consumer is woken by a producer', async () => {
  const queue = new WorkQueue();
  const next = queue.next();
  queue.add('a');
  expect(await next).toBe('a');
});

test('shutdown hands out what is queued, then ends every consumer', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  queue.addAfter('late', 60_000);
  queue.shutDown();
  queue.add('refused');
  expect(await queue.next()).toBe('a');
  expect(await queue.next()).toBeUndefined();
});

test('of two delays the earlier stands', async () => {
  const queue = new WorkQueue();
  queue.addAfter('a', 60_000);
  queue.addAfter('a', 1);
  expect(await queue.next()).toBe('a');
  queue.shutDown();
});

test('failures double the delay until forgotten', async () => {
  const queue = new WorkQueue({ baseMs: 1, maxMs: 4 });
  for (let i = 0; i < 5; i++) {
    queue.addRateLimited('a');
    expect(await queue.next()).toBe('a');
    queue.done('a');
  }
  queue.forget('a');
  queue.addRateLimited('a');
  expect(await queue.next()).toBe('a');
});
