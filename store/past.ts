/**
 * Finds what keys were at a past revision. The index in memory knows the newest change of a key only; the older ones are
 * found in `p` (layout.ts), where the changes of a key stand in the order of their revisions:
 *
 *     p a 2 0  until 3
 *     p a 3 0  until 7         a at 5?  The last entry at or before `a 5` is `a 3 0`: the record of revision 3.
 *     p b 4 0  until 6
 *
 * Rules for callers: what is looked up is durable, and a newer change of each key is known to exist.
 */
import type { Database, Snapshot } from './commit.ts';
import {
  DamagedError,
  describeRecord,
  isSamePastKey,
  parsePast,
  parsePastKey,
  parseRecord,
  pastBounds,
  pastKey,
  type RecordPosition,
  recordKey,
  type StoredRecord,
  unseal,
} from './layout.ts';

/** Entries fetched at a time: the history of a key is often short, and its neighbours are often wanted too. */
const readAhead = 16;
/** Records fetched at a time, so that others get a turn. */
const pageRecords = 1000;
const maxSub = 2 ** 32 - 1;

export interface PastLookup {
  key: string;
  revision: number;
}

/** Where a version is; a deletion has none. */
export type PastChange = RecordPosition | 'deletion';

/** Where each key's newest change at or before the revision is; undefined when there is none. */
export async function positionsAt(
  database: Database,
  snapshot: Snapshot,
  lookups: PastLookup[],
): Promise<(PastChange | undefined)[]> {
  const found: (PastChange | undefined)[] = lookups.map(() => undefined);
  const targets = lookups.map(({ key, revision }, i) => ({
    i,
    revision,
    entry: pastKey(key, { revision, sub: maxSub }),
  }));
  // Backwards, because that is the way to the last entry before something.
  targets.sort((a, b) => b.entry.compare(a.entry));
  const descent = new Descent(database, snapshot);
  try {
    for (const { i, revision, entry } of targets) {
      const last = await descent.lastUpTo(entry);
      if (last && isSamePastKey(last[0], entry)) found[i] = positionOf(last, revision);
    }
  } finally {
    await descent.close();
  }
  return found;
}

function positionOf([key, value]: [Buffer, Buffer], revision: number): PastChange {
  const position = parsePastKey(key);
  const { until, deletion } = parsePast(unseal(key, value));
  if (until <= revision) throw new DamagedError(`what followed ${describeRecord(position)} is missing`);
  return deletion ? 'deletion' : position;
}

/** The records at these positions, all of which must be there. */
export async function readRecords(
  database: Database,
  snapshot: Snapshot,
  positions: RecordPosition[],
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (let i = 0; i < positions.length; i += pageRecords) {
    const page = positions.slice(i, i + pageRecords);
    const keys = page.map(({ revision, sub }) => recordKey(revision, sub));
    const values = await database.getMany(keys, { snapshot });
    for (const [j, value] of values.entries()) {
      if (!value) throw new DamagedError(`${describeRecord(page[j]!)} is missing`);
      records.push(parseRecord(keys[j]!, value));
    }
  }
  return records;
}

const backwards = (database: Database, snapshot: Snapshot) =>
  database.iterator<Buffer, Buffer>({ ...pastBounds, reverse: true, snapshot });

/** Walks `p` from its end to its start. */
class Descent {
  readonly #iterator: ReturnType<typeof backwards>;
  /** What was fetched last, largest first. */
  #entries: [Buffer, Buffer][] = [];
  #next = 0;

  constructor(database: Database, snapshot: Snapshot) {
    this.#iterator = backwards(database, snapshot);
  }

  /** The last entry at or before `key`, which must not be larger than the one asked for before. */
  async lastUpTo(key: Buffer): Promise<[Buffer, Buffer] | undefined> {
    while (this.#next < this.#entries.length && this.#entries[this.#next]![0].compare(key) > 0) this.#next++;
    if (this.#next === this.#entries.length) {
      this.#iterator.seek(key);
      this.#entries = await this.#iterator.nextv(readAhead);
      this.#next = 0;
    }
    return this.#entries[this.#next];
  }

  close(): Promise<void> {
    return this.#iterator.close();
  }
}
