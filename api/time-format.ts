/**
 * Whether a text is a time of the wire, and if not, why, in the words of Go's time.Parse.
 *
 * Upstream: metav1.Time and metav1.MicroTime UnmarshalJSON, time.Parse. Names the first part that does not fit, as Go does.
 */

/** The parts of RFC 3339 in Go's layout notation, with what each may be. */
const parts: [layout: string, pattern: RegExp, range?: [number, number, string]][] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d{2}/, [1, 12, 'month']],
  ['-', /^-/],
  ['02', /^\d{2}/, [1, 31, 'day']],
  ['T', /^T/],
  ['15', /^\d{2}/, [0, 23, 'hour']],
  [':', /^:/],
  ['04', /^\d{2}/, [0, 59, 'minute']],
  [':', /^:/],
  ['05', /^\d{2}([.,]\d+)?/, [0, 59, 'second']],
  ['Z07:00', /^(Z|[-+]\d{2}:\d{2})/],
];

/** Undefined when the text is RFC 3339; otherwise the error that Kubernetes' decoder gives. */
export function parseTimeError(text: string, micro = false): string | undefined {
  const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
  const failed = (why: string): string => `parsing time ${JSON.stringify(text)}${why}`;
  const cannot = (rest: string, part: string): string =>
    failed(` as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`);
  let rest = text;
  for (const [part, pattern, range] of parts) {
    const match = pattern.exec(rest);
    if (!match) return cannot(rest, part);
    const number = Number.parseInt(match[0], 10);
    if (range && (number < range[0] || number > range[1])) return failed(`: ${range[2]} out of range`);
    if (micro && part === '05' && !/\.\d{6}$/.test(match[0])) return cannot(rest.slice(2), '.000000');
    rest = rest.slice(match[0].length);
  }
  if (rest) return failed(`: extra text: ${JSON.stringify(rest)}`);
  // The calendar: no 30th of February.
  const day = Number(text.slice(8, 10));
  return new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, day)).getUTCDate() === day
    ? undefined
    : failed(': day out of range');
}
