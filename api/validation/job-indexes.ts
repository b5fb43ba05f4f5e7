/**
 * Lists of a Job's indexes: `0,2-4,7`. Upstream: pkg/apis/batch/validation (validateIndexesFormat, parseIndexInterval)
 */
export type Interval = [first: number, last: number];

const shown = (text: string): string => JSON.stringify(text);

/** The intervals, in rising order. Throws an Error that says which part is wrong. */
export function parseIndexes(text: string, completions: number): Interval[] {
  if (text === '') return [];
  let previous = -1;
  return text.split(',').map((part) => {
    const interval = parseInterval(part, completions);
    if (previous >= interval[0]) throw outOfOrder(previous, interval[0]);
    previous = interval[1];
    return interval;
  });
}

/** How many indexes the intervals have. */
export const countIndexes = (intervals: Interval[]): number =>
  intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** The first index that both have. */
export function commonIndex(a: Interval[], b: Interval[]): number | undefined {
  for (const [first, last] of a) {
    const other = b.find(([from, to]) => first <= to && from <= last);
    if (other) return Math.max(first, other[0]);
  }
  return undefined;
}

function parseInterval(part: string, completions: number): Interval {
  const limits = part.split('-');
  if (limits.length > 2) {
    throw new Error(
      `the fragment ${shown(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  }
  const [first, last] = limits.map((limit) => parseIndex(limit, completions)) as [number, number | undefined];
  if (last === undefined) return [first, first];
  if (first >= last) throw outOfOrder(first, last);
  return [first, last];
}

function parseIndex(text: string, completions: number): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`cannot convert string to integer for index: ${shown(text)}`);
  const index = Number(text);
  if (index >= completions) throw new Error(`too large index: ${shown(text)}`);
  return index;
}

const outOfOrder = (previous: number, current: number): Error =>
  new Error(`non-increasing order, previous: ${previous}, current: ${current}`);
