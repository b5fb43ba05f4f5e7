import { expect, test } from 'vitest';
import { TokenCache } from './token-cache.ts';

test('believes a token until then', () => {
  const cache = new TokenCache<string>();
  cache.set('t', 'jane', 100);
  expect([cache.get('t', 99), cache.get('T', 99), cache.get('t', 100), cache.get('t', 99)]).toEqual([
    'jane',
    undefined,
    undefined,
    undefined,
  ]);
});

test('forgets the oldest when it is full', () => {
  const cache = new TokenCache<number>();
  for (let i = 0; i < 5000; i++) cache.set(`t${i}`, i, 100);
  expect([cache.get('t0', 0), cache.get('t903', 0), cache.get('t904', 0), cache.get('t4999', 0)]).toEqual([
    undefined,
    undefined,
    904,
    4999,
  ]);
});
