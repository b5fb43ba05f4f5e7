/** Waiting on a condition, never on time alone. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long anything is waited for that must happen, in milliseconds. It bounds a hang and says nothing of speed, so it is
 * long enough for a machine that is slow and busy with other tests, and shorter than a test may take.
 */
export const patienceMs = 120_000;

/**
 * Calls `probe` until it returns something other than undefined, null or false, and returns that. A probe that throws
 * is tried again. Fails with the last error, or with `what`, once `timeoutMs` has passed.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = patienceMs, everyMs = 100 } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) throw new Error(`${what}: not so within ${timeoutMs} ms`, { cause: last });
    await sleep(everyMs);
  }
}
