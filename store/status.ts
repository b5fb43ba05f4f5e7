/**
 * What operators ask: Maintenance.Status and Cluster.MemberList. The store is the only member and always the leader.
 *
 * Upstream: server/etcdserver/api/v3rpc/maintenance.go, member.go
 */
import type { MemberListResponse, StatusResponse } from '../api/etcd.ts';
import type { Init, TypeOf } from '../api/protobuf.ts';
import { alarmText } from './alarms.ts';
import { headerAt, type Store } from './store.ts';

/** The etcd release whose API is served. Clients decide by it what they may use, such as watch progress requests. */
const etcdVersion = '3.5.21';
/** The version of etcd's storage that its clients are told of. Ours is described in layout.ts. */
export const storageVersion = '3.5.0';

/** Every revision is one entry of the log, so the revision stands for Raft's indexes. */
export async function status(store: Store): Promise<Init<TypeOf<typeof StatusResponse>>> {
  const { mvcc, alarms, quota, identity, term } = store;
  const size = quota.measure();
  const revision = mvcc.durableRevision;
  return {
    header: headerAt(store, revision),
    version: etcdVersion,
    dbSize: size,
    // LevelDB does not know how much of its files is outdated.
    dbSizeInUse: size,
    leader: identity.memberId,
    raftIndex: revision,
    raftAppliedIndex: revision,
    raftTerm: term,
    errors: alarms.list().map(alarmText),
    storageVersion,
    dbSizeQuota: Math.max(quota.limitBytes, 0),
  };
}

/** `clientUrls` are the URLs that the store listens on. */
export function memberList(store: Store, name: string, clientUrls: string[]): Init<TypeOf<typeof MemberListResponse>> {
  return { header: headerAt(store, 0), members: [{ id: store.identity.memberId, name, clientUrls }] };
}
