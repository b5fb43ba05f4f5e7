/**
 * Shuffle sharding: which few of the many queues a flow may use. Two flows rarely get the same hand, so a greedy flow that
 * fills its own queues leaves almost every other flow at least one queue that it has not filled.
 *
 * Upstream: apiserver/pkg/util/shufflesharding/dealer.go, util/flowcontrol/apf_controller.go hashFlowID
 */
import { createHash } from 'node:crypto';

/** The 64 bits that stand for a flow: the same flow is dealt the same hand by every server. */
export function flowHash(flowSchema: string, distinguisher: string): bigint {
  return createHash('sha256').update(`${flowSchema}\0${distinguisher}`).digest().readBigUInt64LE(0);
}

/**
 * Draws `handSize` different cards of a deck of `deckSize`, by the hash alone.
 *
 * The hash is read as a number whose digits have the bases n, n-1, n-2, ...: the i-th digit says which of the cards that
 * are still in the deck is drawn i-th.
 */
export function deal(hash: bigint, deckSize: number, handSize: number): number[] {
  const digits: number[] = [];
  let rest = hash;
  for (let i = 0; i < handSize; i++) {
    const base = BigInt(deckSize - i);
    digits.push(Number(rest % base));
    rest /= base;
  }
  return digits.map((digit, i) => {
    let card = digit;
    // From a place among the cards that were left to its place in the whole deck.
    for (let j = i; j > 0; j--) if (card >= digits[j - 1]!) card++;
    return card;
  });
}
