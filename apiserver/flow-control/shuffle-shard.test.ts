import { describe, expect, test } from 'vitest';
import { deal, flowHash } from './shuffle-shard.ts';

describe('a hand', () => {
  test.each<[bigint, number, number, number[]]>([
    [0n, 5, 3, [0, 1, 2]],
    // 4 is digit 4 of base 5; then 0 of base 4, 0 of base 3.
    [4n, 5, 3, [4, 0, 1]],
    // Digits 1, 1, 1: the second of five, of the four left, of the three left.
    [1n + 5n * (1n + 4n * 1n), 5, 3, [1, 2, 3]],
    [(1n << 64n) - 1n, 1, 1, [0]],
  ])('%s of %s cards, %s drawn', (hash, deck, hand, cards) => expect(deal(hash, deck, hand)).toEqual(cards));

  test('has different cards, all of the deck, and every card is as likely as any other', () => {
    const drawn = new Array<number>(16).fill(0);
    for (let i = 0; i < 2000; i++) {
      const cards = deal(flowHash('schema', `user-${i}`), 16, 4);
      expect(new Set(cards).size).toBe(4);
      for (const card of cards) drawn[card]! += 1;
    }
    for (const count of drawn) expect(Math.abs(count - 500)).toBeLessThan(100);
  });
});

test('the hash tells a schema from a distinguisher, and stays', () => {
  expect(flowHash('a', 'b')).toBe(flowHash('a', 'b'));
  expect(flowHash('a', 'b')).not.toBe(flowHash('ab', ''));
});
