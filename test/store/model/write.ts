/**
 * Changing the key space. A write is a snapshot in the making: its operations see what earlier ones of the same write did, and
 * all of them share the next revision. One that changes nothing leaves no trace.
 */
import { etcdErrors } from '../../../api/etcd-errors.ts';
import { kvsIn, type Snapshot, type State } from './state.ts';
import type { DeleteRangeRequest, DeleteRangeResponse, Event, KeyValue, PutRequest, PutResponse } from './types.ts';

/** A write begins. Until something is changed it still is at the revision before. */
export const begin = ({ now }: State): Snapshot => ({ ...now, events: [], before: now });

/** A write ends: what it changed, if anything, is the newest snapshot. */
export const end = (state: State, write: Snapshot): State =>
  write.events.length > 0 ? { ...state, now: write } : state;

function change(write: Snapshot, event: Event): Snapshot {
  const kvs = new Map(write.kvs);
  if (event.type === 'PUT') kvs.set(event.kv.key, event.kv);
  else kvs.delete(event.kv.key);
  return { ...write, revision: nextRevision(write), kvs, events: [...write.events, event] };
}

/** The revision that the changes of a write get. */
const nextRevision = ({ before }: Snapshot): number => before!.revision + 1;

/** What is wrong with the request by itself. */
export function checkPut({ key = '', value = '', lease = 0n, ignoreValue, ignoreLease }: PutRequest): void {
  if (key === '') throw etcdErrors.emptyKey();
  if (ignoreValue && value !== '') throw etcdErrors.valueProvided();
  if (ignoreLease && lease !== 0n) throw etcdErrors.leaseProvided();
}

/** What is kept must be there. */
export function checkKept({ now }: State, { key = '', ignoreValue, ignoreLease }: PutRequest): void {
  if ((ignoreValue || ignoreLease) && !now.kvs.has(key)) throw etcdErrors.keyNotFound();
}

export function checkLease({ leases }: State, { lease = 0n }: PutRequest): void {
  if (lease !== 0n && !leases.has(lease)) throw etcdErrors.leaseNotFound();
}

/** Puts as part of a write. All checks have passed. What is kept may have been deleted earlier in the same write. */
export function put(write: Snapshot, request: PutRequest): [Snapshot, PutResponse] {
  const { key = '', value = '', lease = 0n, ignoreValue, ignoreLease, prevKv } = request;
  const previous = write.kvs.get(key);
  if (!previous && (ignoreValue || ignoreLease)) throw etcdErrors.keyNotFound();
  const revision = nextRevision(write);
  const kv: KeyValue = {
    key,
    createRevision: previous?.createRevision ?? revision,
    modRevision: revision,
    version: (previous?.version ?? 0) + 1,
    value: ignoreValue ? previous!.value : value,
    lease: ignoreLease ? previous!.lease : lease,
  };
  return [change(write, { type: 'PUT', kv }), { header: { revision }, prevKv: prevKv ? previous : undefined }];
}

export function checkDeleteRange({ key = '' }: DeleteRangeRequest): void {
  if (key === '') throw etcdErrors.emptyKey();
}

/** Deletes as part of a write, in key order. */
export function deleteRange(write: Snapshot, request: DeleteRangeRequest): [Snapshot, DeleteRangeResponse] {
  const deleted = kvsIn(write, request);
  const after = deleted.reduce((rest, { key }) => change(rest, { type: 'DELETE', kv: tombstone(rest, key) }), write);
  return [
    after,
    { header: { revision: after.revision }, deleted: deleted.length, prevKvs: request.prevKv ? deleted : [] },
  ];
}

const tombstone = (write: Snapshot, key: string): KeyValue => ({
  ...{ key, createRevision: 0, version: 0, value: '', lease: 0n },
  modRevision: nextRevision(write),
});
