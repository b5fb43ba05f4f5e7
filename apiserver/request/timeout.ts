/**
 * How long a request may take: as long as the server allows, or less if its `timeout` parameter says so.
 *
 * Upstream: apiserver/pkg/endpoints/filters/request_deadline.go, whose refusal carries the text of Go's time.ParseDuration
 */
import { badRequest } from '../../api/errors.ts';

const unitMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds. Throws a 400 for a parameter that is no duration; zero asks for no limit of its own. */
export function timeoutOf(query: URLSearchParams, maxMs: number): number {
  const text = query.get('timeout');
  if (!text) return maxMs;
  const asked = goDuration(text);
  return asked > 0 ? Math.min(asked, maxMs) : maxMs;
}

function goDuration(text: string): number {
  const [, sign, amount = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (amount === '0') return 0;
  let total = 0;
  let rest = amount;
  while (rest !== '' || total === 0) {
    const [whole = '', number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/s.exec(rest) ?? [];
    if (number === '') throw refusal('invalid duration', text);
    if (unit === '') throw refusal('missing unit in duration', text);
    const ms = Object.hasOwn(unitMs, unit) ? unitMs[unit]! : undefined;
    if (ms === undefined) throw refusal(`unknown unit ${JSON.stringify(unit)} in duration`, text);
    total += Number(number) * ms;
    rest = rest.slice(whole.length);
    if (rest === '') break;
  }
  return sign === '-' ? -total : total;
}

const refusal = (what: string, text: string): Error =>
  badRequest(`invalid timeout specified in the request URL - time: ${what} ${JSON.stringify(text)}`);
