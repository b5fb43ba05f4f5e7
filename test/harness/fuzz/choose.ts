/** Choices that a fuzzer makes, by a random source that a seed repeats. */
import type { Random } from '../random.ts';

export const oneOf = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

/** True once in `n` times. */
export const once = (random: Random, n: number): boolean => random(n) === 0;

export const randomBytes = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random(256)));
