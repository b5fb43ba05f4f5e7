/**
 * Everything that a request handler works on, in one object. Created by `open.ts`.
 */
import type { ResponseHeader } from '../api/etcd.ts';
import type { Init } from '../api/protobuf.ts';
import type { Alarms } from './alarms.ts';
import type { Database } from './commit.ts';
import type { Compactor } from './compactor.ts';
import type { Lessor } from './lessor.ts';
import type { Mvcc } from './mvcc.ts';
import type { Quota } from './quota.ts';
import type { WatchHub } from './watch-hub.ts';

/** Who answers. Made once for a data directory. */
export interface Identity {
  clusterId: bigint;
  memberId: bigint;
}

export interface Store {
  database: Database;
  mvcc: Mvcc;
  lessor: Lessor;
  compactor: Compactor;
  alarms: Alarms;
  quota: Quota;
  hub: WatchHub;
  identity: Identity;
  /** Counts the starts on this data directory. There is no Raft; clients print it and compare it. */
  term: number;
  close(): Promise<void>;
}

/** The header of an answer that was formed at `revision`; 0 for one that has none. */
export const headerAt = ({ identity, term }: Store, revision: number): Init<ResponseHeader> => ({
  clusterId: identity.clusterId,
  memberId: identity.memberId,
  revision,
  raftTerm: term,
});
