/**
 * Which of the offered forms a client likes best, by its `Accept` and `Accept-Encoding`.
 * Upstream: github.com/munnerz/goautoneg, github.com/NYTimes/gziphandler
 */
import { parseClause } from '../request/negotiate.ts';

/** The clauses of a header, best first; of equal ones the client's first. Those with `q=0` are refused. */
function clauses(header: string): { type: string; q: number }[] {
  return header
    .split(',')
    .map(parseClause)
    .map(({ type, parameters }) => ({ type, q: Number(parameters['q'] ?? 1) }))
    .sort((a, b) => b.q - a.q);
}

/** The media type to answer in; undefined when none of the offered is acceptable. Without a header anything is. */
export function chooseMediaType(accept: string | undefined, offered: readonly string[]): string | undefined {
  for (const { type, q } of clauses(accept || '*/*')) {
    if (!(q > 0)) continue;
    const found = offered.find((offer) => type === offer || type === '*/*' || type === `${offer.split('/')[0]}/*`);
    if (found) return found;
  }
  return undefined;
}

/** Whether an answer may be compressed. */
export const acceptsGzip = (acceptEncoding: string | undefined): boolean =>
  clauses(acceptEncoding ?? '').some(({ type, q }) => type === 'gzip' && q > 0);
