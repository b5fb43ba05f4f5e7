import { expect, test } from 'vitest';
import { slowStart } from './slow-start.ts';

test('batches double', async () => {
  const batches: number[] = [];
  let size = 0;
  await slowStart(10, async () => {
    size += 1;
    // Calls of one batch all begin before any of them goes on.
    const mine = size;
    await null;
    if (mine === size) {
      batches.push(size);
      size = 0;
    }
  });
  expect(batches).toEqual([1, 2, 4, 3]);
});

test('a failure stops after its batch and tells how many calls were not made', async () => {
  let calls = 0;
  const outcome = await slowStart(100, async () => {
    calls += 1;
    if (calls === 2) throw new Error('quota');
  });
  expect({ calls, ...outcome, error: String(outcome.error) }).toEqual({
    calls: 3,
    skipped: 97,
    error: 'Error: quota',
  });
});
