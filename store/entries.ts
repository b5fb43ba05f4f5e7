/** Walking the database, a batch at a time: that spares a promise per entry. */
import type { Database } from './commit.ts';

const readAhead = 1000;
const readAheadBytes = 1024 * 1024;

export interface EntryRange {
  gte?: Buffer;
  lt?: Buffer;
  /** As things were then. Absent: as they are now. */
  snapshot?: ReturnType<Database['snapshot']>;
}

/** The entries of a range, in key order. */
export async function* entries(database: Database, range: EntryRange): AsyncGenerator<[Buffer, Buffer], void, void> {
  const iterator = database.iterator({ ...range, highWaterMarkBytes: readAheadBytes });
  try {
    for (;;) {
      const batch = await iterator.nextv(readAhead);
      if (batch.length === 0) return;
      yield* batch;
    }
  } finally {
    await iterator.close();
  }
}
