import { expect, test } from 'vitest';
import { NamespaceQueues } from './namespace-queues.ts';

test('one at a time in a namespace, in order, whatever becomes of those before; namespaces do not wait for each other', async () => {
  const told: string[] = [];
  const queues = new NamespaceQueues(() => ({}));
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const first = queues.run('a', async () => {
    told.push('a1');
    await held;
    throw new Error('no');
  });
  const second = queues.run('a', async () => told.push('a2'));
  await queues.run('b', async () => told.push('b1'));
  expect(told).toEqual(['a1', 'b1']);
  release();
  await expect(first).rejects.toThrow('no');
  await second;
  expect(told).toEqual(['a1', 'b1', 'a2']);
});

test('what a queue shares lasts as long as somebody is in it', async () => {
  let made = 0;
  const queues = new NamespaceQueues(() => ({ number: ++made }));
  const numbers = await Promise.all([1, 2].map(() => queues.run('a', async ({ number }) => number)));
  expect(numbers).toEqual([1, 1]);
  expect(await queues.run('a', async ({ number }) => number)).toBe(2);
});
