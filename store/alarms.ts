/**
 * Alarms: what is wrong with the store until an operator says that it is not any more. They are on disk and survive a
 * restart.
 *
 * - NOSPACE: the quota was exceeded (`quota.ts`). Nothing that takes space is accepted; reads, deletes and compaction are.
 * - CORRUPT: never raised by the store itself; while somebody has raised it, nothing is written.
 *
 * Upstream: server/etcdserver/api/v3alarm/alarms.go
 */
import { type AlarmMember, AlarmResponse } from '../api/etcd-maintenance.ts';
import type { GroupCommit } from './commit.ts';
import { metaKey } from './layout.ts';

type AlarmType = AlarmMember['alarm'];

/** The alarms that are raised. A member raises each kind once. */
export class Alarms {
  readonly #commit: GroupCommit;
  #raised: AlarmMember[];

  /** `stored` is what the data directory has under `alarms`. */
  constructor(commit: GroupCommit, stored: Buffer | undefined) {
    this.#commit = commit;
    this.#raised = stored ? AlarmResponse.decode(stored).alarms : [];
  }

  /** Of one kind; NONE stands for all. */
  list(alarm: AlarmType = 'NONE'): AlarmMember[] {
    return alarm === 'NONE' ? this.#raised : this.#raised.filter((raised) => raised.alarm === alarm);
  }

  isRaised(alarm: AlarmType): boolean {
    return this.#raised.some((raised) => raised.alarm === alarm);
  }

  raise(memberId: bigint, alarm: AlarmType): AlarmMember {
    const raised = this.#find(memberId, alarm);
    if (raised) return raised;
    const added = { memberId, alarm };
    this.#save([...this.#raised, added]);
    return added;
  }

  /** The alarm that was disarmed; undefined when it was not raised. */
  disarm(memberId: bigint, alarm: AlarmType): AlarmMember | undefined {
    const raised = this.#find(memberId, alarm);
    if (raised) this.#save(this.#raised.filter((other) => other !== raised));
    return raised;
  }

  #find(memberId: bigint, alarm: AlarmType): AlarmMember | undefined {
    return this.#raised.find((raised) => raised.memberId === memberId && raised.alarm === alarm);
  }

  #save(alarms: AlarmMember[]): void {
    this.#raised = alarms;
    this.#commit.put(metaKey('alarms'), AlarmResponse.encode({ alarms }));
  }
}

/** An alarm as Status tells it: the text form of the message. */
export const alarmText = ({ memberId, alarm }: AlarmMember): string => `memberID:${memberId} alarm:${alarm} `;
