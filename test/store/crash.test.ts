/**
 * The store is killed over and over, at random moments, while a writer in a process of its own keeps many operations in
 * flight. After each start everything is checked: see `crash-history.ts` for what must hold.
 *
 * `SEED=n` repeats the choices (the moments only as far as timing allows); `CRASHES=n` asks for more kills than the 200 of
 * the quick form.
 */
import { describe, test } from 'vitest';
import { newSeed } from '../harness/random.ts';
import { CrashRun, type Lane } from './crash-run.ts';

const crashes = Number(process.env['CRASHES'] ?? 200);
const seed = newSeed();

describe(`crashes of seed ${seed}`, () => {
  const half = Math.ceil(crashes / 2);
  console.log(`crashes from seed ${seed}: SEED=${seed} CRASHES=${crashes} repeats them`);
  const lanes: [string, Lane][] = [
    ['small values, the whole history kept', { seed, crashes: half, maxBytes: 1_000, compacting: false }],
    ['large values, compacted', { seed: seed + 1, crashes: crashes - half, maxBytes: 60_000, compacting: true }],
  ];
  test.concurrent.each(lanes)('%s', { timeout: crashes * 3_000 }, async (_name, lane) => {
    const run = new CrashRun(lane);
    await run.start();
    try {
      await run.crashAll();
      await run.finish();
    } catch (error) {
      throw new Error(`seed ${seed}: after ${run.kills} kills, data in ${run.store.dataDir}`, { cause: error });
    } finally {
      await run.end();
    }
    console.log(
      `${run.kills} kills, ${run.history.acknowledged} acknowledged operations, ${run.history.watched} revisions`,
    );
    await run.store.remove();
  });
});
