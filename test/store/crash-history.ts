/**
 * The history of a store under crashes, put together from what a watcher saw, and checked against what the writer asked for
 * and was told. Every revision must be exactly one operation, whole; every acknowledged operation must be at its revision; what was
 * not acknowledged when the store died has happened by the next start, or never happens.
 *
 * Use: `report` and `observe` as things come in; after a restart, when the writer rests and the watcher has caught up, `settle`. Each throws with what is wrong.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Event, KeyValue } from '../../api/etcd.ts';
import { type Operation, operationOf, type Report, valueFor } from './crash-operations.ts';

/** A version of a key. Values are compared by digest. */
export interface Version {
  key: string;
  createRevision: number;
  modRevision: number;
  version: number;
  lease: string;
  digest: string;
}

interface Row {
  /** The version, or the key that was deleted. */
  put: Version | undefined;
  deleted: string | undefined;
  /** The operation that the value names. */
  writer: number | undefined;
  previous: Version | undefined;
}

interface Lease {
  ttl: number;
  /** Whether it must be there; undefined while it is not known. */
  present: boolean | undefined;
}

const digestOf = (value: Buffer): string => createHash('sha1').update(value).digest('base64');

export const versionOf = ({ key, value, lease, ...rest }: KeyValue): Version => ({
  key: key.toString(),
  createRevision: rest.createRevision,
  modRevision: rest.modRevision,
  version: rest.version,
  lease: String(lease),
  digest: digestOf(value),
});

function rowOf({ type, kv, prevKv }: Event): Row {
  const previous = prevKv && versionOf(prevKv);
  if (type === 'DELETE') return { put: undefined, deleted: kv!.key.toString(), writer: undefined, previous };
  return { put: versionOf(kv!), deleted: undefined, writer: operationOf(kv!.value), previous };
}

const changeOf = ({ put, deleted }: Pick<Row, 'put' | 'deleted'>): Version | string => put ?? deleted!;

export class CrashHistory {
  /** Sent, and neither answered nor settled. */
  readonly #open = new Map<number, Operation>();
  /** Answered, by the revision that they made. */
  readonly #made = new Map<number, Operation>();
  /** Answered, without a change of their own, by the revision that they saw. */
  readonly #saw = new Map<number, Operation[]>();
  /** What the watcher was told, by revision. */
  readonly #rows: (Row[] | undefined)[] = [];
  readonly #versions = new Map<string, { revision: number; version: Version | undefined }[]>();
  readonly #state = new Map<string, Version>();
  readonly #leases = new Map<string, Lease>();
  /** Everything up to here has been checked. */
  #settled = 1;
  #watched = 1;
  acknowledged = 0;

  /** The last revision that the watcher has seen. */
  get watched(): number {
    return this.#watched;
  }

  report(report: Report): void {
    if (report.type === 'idle') return;
    if (report.type === 'sent') {
      this.#open.set(report.operation.id, report.operation);
      return;
    }
    const operation = this.#open.get(report.id)!;
    this.#open.delete(report.id);
    if (report.type === 'refused') return;
    this.acknowledged++;
    const { revision, done } = report;
    if (revision < operation.after || revision < this.#settled) this.#fail(operation, `answered at ${revision}`);
    const changes = operation.kind === 'put' || operation.kind === 'txn' || operation.kind === 'delete';
    if (changes && done) {
      const other = this.#made.get(revision);
      if (other) this.#fail(operation, `made revision ${revision}, which operation ${other.id} made`);
      if (revision === operation.after) this.#fail(operation, `made revision ${revision}, which was there before`);
      this.#made.set(revision, operation);
      return;
    }
    if (operation.kind === 'grant') this.#leases.set(operation.lease, { ttl: operation.ttl, present: true });
    if (operation.kind === 'revoke') this.#leases.get(operation.lease)!.present = false;
    if (operation.kind !== 'keepAlive') this.#saw.set(revision, [...(this.#saw.get(revision) ?? []), operation]);
  }

  /** Takes one response of the watch: whole revisions, each once, none left out. */
  observe(events: Event[]): void {
    for (const event of events) {
      const revision = event.kv!.modRevision;
      const rows = this.#rows[revision];
      const first = event === events[0];
      if (revision === this.#watched && rows && !first) rows.push(rowOf(event));
      else if (revision === this.#watched + 1) this.#rows[revision] = [rowOf(event)];
      else throw new Error(`the watcher got an event of revision ${revision} after revision ${this.#watched}`);
      this.#watched = revision;
    }
  }

  /** What was told once is told again: the events from revision `first` to `last`, as a second watcher got them. */
  checkReplay(first: number, last: number, events: Event[]): void {
    const again = Map.groupBy(events, (event) => event.kv!.modRevision);
    for (let revision = first; revision <= last; revision++) {
      const rows = again.get(revision)?.map((event) => changeOf(rowOf(event)));
      this.#same(`revision ${revision}, watched again`, rows, this.#rows[revision]?.map(changeOf));
    }
  }

  /** The store stands at `revision`, its leases are these, and it has served for at most `uptimeMs` at a stretch since the last time. */
  settle(revision: number, leases: Set<string>, uptimeMs: number): void {
    if (revision < this.#settled) throw new Error(`revision ${this.#settled} went back to ${revision}`);
    if (revision > this.#watched) throw new Error(`at revision ${revision} the watcher is at ${this.#watched}`);
    this.#checkSaw(this.#settled);
    while (this.#settled < revision) {
      this.#settled++;
      this.#settleRevision(this.#settled, uptimeMs);
      this.#checkSaw(this.#settled);
    }
    const [lost] = this.#made;
    if (lost) this.#fail(lost[1], `acknowledged at revision ${lost[0]}, is lost: the store is at ${revision}`);
    const [future] = this.#saw;
    if (future) this.#fail(future[1][0]!, `answered at revision ${future[0]}, but the store is at ${revision}`);
    this.#settleLeases(leases, uptimeMs);
    this.#open.clear();
  }

  /** The keys as they are now, in order, or as they were at a settled revision. */
  state(revision = this.#settled): Version[] {
    const versions = [...this.#versions.values()].map(
      (history) => history.findLast((entry) => entry.revision <= revision)?.version,
    );
    return versions.filter((version) => version !== undefined).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #settleRevision(revision: number, uptimeMs: number): void {
    const rows = this.#rows[revision]!;
    const operation = this.#made.get(revision) ?? this.#guess(rows, revision);
    const found = rows.map(changeOf);
    if (operation) {
      if (operation.after >= revision) this.#fail(operation, `is at ${revision}, before what it came after`);
      this.#same(
        `revision ${revision}, operation ${JSON.stringify(operation)}`,
        found,
        this.#effects(operation, revision),
      );
      this.#made.delete(revision);
      this.#open.delete(operation.id);
      if (operation.kind === 'revoke') this.#leases.get(operation.lease)!.present = false;
    } else this.#settleExpiry(revision, found, uptimeMs);
    for (const { previous, ...row } of rows) {
      const change = changeOf(row);
      const key = typeof change === 'string' ? change : change.key;
      if (previous) this.#same(`revision ${revision}: what ${key} was before`, previous, this.#state.get(key));
      this.#apply(revision, key, row.put);
    }
  }

  /** The operation that nobody was told of: the one that the values name, or a deletion that fits. */
  #guess(rows: Row[], revision: number): Operation | undefined {
    const writer = rows.find((row) => row.writer !== undefined)?.writer;
    if (writer !== undefined) {
      const operation = this.#open.get(writer);
      if (!operation)
        throw new Error(`revision ${revision} is of operation ${writer}, which was over: ${JSON.stringify(rows)}`);
      return operation;
    }
    const found = rows.map(changeOf);
    const revoked = (this.#saw.get(revision) ?? []).filter(({ kind }) => kind === 'revoke');
    return [...revoked, ...this.#open.values()].find((operation) =>
      isDeepStrictEqual(found, this.#effects(operation, revision)),
    );
  }

  #settleExpiry(revision: number, found: unknown[], uptimeMs: number): void {
    for (const [id, lease] of this.#leases) {
      if (lease.present === false || !isDeepStrictEqual(found, this.#keysOfLease(id))) continue;
      if (uptimeMs < lease.ttl * 1000)
        throw new Error(`lease ${id} of ${lease.ttl} s expired ${uptimeMs} ms after a start`);
      lease.present = false;
      return;
    }
    throw new Error(`revision ${revision} is of no operation: ${JSON.stringify(found)}`);
  }

  /** What an operation changes at that revision, given everything before it. */
  #effects(operation: Operation, revision: number): (Version | string)[] {
    switch (operation.kind) {
      case 'put':
        return [this.#put(operation, operation.key, revision, operation.lease)];
      case 'txn': {
        const { keys, drop, guard, guardRevision } = operation;
        if (guard && (this.#state.get(guard)?.modRevision ?? 0) !== guardRevision) return [];
        const dropped = drop && this.#state.has(drop) ? [drop] : [];
        return [...keys.map((key) => this.#put(operation, key, revision)), ...dropped];
      }
      case 'delete':
        return this.#keysIn(operation);
      case 'revoke':
        return this.#keysOfLease(operation.lease);
      default:
        return [];
    }
  }

  #put({ id, bytes }: Operation & { bytes: number }, key: string, revision: number, lease = '0'): Version {
    const current = this.#state.get(key);
    return {
      key,
      createRevision: current?.createRevision ?? revision,
      modRevision: revision,
      version: (current?.version ?? 0) + 1,
      lease,
      digest: digestOf(valueFor(id, key, bytes)),
    };
  }

  #keysIn({ key, rangeEnd = `${key}\0` }: Operation & { kind: 'delete' }): string[] {
    return [...this.#state.keys()].filter((each) => each >= key && each < rangeEnd).sort();
  }

  #keysOfLease(id: string): string[] {
    const attached = [...this.#state.values()].filter(({ lease }) => lease === id);
    return attached.map(({ key }) => key).sort();
  }

  #apply(revision: number, key: string, version: Version | undefined): void {
    if (version) this.#state.set(key, version);
    else this.#state.delete(key);
    const history = this.#versions.get(key);
    if (history) history.push({ revision, version });
    else this.#versions.set(key, [{ revision, version }]);
  }

  /** Answers without a change of their own must be true of the revision that they name. */
  #checkSaw(revision: number): void {
    for (const operation of this.#saw.get(revision) ?? []) {
      const wouldChange = this.#effects(operation, revision).length > 0;
      if (wouldChange) this.#fail(operation, `was answered as if there was nothing to do at revision ${revision}`);
    }
    this.#saw.delete(revision);
  }

  #settleLeases(found: Set<string>, uptimeMs: number): void {
    for (const operation of this.#open.values()) {
      if (operation.kind === 'grant') this.#leases.set(operation.lease, { ttl: operation.ttl, present: undefined });
      const lease = operation.kind === 'revoke' ? this.#leases.get(operation.lease) : undefined;
      if (lease?.present) lease.present = undefined;
    }
    for (const [id, lease] of this.#leases) {
      const mayBeGone = lease.present === undefined || uptimeMs >= lease.ttl * 1000;
      if (lease.present && !found.has(id) && !mayBeGone) throw new Error(`lease ${id} is lost`);
      if (lease.present === false && found.has(id)) throw new Error(`lease ${id} was revoked and is back`);
      lease.present = found.has(id);
    }
    for (const id of found) if (!this.#leases.has(id)) throw new Error(`nobody asked for lease ${id}`);
    for (const { key, lease } of this.#state.values()) {
      if (lease !== '0' && !found.has(lease)) throw new Error(`${key} is there without its lease ${lease}`);
    }
  }

  #same(what: string, found: unknown, expected: unknown): void {
    if (isDeepStrictEqual(found, expected)) return;
    throw new Error(`${what}:\nfound    ${JSON.stringify(found)}\nexpected ${JSON.stringify(expected)}`);
  }

  #fail(operation: Operation, what: string): never {
    throw new Error(`operation ${JSON.stringify(operation)} ${what}`);
  }
}
