/** A flag's duration as Go reads it: `10m`, `1h30m`, `-5s`. Upstream: Go's time.ParseDuration */
import { parseDuration } from '../client/component/flags.ts';

/** In milliseconds. Throws what Go says. */
export function parseGoDuration(text: string): number {
  const [, sign = '', amount = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const milliseconds = parseDuration(amount);
  if (milliseconds !== undefined) return sign === '-' ? -milliseconds : milliseconds;
  if (/^\d+(\.\d+)?$/.test(amount)) throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
  throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
}
