import { expect, test } from 'vitest';
import { ConsistentReads } from './consistent.ts';
import { Progress } from './progress.ts';

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a read waits for the caches; readers of the same turn share one question', async () => {
  const progress = new Progress(() => undefined);
  progress.restart(5);
  const asked: ((revision: number) => void)[] = [];
  const reads = new ConsistentReads({ currentRevision: () => new Promise((answer) => asked.push(answer)) }, progress);
  const first = [reads.fresh(), reads.fresh()];
  await endOfTurn();
  expect(asked).toHaveLength(1);
  // These arrive while the question is under way, whose answer may be older than they are.
  const later = [reads.fresh(), reads.fresh(), reads.fresh()];
  asked[0]!(5);
  await Promise.all(first);
  await endOfTurn();
  expect(asked).toHaveLength(2);
  asked[1]!(7);
  let done = false;
  const all = Promise.all(later).then(() => {
    done = true;
  });
  progress.reach(6);
  await endOfTurn();
  expect(done).toBe(false);
  progress.reach(8);
  await all;
  expect(asked).toHaveLength(2);
});

test('a store that fails fails its readers, and only them', async () => {
  const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve(3)];
  const progress = new Progress(() => undefined);
  progress.restart(3);
  const reads = new ConsistentReads({ currentRevision: () => answers.shift()!() }, progress);
  await expect(reads.fresh()).rejects.toThrow('away');
  await reads.fresh();
});

test('a wait that takes long makes an event happen', async () => {
  let asked = 0;
  const progress: Progress = new Progress(() => {
    asked += 1;
    if (asked === 2) progress.reach(10);
  });
  expect(await progress.wait(10, 5000)).toBe(true);
  expect(asked).toBe(2);
  expect(await progress.wait(11, 1)).toBe(false);
});
