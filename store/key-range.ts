/**
 * Key ranges as etcd's requests write them, in one normal form: `[start, end)`, where an absent end is infinity.
 *
 * Keys are byte strings. Inside the store they are held as text with one character a byte (latin1), because JavaScript
 * compares such text in byte order, fast, and without a Buffer object per key.
 *
 *     key "a"                    [a, a\0)      the key alone: a\0 is the next key there could be
 *     key "a", rangeEnd "b"      [a, b)
 *     key "a", rangeEnd "\0"     [a, infinity)
 */
export interface KeyRange {
  start: string;
  end: string | undefined;
}

export const textOf = (key: Buffer): string => key.toString('latin1');
export const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');

export const singleKey = (key: string): KeyRange => ({ start: key, end: `${key}\0` });

export const isSingleKey = ({ start, end }: KeyRange): boolean => end === `${start}\0`;

/** The range that a request's `key` and `rangeEnd` name. */
export function rangeOf({ key, rangeEnd }: { key: Buffer; rangeEnd: Buffer }): KeyRange {
  const start = textOf(key);
  if (rangeEnd.length === 0) return singleKey(start);
  return { start, end: rangeEnd.length === 1 && rangeEnd[0] === 0 ? undefined : textOf(rangeEnd) };
}

export const inRange = ({ start, end }: KeyRange, key: string): boolean =>
  key >= start && (end === undefined || key < end);
