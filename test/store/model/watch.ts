/** What a watcher is told. */
import { etcdErrors } from '../../../api/etcd-errors.ts';
import { inSpan, type Snapshot, type State, snapshotAt } from './state.ts';
import type { Event, WatchRequest } from './types.ts';

/** Why a watch cannot be created; undefined when it can. */
export function watchRefusal({ key = '', rangeEnd = '', startRevision = 0 }: WatchRequest): string | undefined {
  if (startRevision < 0) return etcdErrors.compacted().message;
  const empty = rangeEnd !== '' && rangeEnd !== '\0' && rangeEnd <= (key || '\0');
  return empty ? 'mvcc: watcher range is empty' : undefined;
}

/** A watch from `revision` is canceled at once because what it asks for is gone. */
export const watchIsCompacted = ({ compactRevision }: State, revision: number): boolean => revision < compactRevision;

/** The matching events of the revisions from `first` to the newest, oldest first. No key stands for the smallest one. */
export function watchEvents(state: State, { key, filters = [], ...request }: WatchRequest, first: number): Event[] {
  const span = { ...request, key: key || '\0' };
  return snapshotsFrom(state.now, first).flatMap((snapshot) =>
    eventsOf(state, snapshot)
      .filter((event) => inSpan(span, event.kv.key))
      .filter(({ type }) => !filters.includes(type === 'PUT' ? 'NOPUT' : 'NODELETE'))
      .map((event) => (request.prevKv ? withPrevious(state, snapshot, event) : event)),
  );
}

/** At the compact revision a key has its last change only, should there have been several in one transaction. */
const eventsOf = ({ compactRevision }: State, { revision, events }: Snapshot): readonly Event[] =>
  revision === compactRevision
    ? events.filter((event, i) => !events.slice(i + 1).some((later) => later.kv.key === event.kv.key))
    : events;

const snapshotsFrom = (snapshot: Snapshot, first: number): Snapshot[] =>
  snapshot.revision < first ? [] : [...(snapshot.before ? snapshotsFrom(snapshot.before, first) : []), snapshot];

/** As it was before the revision, unless the key was created by it or the revision before is compacted. */
function withPrevious(state: State, snapshot: Snapshot, event: Event): Event {
  const before = snapshot.revision - 1;
  const created = event.kv.createRevision === event.kv.modRevision;
  if (created || before < state.compactRevision) return event;
  return { ...event, prevKv: snapshotAt(snapshot, before).kvs.get(event.kv.key) };
}
