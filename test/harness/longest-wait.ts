/** Whether others are answered while a server is under attack. */

/**
 * How long one request may keep others waiting, in milliseconds: half of what the worst of the attacks did, and far more than they
 * do, for a machine that is slow and busy with other tests.
 */
export const soonMs = 60_000;

/** Asks again and again while the work goes on, at least once; how long the longest answer took, in milliseconds. `ask` says what must be answered. */
export async function longestWait(work: Promise<unknown>, ask: () => Promise<void>): Promise<number> {
  let ended = false;
  let longest = 0;
  const over = work.finally(() => {
    ended = true;
  });
  while (!ended) {
    const began = performance.now();
    await ask();
    longest = Math.max(longest, performance.now() - began);
  }
  await over;
  return longest;
}
