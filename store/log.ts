/**
 * Reading the past as events: what a watcher that is behind catches up from.
 */
import type { Database } from './commit.ts';
import { isInMemory, type KeyIndex, onDisk } from './key-index.ts';
import { textOf } from './key-range.ts';
import { parseRecord, parseRecordKey, recordBounds, recordKey } from './layout.ts';
import type { Change } from './mvcc.ts';
import { WatchEvent } from './watch-event.ts';

/** A page is full with this many records or bytes, at the end of a revision. */
const pageRecords = 1000;
const pageBytes = 1024 * 1024;
const readAhead = 256;

export interface LogPage {
  events: WatchEvent[];
  /** Every event up to this revision is in the page. */
  through: number;
}

interface LogRecord {
  revision: number;
  bytes: Buffer;
}

/** The events of the revisions from `first` on, to `last` at most. A revision is never split. */
export async function readLog(database: Database, first: number, last: number): Promise<LogPage> {
  const { records, through } = await readRecords(database, first, last);
  return { events: records.map(({ revision, bytes }) => new WatchEvent(revision, toChange(bytes))), through };
}

/** The same events with the version before each, where there was one and it is not compacted. */
export async function withPrevious(database: Database, index: KeyIndex, events: WatchEvent[]): Promise<WatchEvent[]> {
  const versions = events.map(({ revision, change }) => index.get(change.key)?.at(revision - 1));
  const read = await database.getMany(onDisk(versions).map(({ revision, sub }) => recordKey(revision, sub)));
  let next = 0;
  return events.map(({ revision, change }, i) => {
    const version = versions[i];
    const prevKv = version && !isInMemory(version) ? read[next++] : version?.bytes;
    return new WatchEvent(revision, { ...change, prevKv });
  });
}

async function readRecords(
  database: Database,
  first: number,
  last: number,
): Promise<{ records: LogRecord[]; through: number }> {
  const records: LogRecord[] = [];
  let size = 0;
  const iterator = database.iterator({ ...recordBounds(first, last), highWaterMarkBytes: pageBytes });
  try {
    for (;;) {
      const entries = await iterator.nextv(readAhead);
      if (entries.length === 0) return { records, through: last };
      for (const [key, bytes] of entries) {
        const { revision } = parseRecordKey(key);
        const before = records.at(-1)?.revision;
        const full = records.length >= pageRecords || size >= pageBytes;
        if (full && before !== undefined && revision !== before) return { records, through: before };
        records.push({ revision, bytes });
        size += bytes.length;
      }
    }
  } finally {
    await iterator.close();
  }
}

function toChange(bytes: Buffer): Change {
  const { key, kv } = parseRecord(bytes);
  return { type: kv ? 'PUT' : 'DELETE', key: textOf(key), kv: bytes, prevKv: undefined };
}
