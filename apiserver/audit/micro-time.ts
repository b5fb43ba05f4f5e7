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

let second = Number.NaN;
/** The text of that second. */
let text = '';

/** `2026-11-21T11:28:56.123456Z`. Most times asked for are of the second before, or the same. */
export function microTime(ms: number): string {
  const micros = Math.floor(ms * 1000);
  const seconds = Math.floor(micros / 1e6);
  if (seconds !== second) {
    text = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
    second = seconds;
  }
  return `${text}.${String(micros - seconds * 1e6).padStart(6, '0')}Z`;
}
