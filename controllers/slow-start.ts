/**
 * Many alike calls of which the first is likely to fail as all would: one, then two, then four at once, and so on, until
 * one of a batch fails.
 *
 * Upstream: pkg/controller/replicaset/replica_set.go (slowStartBatch)
 */

/** Returns how many calls were not made, and the first error. */
export async function slowStart(
  count: number,
  call: () => Promise<void>,
): Promise<{ skipped: number; error?: unknown }> {
  let remaining = count;
  for (let batch = 1; remaining > 0; batch *= 2) {
    const size = Math.min(batch, remaining);
    const results = await Promise.allSettled(Array.from({ length: size }, () => call()));
    remaining -= size;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) return { skipped: remaining, error: failed.reason };
  }
  return { skipped: 0 };
}
