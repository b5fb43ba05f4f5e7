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
import { describeFailure, etcd, replay, store } from './history/replay.ts';
import { shrink } from './history/shrink.ts';
import type { Step } from './history/steps.ts';

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent) console.log('etcd is not installed (Debian: etcd-server): the store is compared with the model only');
const subjects = etcdPresent ? [store(24792), etcd(24790)] : [store(24792)];

const count = Number(process.env['HISTORIES'] ?? 8);
const length = Number(process.env['LENGTH'] ?? 250);

async function expectAgreement(steps: Step[], name: string): Promise<void> {
  const failure = await replay(steps, subjects);
  if (failure) expect.fail(`${name}: ${describeFailure(await shrink(failure))}`);
}

describe('the model, our store and etcd agree', () => {
  const first = newSeed();
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  console.log(`histories of ${length} steps with seeds from ${first}: SEED=${first} HISTORIES=${count} repeats them`);

  test.each(seeds)('history %i', { timeout: 120_000 }, (seed) =>
    expectAgreement(generateHistory(seed, length), `SEED=${seed} HISTORIES=1 LENGTH=${length}`),
  );
});
