import { register } from 'prom-client';
import { expect, test } from 'vitest';
import { silentLogger } from '../../client/component/log.ts';
import { Buffered, type BufferOptions } from './buffered.ts';

const options: BufferOptions = {
  bufferSize: 100,
  maxBatchSize: 10,
  maxBatchWaitMs: 60_000,
  throttleQps: undefined,
  throttleBurst: 0,
};

/** A buffer, the batches that it has sent, and a way to keep it from sending. */
function buffered(more: Partial<BufferOptions> = {}) {
  const batches: (readonly string[])[] = [];
  let sent: () => void = () => undefined;
  const gate = { open: Promise.resolve() };
  const buffer = new Buffered(
    { ...options, ...more },
    'test',
    async (events) => {
      await gate.open;
      batches.push(events);
      sent();
    },
    silentLogger(),
  );
  const nextBatch = (): Promise<void> =>
    new Promise((resolve) => {
      sent = resolve;
    });
  return { buffer, batches, gate, nextBatch };
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i));

test('what waits is sent when there is enough of it, in order', async () => {
  const { buffer, batches, nextBatch } = buffered();
  const sent = nextBatch();
  for (const event of numbers(9)) buffer.add(event);
  expect(batches).toEqual([]);
  buffer.add('9');
  await sent;
  expect(batches).toEqual([numbers(10)]);
});

test('or when it has waited long enough', async () => {
  const { buffer, batches, nextBatch } = buffered({ maxBatchWaitMs: 5 });
  const sent = nextBatch();
  buffer.add('a');
  await sent;
  expect(batches).toEqual([['a']]);
});

test('closing sends the rest, in batches', async () => {
  const { buffer, batches } = buffered();
  for (const event of numbers(25)) buffer.add(event);
  await buffer.close();
  expect(batches).toEqual([numbers(10), numbers(10, 10), numbers(5, 20)]);
});

test('what comes while too much is waiting is dropped and counted', async () => {
  const { buffer, batches, gate } = buffered({ bufferSize: 20 });
  let open: () => void = () => undefined;
  gate.open = new Promise((resolve) => {
    open = resolve;
  });
  const before = await dropped();
  for (const event of numbers(30)) buffer.add(event);
  expect((await dropped()) - before).toBe(10);
  open();
  await buffer.close();
  expect(batches.flat()).toEqual(numbers(20));
});

async function dropped(): Promise<number> {
  const { values } = (await register.getSingleMetric('apiserver_audit_error_total')!.get()) as {
    values: { labels: { plugin?: string }; value: number }[];
  };
  return values.find(({ labels }) => labels.plugin === 'test')?.value ?? 0;
}

test('no more batches a second than allowed', async () => {
  const { buffer, batches } = buffered({ maxBatchSize: 1, throttleQps: 100, throttleBurst: 2 });
  const began = performance.now();
  for (const event of numbers(8)) buffer.add(event);
  while (batches.length < 8) await new Promise((resolve) => setTimeout(resolve, 1));
  // Two at once, and six more at ten milliseconds each.
  expect(performance.now() - began).toBeGreaterThan(50);
});
