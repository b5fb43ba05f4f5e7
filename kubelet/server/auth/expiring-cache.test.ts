import { expect, test } from 'vitest';
import { ExpiringCache } from './expiring-cache.ts';

test('it holds no more than so many answers', async () => {
  const cache = new ExpiringCache<number>(() => 0);
  for (let i = 0; i < 10_000; i++)
    await cache.get(
      String(i),
      async () => i,
      () => 1000,
    );
  expect(cache.size).toBe(8192);
  let asked = 0;
  const again = async (): Promise<number> => ++asked;
  await cache.get('9999', again, () => 1000);
  expect(asked).toBe(0);
  await cache.get('0', again, () => 1000);
  expect(asked).toBe(1);
});
