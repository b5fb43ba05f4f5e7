/**
 * Reading the past as events: what a watcher that is behind catches up from.
 */
import { KeyValue } from '../api/etcd.ts';
import type { Database } from './commit.ts';
import { Continuity } from './continuity.ts';
import { textOf } from './key-range.ts';
import { parseRecord, type RecordPosition, recordBounds, type StoredRecord } from './layout.ts';
import type { Change } from './mvcc.ts';
import { positionsAt, readRecords } from './past.ts';
import type { WatchEvent } from './watch-event.ts';

/** A page is full with this many records or bytes, at the end of a revision. */
const pageRecords = 1000;
const pageBytes = 1024 * 1024;
const readAhead = 256;

export interface LogPage {
  events: WatchEvent[];
  /** Every event up to this revision is in the page. */
  through: number;
}

/** The events of the revisions from `first` on, to `last` at most. A revision is never split. */
export async function readLog(
  database: Database,
  compactRevision: number,
  first: number,
  last: number,
): Promise<LogPage> {
  const { records, through } = await readPage(database, new Continuity(first, compactRevision), first, last);
  return { events: records.map((record) => ({ revision: record.revision, change: toChange(record) })), through };
}

/** The same events with the version before each, where there was one and it is not compacted. */
export async function withPrevious(
  database: Database,
  compactRevision: number,
  events: WatchEvent[],
): Promise<WatchEvent[]> {
  const wanted = events.filter(({ revision, change }) => revision > compactRevision && !isCreation(change));
  const snapshot = database.snapshot();
  try {
    const lookups = wanted.map(({ revision, change }) => ({ key: change.key, revision: revision - 1 }));
    const positions = await positionsAt(database, snapshot, lookups);
    const existing = positions.filter((position) => position !== undefined && position !== 'deletion');
    const records = await readRecords(database, snapshot, existing);
    const bytes = new Map<RecordPosition, Buffer>(existing.map((position, i) => [position, records[i]!.bytes]));
    const previous = new Map(wanted.map((event, i) => [event, bytes.get(positions[i] as RecordPosition)]));
    return events.map((event) => ({
      revision: event.revision,
      change: { ...event.change, prevKv: previous.get(event) },
    }));
  } finally {
    await snapshot.close();
  }
}

/** Also when the same write deleted the key first: what it creates then has nothing before it. */
function isCreation({ type, kv }: Change): boolean {
  if (type === 'DELETE') return false;
  const { createRevision, modRevision } = KeyValue.decode(kv);
  return createRevision === modRevision;
}

async function readPage(
  database: Database,
  continuity: Continuity,
  first: number,
  last: number,
): Promise<{ records: StoredRecord[]; through: number }> {
  const records: StoredRecord[] = [];
  let size = 0;
  const iterator = database.iterator({ ...recordBounds(first, last), highWaterMarkBytes: pageBytes });
  try {
    for (;;) {
      const entries = await iterator.nextv(readAhead);
      if (entries.length === 0) {
        continuity.end(last);
        return { records, through: last };
      }
      for (const [key, value] of entries) {
        const record = parseRecord(key, value);
        continuity.next(record);
        const before = records.at(-1)?.revision;
        const full = records.length >= pageRecords || size >= pageBytes;
        if (full && before !== undefined && record.revision !== before) return { records, through: before };
        records.push(record);
        size += record.bytes.length;
      }
    }
  } finally {
    await iterator.close();
  }
}

function toChange({ key, kv, bytes }: StoredRecord): Change {
  return { type: kv ? 'PUT' : 'DELETE', key: textOf(key), kv: bytes, prevKv: undefined };
}
