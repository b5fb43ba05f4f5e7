import { expect, test } from 'vitest';
import { Continuity } from './continuity.ts';

type Changes = [revision: number, sub: number, last?: boolean][];

/** What is wrong with a log that is read from revision 3 to 6. */
function wrongWith(changes: Changes, compactRevision = -1): string | undefined {
  const continuity = new Continuity(3, compactRevision);
  try {
    for (const [revision, sub, last] of changes)
      continuity.next(last === undefined ? { revision, sub } : { revision, sub, last });
    continuity.end(6);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test.each<[string, Changes, number, RegExp | undefined]>([
  [
    'all there',
    [
      [3, 0],
      [4, 0],
      [4, 1],
      [5, 0],
      [6, 0],
    ],
    -1,
    undefined,
  ],
  [
    'the first missing',
    [
      [4, 0],
      [5, 0],
      [6, 0],
    ],
    -1,
    /changes before the record of revision 4/,
  ],
  [
    'one missing',
    [
      [3, 0],
      [5, 0],
      [6, 0],
    ],
    -1,
    /before the record of revision 5/,
  ],
  [
    'the first of two missing',
    [
      [3, 0],
      [4, 1],
      [5, 0],
      [6, 0],
    ],
    -1,
    /before the record of revision 4 \(change 1\)/,
  ],
  [
    'one of three missing',
    [
      [3, 0],
      [4, 0],
      [4, 2],
      [5, 0],
      [6, 0],
    ],
    -1,
    /before the record of revision 4 \(change 2\)/,
  ],
  [
    'the last missing',
    [
      [3, 0],
      [4, 0],
      [5, 0],
    ],
    -1,
    /the records of revision 6 are missing/,
  ],
  [
    'the last of two missing',
    [
      [3, 0, true],
      [4, 0, false],
      [5, 0, true],
      [6, 0, true],
    ],
    -1,
    /before the record of revision 5/,
  ],
  [
    'the last of the last two missing',
    [
      [3, 0, true],
      [4, 0, true],
      [5, 0, true],
      [6, 0, false],
    ],
    -1,
    /the last record of revision 6 is missing/,
  ],
  ['nothing there', [], -1, /the records of revision 3 are missing/],
  [
    'gaps that are compacted',
    [
      [4, 1],
      [5, 0],
      [6, 0],
    ],
    4,
    undefined,
  ],
  [
    'one missing after the compacted ones',
    [
      [4, 1],
      [6, 0],
    ],
    4,
    /before the record of revision 6/,
  ],
  ['all compacted', [], 6, undefined],
])('%s', (_, changes, compactRevision, message) => {
  if (message) expect(wrongWith(changes, compactRevision)).toMatch(message);
  else expect(wrongWith(changes, compactRevision)).toBeUndefined();
});
