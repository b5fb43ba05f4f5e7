/**
 * Whether changes are missing where the log is read: after the compacted revisions there is one for every revision, and
 * those of a revision are numbered. LevelDB says nothing about an entry that it has lost.
 */
import { DamagedError, describeRecord, type RecordPosition } from './layout.ts';

/** A new store is at 1. */
const firstRevision = 2;

/** A change that was read. `last`: there is no other at its revision; absent when that is not known. */
type Read = RecordPosition & { last?: boolean };

export class Continuity {
  readonly #compactRevision: number;
  #before: Read;

  /** The changes from `first` on are checked. */
  constructor(first: number, compactRevision: number) {
    this.#compactRevision = compactRevision;
    this.#before = { revision: Math.max(first, compactRevision + 1, firstRevision) - 1, sub: Number.POSITIVE_INFINITY };
  }

  /** Takes the next change, in order. Throws a `DamagedError` when there should have been others before it. */
  next(change: Read): void {
    const { revision, sub } = change;
    // What is compacted has gaps.
    if (revision <= this.#compactRevision) return;
    const { revision: at, sub: before, last } = this.#before;
    const isSame = revision === at && sub === before + 1 && last !== true;
    const isNext = revision === at + 1 && sub === 0 && last !== false;
    if (!isSame && !isNext) throw new DamagedError(`changes before ${describeRecord(change)} are missing`);
    this.#before = change;
  }

  /** There are no more changes. Throws when the log should go on to `revision`. */
  end(revision: number): void {
    const { revision: at, last } = this.#before;
    if (at < revision) throw new DamagedError(`the records of revision ${at + 1} are missing`);
    if (last === false) throw new DamagedError(`the last record of revision ${at} is missing`);
  }
}
