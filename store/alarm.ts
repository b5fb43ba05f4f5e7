/**
 * Maintenance.Alarm: shows, raises and disarms alarms (`alarms.ts`).
 *
 * Upstream: server/etcdserver/apply/apply.go (Alarm), apply_corrupt.go
 */
import { etcdErrors } from '../api/etcd-errors.ts';
import type { AlarmMember, AlarmRequest, AlarmResponse } from '../api/etcd-maintenance.ts';
import type { Init } from '../api/protobuf.ts';
import type { Alarms } from './alarms.ts';
import { headerAt, type Store } from './store.ts';

/** Handles the request. The answer has the alarms that are raised, or the one that was raised or disarmed. */
export async function alarm(store: Store, request: AlarmRequest): Promise<Init<AlarmResponse>> {
  const alarms = concerned(store.alarms, request);
  const header = headerAt(store, store.mvcc.revision);
  await store.mvcc.commit.durable();
  return { header, alarms };
}

function concerned(alarms: Alarms, { action, memberId, alarm }: AlarmRequest): AlarmMember[] {
  if (action === 'GET') return alarms.list(alarm);
  if (action === 'ACTIVATE') return alarm === 'NONE' ? [] : [alarms.raise(memberId, alarm)];
  const disarmed = alarms.disarm(memberId, alarm);
  return disarmed ? [disarmed] : [];
}

type Handle<Q, R> = (store: Store, request: Q) => Promise<R>;

/** The handler, refusing while the CORRUPT alarm is raised; only requests that write, where not all of them do. */
export function unlessCorrupt<Q, R>(handle: Handle<Q, R>, writes: (request: Q) => boolean = () => true): Handle<Q, R> {
  return (store, request) =>
    store.alarms.isRaised('CORRUPT') && writes(request) ? Promise.reject(etcdErrors.corrupt()) : handle(store, request);
}
