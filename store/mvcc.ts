/**
 * The versioned key space: the current revision, the index, and the one way to change them.
 *
 * A write changes the index at once, is queued for the next synced batch, and is published to watchers when that batch
 * is on disk. Rules for callers: everything that can refuse a request is checked before `write`, because a change is
 * never undone; nothing read or written here is answered before `commit.durable()`.
 *
 * Upstream: server/storage/mvcc/kvstore.go, kvstore_txn.go
 */
import { etcdErrors } from '../api/etcd-errors.ts';
import type { GroupCommit } from './commit.ts';
import { type KeyEntry, KeyIndex } from './key-index.ts';
import { bytesOf, type KeyRange } from './key-range.ts';
import {
  current,
  currentKey,
  encodeNumber,
  metaKey,
  past,
  pastKey,
  record,
  recordKey,
  type StoredKv,
  storedKv,
  tombstone,
} from './layout.ts';
import type { Lessor } from './lessor.ts';
import { metrics } from './metrics.ts';

/** One key's change, as watchers are told of it. */
export interface Change {
  type: 'PUT' | 'DELETE';
  key: string;
  /** The encoded KeyValue of the event. */
  kv: Buffer;
  /** The encoded KeyValue from before; undefined when the key was created. */
  prevKv: Buffer | undefined;
}

/** What one write changed, in order. */
export interface Changes {
  revision: number;
  changes: Change[];
}

/** Where the key space stands: what a start reads back from disk. */
export interface MvccState {
  index: KeyIndex;
  revision: number;
  compactRevision: number;
}

/** The revision of an empty store, and the compact revision of one that was never compacted, as in etcd. */
export const emptyState = (): MvccState => ({ index: new KeyIndex(), revision: 1, compactRevision: -1 });

export class Mvcc {
  readonly index: KeyIndex;
  readonly commit: GroupCommit;
  readonly #lessor: Lessor;
  readonly #publish: (changes: Changes) => void;
  #revision: number;
  #durableRevision: number;
  /** Versions that were superseded before this revision are gone or going. Set by `compact.ts`. */
  compactRevision: number;

  /** `publish` is called in revision order, once a write is on disk. */
  constructor(state: MvccState, commit: GroupCommit, lessor: Lessor, publish: (changes: Changes) => void) {
    this.index = state.index;
    this.#revision = state.revision;
    this.#durableRevision = state.revision;
    this.compactRevision = state.compactRevision;
    this.commit = commit;
    this.#lessor = lessor;
    this.#publish = publish;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Everything up to here is on disk and has been published. */
  get durableRevision(): number {
    return this.#durableRevision;
  }

  /** Throws when `revision` cannot be read: it is not there yet, or not there any more. 0 stands for the current one. */
  checkRevision(revision: number): void {
    if (revision > this.#revision) throw etcdErrors.futureRevision();
    if (revision > 0 && revision < this.compactRevision) throw etcdErrors.compacted();
  }

  /** Runs a write. Its changes share one revision; without a change the revision stays. */
  write<T>(run: (txn: WriteTxn) => T): T {
    const txn = new WriteTxn(this.#revision + 1, this.index, this.commit, this.#lessor);
    const result = run(txn);
    if (txn.changes.length > 0) {
      const { revision, changes } = txn;
      this.#revision = revision;
      changes.forEach(({ kv }, sub) => {
        this.commit.put(recordKey(revision, sub), ...record(kv, sub === changes.length - 1));
      });
      this.commit.whenDurable(() => {
        this.#durableRevision = revision;
        this.#publish({ revision, changes });
      });
    }
    return result;
  }
}

/** One write under way. Its reads see its own changes. */
export class WriteTxn {
  /** The revision that the changes get. */
  readonly revision: number;
  readonly changes: Change[] = [];
  readonly #index: KeyIndex;
  readonly #commit: GroupCommit;
  readonly #lessor: Lessor;

  constructor(revision: number, index: KeyIndex, commit: GroupCommit, lessor: Lessor) {
    this.revision = revision;
    this.#index = index;
    this.#commit = commit;
    this.#lessor = lessor;
  }

  /** The revision that a read inside this write sees. */
  get readRevision(): number {
    return this.changes.length > 0 ? this.revision : this.revision - 1;
  }

  /** Stores a value; the version from before, if any. */
  put(key: string, value: Buffer, lease: bigint): StoredKv | undefined {
    const entry = this.#index.getOrAdd(key);
    const previous = entry.current;
    const kv = storedKv({
      key: bytesOf(key),
      value,
      lease,
      createRevision: previous?.createRevision ?? this.revision,
      modRevision: this.revision,
      version: (previous?.version ?? 0) + 1,
    });
    this.#change(entry, kv, kv.bytes);
    this.#lessor.move(key, previous?.lease ?? 0n, lease);
    metrics.puts.inc();
    return previous;
  }

  /** Deletes the keys that exist in the range; their last versions. */
  delete(range: KeyRange): StoredKv[] {
    const deleted: StoredKv[] = [];
    for (const entry of this.#index.range(range)) {
      const previous = entry.current;
      if (!previous) continue;
      this.#change(entry, undefined, tombstone(bytesOf(entry.key), this.revision));
      this.#lessor.move(entry.key, previous.lease, 0n);
      deleted.push(previous);
      metrics.deletes.inc();
    }
    return deleted;
  }

  /** Makes `kv` the newest version, or deletes the key, in memory and on disk. */
  #change(entry: KeyEntry, kv: StoredKv | undefined, bytes: Buffer): void {
    const { key, current: previous } = entry;
    const sub = this.changes.length;
    if (entry.revision > 0) {
      this.#commit.put(pastKey(key, entry), past({ until: this.revision, deletion: previous === undefined }));
    } else this.#commit.put(metaKey('keys'), encodeNumber(this.#index.size));
    entry.change(this.revision, sub, kv);
    this.#commit.put(currentKey(key), current(entry, entry.first));
    this.changes.push({ type: kv ? 'PUT' : 'DELETE', key, kv: bytes, prevKv: this.#beforeWrite(key, previous) });
  }

  /** Watchers are told what was there before the revision, which an earlier change of this very write is not. */
  #beforeWrite(key: string, previous: StoredKv | undefined): Buffer | undefined {
    if (previous?.modRevision !== this.revision) return previous?.bytes;
    return this.changes.find((change) => change.key === key)?.prevKv;
  }
}
