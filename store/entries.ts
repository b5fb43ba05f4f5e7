/** Walking the database, a batch at a time: that spares a promise per entry. */
import type { Database, Snapshot } from './commit.ts';
import { type MetaName, metaKey, unseal } from './layout.ts';

const readAhead = 1000;
const readAheadBytes = 1024 * 1024;

export interface EntryRange {
  gte?: Buffer;
  lt?: Buffer;
  /** Last key first. */
  reverse?: boolean;
  /** As things were then. Absent: as they are now. */
  snapshot?: Snapshot;
}

/** The entries of a range, in key order. */
export async function* entries(database: Database, range: EntryRange): AsyncGenerator<[Buffer, Buffer], void, void> {
  for await (const batch of entryBatches(database, range)) yield* batch;
}

/** The same in the batches that they are read in. */
export async function* entryBatches(
  database: Database,
  range: EntryRange,
): AsyncGenerator<[Buffer, Buffer][], void, void> {
  const iterator = database.iterator({ ...range, highWaterMarkBytes: readAheadBytes });
  try {
    for (;;) {
      const batch = await iterator.nextv(readAhead);
      if (batch.length === 0) return;
      yield batch;
    }
  } finally {
    await iterator.close();
  }
}

/** Whether a key is one of those. */
export const isWithin = ({ gte, lt }: { gte: Buffer; lt: Buffer }, key: Buffer): boolean =>
  key.compare(gte) >= 0 && key.compare(lt) < 0;

/** One of the single values; undefined when there is none. Throws when it is not what was written. */
export async function readMeta(database: Database, name: MetaName): Promise<Buffer | undefined> {
  const key = metaKey(name);
  const value = await database.get(key);
  return value && unseal(key, value);
}
