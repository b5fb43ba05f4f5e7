/**
 * How large the database is on disk, and whether it may grow. A request that would take it over the limit raises the
 * NOSPACE alarm, which stays until an operator disarms it: compact, defragment, `etcdctl alarm disarm`.
 *
 * Between two looks at the disk the size is reckoned: the last one seen, plus what was let in since. When that
 * reaches the limit the disk is looked at before anything is refused, because LevelDB gives space back by itself.
 *
 * Upstream: server/storage/quota.go, server/etcdserver/apply/apply.go (applierV3Capped)
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PutRequest, TxnRequest } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';

/** What a key takes beside its bytes, and what a lease takes: as etcd reckons. */
const keyOverhead = 256;
export const leaseCost = 64;
/** How often a key stands in the database (layout.ts). */
const keyCopies = 3;

export const putCost = ({ key, value }: PutRequest): number => keyOverhead + keyCopies * key.length + value.length;

/** What the more expensive branch takes. 0 for a transaction that cannot put. */
export function txnCost({ success, failure }: TxnRequest): number {
  const cost = (operations: TxnRequest['success']): number =>
    operations.reduce(
      (sum, { requestPut, requestTxn }) =>
        sum + (requestPut ? putCost(requestPut) : 0) + (requestTxn ? txnCost(requestTxn) : 0),
      0,
    );
  return Math.max(cost(success), cost(failure));
}

/** The alarm, as the quota needs it. */
export interface SpaceAlarm {
  isRaised(): boolean;
  raise(): void;
}

export class Quota {
  readonly #directory: string;
  readonly limitBytes: number;
  readonly #alarm: SpaceAlarm;
  /** The size that was seen last, and what was let in since. */
  #size = 0;
  #added = 0;

  /** A limit of 0 or less means none. */
  constructor(directory: string, limitBytes: number, alarm: SpaceAlarm) {
    this.#directory = directory;
    this.limitBytes = limitBytes;
    this.#alarm = alarm;
    this.measure();
  }

  /** Call it before something of this cost is written. Throws when there is no room for it. */
  check(cost: number): void {
    if (this.#alarm.isRaised()) throw etcdErrors.noSpace();
    if (this.limitBytes <= 0) return;
    if (this.#size + this.#added + cost >= this.limitBytes && this.measure() + cost >= this.limitBytes) {
      this.#alarm.raise();
      throw etcdErrors.noSpace();
    }
    this.#added += cost;
  }

  /** Bytes on disk, seen now. */
  measure(): number {
    this.#added = 0;
    this.#size = 0;
    for (const name of readdirSync(this.#directory)) {
      // LevelDB deletes files at any time.
      this.#size += statSync(join(this.#directory, name), { throwIfNoEntry: false })?.size ?? 0;
    }
    return this.#size;
  }
}
