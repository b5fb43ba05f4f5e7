/**
 * What the store is: the key space as it was at every revision, and the leases.
 *
 *     put a=1, put b=2, delete a     { revision: 4, kvs: {b} } -> { 3, {a, b} } -> { 2, {a} } -> { 1, {} }
 *
 * Compaction takes nothing away here. It only moves `compactRevision`, below which nobody may look any more.
 */
import type { Event, KeyValue, Span } from './types.ts';

/** The key space at one revision, the changes that led there, and what was before. */
export interface Snapshot {
  readonly revision: number;
  readonly kvs: ReadonlyMap<string, KeyValue>;
  readonly events: readonly Event[];
  readonly before: Snapshot | undefined;
}

/** Its keys are those whose current version names it. */
export interface Lease {
  readonly id: bigint;
  /** Seconds, as granted. */
  readonly ttl: number;
  /** On the clock of the state, in milliseconds. */
  readonly expiresAt: number;
}

export interface State {
  readonly now: Snapshot;
  readonly compactRevision: number;
  readonly leases: ReadonlyMap<bigint, Lease>;
  readonly clock: number;
}

/** A new store is at revision 1 and was never compacted. */
export const emptyState: State = {
  now: { revision: 1, kvs: new Map(), events: [], before: undefined },
  compactRevision: -1,
  leases: new Map(),
  clock: 0,
};

/** The key space as it was at a revision. */
export function snapshotAt(snapshot: Snapshot, revision: number): Snapshot {
  let found = snapshot;
  while (found.revision > revision && found.before) found = found.before;
  return found;
}

/** Without a `rangeEnd` one key; with the end `\0` every key from `key` on; otherwise `key` up to, not including, the end. */
export function inSpan({ key = '', rangeEnd = '' }: Span, candidate: string): boolean {
  if (rangeEnd === '') return candidate === key;
  return candidate >= key && (rangeEnd === '\0' || candidate < rangeEnd);
}

const byKey = (a: KeyValue, b: KeyValue): number => (a.key < b.key ? -1 : 1);

/** In key order. */
export const kvsIn = ({ kvs }: Snapshot, span: Span): KeyValue[] =>
  [...kvs.values()].filter(({ key }) => inSpan(span, key)).sort(byKey);
