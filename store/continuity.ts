/**
 * Whether changes are missing where the log is read: after the compacted revisions there is one for every revision, and
 * those of a revision are numbered. LevelDB says nothing about an entry that it has lost.
 */
import { DamagedError, describeRecord, type RecordPosition } from './layout.ts';

/** A new store is at 1. */
const firstRevision = 2;

export class Continuity {
  readonly #compactRevision: number;
  #last: RecordPosition;

  /** The changes from `first` on are checked. */
  constructor(first: number, compactRevision: number) {
    this.#compactRevision = compactRevision;
    this.#last = { revision: Math.max(first, compactRevision + 1, firstRevision) - 1, sub: Number.POSITIVE_INFINITY };
  }

  /** Takes the next change, in order. Throws a `DamagedError` when there should have been others before it. */
  next(position: RecordPosition): void {
    const { revision, sub } = position;
    // What is compacted has gaps.
    if (revision <= this.#compactRevision) return;
    const last = this.#last;
    const follows = revision === last.revision ? sub === last.sub + 1 : revision === last.revision + 1 && sub === 0;
    if (!follows) throw new DamagedError(`changes before ${describeRecord(position)} are missing`);
    this.#last = position;
  }

  /** There are no more changes. Throws when the log should go on to `revision`. */
  end(revision: number): void {
    if (this.#last.revision >= revision) return;
    throw new DamagedError(`the records of revision ${this.#last.revision + 1} are missing`);
  }
}
