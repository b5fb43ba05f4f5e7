/**
 * Random histories of every operation: the model, our store and real etcd must agree, answer by answer and event by event, also
 * across restarts of our store. Without etcd the store is compared with the model alone.
 *
 * `SEED=n` repeats a history, `HISTORIES=n` runs more of them, `LENGTH=n` makes them longer.
 */
import { describe, expect, test } from 'vitest';
import { newSeed } from '../harness/random.ts';
import { isPresent } from '../harness/run.ts';
import { generateHistory } from './history/generate.ts';
import { describeFailure, etcd, replay, type Subject, store } from './history/replay.ts';
import { shrink } from './history/shrink.ts';

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent) console.log('etcd is not installed (Debian: etcd-server): the store is compared with the model only');
/** Both ways to the store are used in turn. */
const subjectsOf = (seed: number): Subject[] => [
  store(24792, seed % 2 === 0 ? 'auto' : 'plain'),
  ...(etcdPresent ? [etcd(24790)] : []),
];

const count = Number(process.env['HISTORIES'] ?? 16);
const length = Number(process.env['LENGTH'] ?? 250);

describe('the model, our store and etcd agree', () => {
  const first = newSeed();
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  console.log(`histories of ${length} steps with seeds from ${first}: SEED=${first} HISTORIES=${count} repeats them`);

  test.each(seeds)('history %i', async (seed) => {
    const failure = await replay(generateHistory(seed, length), subjectsOf(seed));
    if (failure) {
      expect.fail(`SEED=${seed} HISTORIES=1 LENGTH=${length}: ${describeFailure(await shrink(failure))}`);
    }
  });
});
