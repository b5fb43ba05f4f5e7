/** Times with microseconds, as audit events have them. */

/** Beyond it, the wall clock has been set. */
const toleranceMs = 5;

let offset = performance.timeOrigin;

/** Now, in milliseconds with a fraction: the wall clock, made finer by the monotonic one. */
export function now(): number {
  const wall = Date.now();
  const precise = offset + performance.now();
  if (Math.abs(precise - wall) < toleranceMs) return precise;
  offset = wall - performance.now();
  return wall;
}

/** `2026-11-21T11:28:56.123456Z`. */
export function microTime(ms: number): string {
  const micros = Math.floor(ms * 1000);
  const date = new Date(Math.floor(micros / 1000)).toISOString();
  return `${date.slice(0, -1)}${String(micros % 1000).padStart(3, '0')}Z`;
}
