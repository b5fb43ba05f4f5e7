/** A closed loop: a fixed number of calls in flight, each answer starts the next call. */

export interface Loop {
  inFlight: number;
  /** Ends after this many calls, or */
  count?: number;
  /** when this much time has passed. */
  durationMs?: number;
}

/** Runs the loop until all its calls are answered; how many calls were answered a second. */
export async function closedLoop(
  { inFlight, count = Number.POSITIVE_INFINITY, durationMs = Number.POSITIVE_INFINITY }: Loop,
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  const deadline = start + durationMs;
  let calls = 0;
  const worker = async (): Promise<void> => {
    while (calls < count && performance.now() < deadline) await call(calls++);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, worker));
  return calls / ((performance.now() - start) / 1000);
}
