/** Random choices that a seed repeats. */

/** A whole number of at least 0 and below `below`. */
export type Random = (below: number) => number;

/** A small generator with a seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** The seed to use: `SEED=n` of the environment, or a new one. Print it, so that a failure can be repeated. */
export const newSeed = (): number => Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
