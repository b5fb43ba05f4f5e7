/**
 * Checks LevelDB's manifest against the files that are there. LevelDB by itself does not ask whether the log that the
 * manifest names exists, nor whether a table has its size, and deletes the tables that an outdated manifest does not know: a
 * manifest that lost its end, or a log that was removed, would silently cost what they held.
 *
 * The manifest is a log (leveldb-log.ts) of edits, each a sequence of `<tag> <fields>` with numbers as varints and texts after
 * their length: 1 comparator, 2 log number, 3 next file number, 4 last sequence, 5 compaction pointer, 6 deleted table,
 * 7 new table, 9 previous log number. What is live is the sum of all edits. An edit that deletes a file from the list is on
 * disk before the file itself is deleted, so at any moment a crash leaves all files that are live.
 *
 * Upstream: github.com/google/leveldb, db/version_edit.cc, db/version_set.cc
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LevelDbBytes } from './leveldb-bytes.ts';

const tags = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedTable: 6,
  newTable: 7,
  previousLog: 9,
} as const;

export class ManifestCheck {
  #logNumber = 0;
  /** Sizes of the live tables, by number. */
  readonly #tables = new Map<number, number>();

  /** Takes the next edit. What is wrong with it, if anything. */
  next(edit: Buffer): string | undefined {
    const bytes = new LevelDbBytes(edit);
    while (!bytes.atEnd && !bytes.overran) {
      if (!this.#field(bytes)) return 'an edit with a field that is not known';
    }
    return bytes.overran ? 'an edit is incomplete' : undefined;
  }

  /** Once all edits are taken: the names of the live tables. */
  tables(): string[] {
    return [...this.#tables.keys()].map((number) => fileName(number, 'ldb'));
  }

  /** Once all edits are taken: which file is missing or has another size. `names` are the files from before the manifest was read. */
  missing(directory: string, names: string[]): string | undefined {
    const sizeOf = (name: string): number | undefined =>
      statSync(join(directory, name), { throwIfNoEntry: false })?.size;
    const logs = names.filter((name) => name.endsWith('.log'));
    const isThere = (name: string): boolean => names.includes(name) || sizeOf(name) !== undefined;
    if (this.#logNumber > 0 && !isThere(fileName(this.#logNumber, 'log'))) {
      return `${join(directory, fileName(this.#logNumber, 'log'))} is missing`;
    }
    // What LevelDB does first of all is to write a manifest with a log's number.
    if (this.#logNumber === 0 && logs.some((name) => sizeOf(name)! > 0))
      return `${directory} holds a log that its manifest does not name`;
    for (const [number, size] of this.#tables) {
      const name = fileName(number, 'ldb');
      if (!isThere(name)) return `${join(directory, name)} is missing`;
      // A running store, which LevelDB's lock is about to find, may have deleted it just now.
      const found = sizeOf(name) ?? size;
      if (found !== size) return `${join(directory, name)} has ${found} bytes instead of ${size}`;
    }
    return undefined;
  }

  /** False for a field of an unknown kind. */
  #field(bytes: LevelDbBytes): boolean {
    switch (bytes.number()) {
      case tags.comparator:
        bytes.bytes();
        return true;
      case tags.logNumber:
        this.#logNumber = bytes.number();
        return true;
      case tags.nextFile:
      case tags.lastSequence:
      case tags.previousLog:
        bytes.number();
        return true;
      case tags.compactPointer:
        bytes.number();
        bytes.bytes();
        return true;
      case tags.deletedTable:
        bytes.number();
        this.#tables.delete(bytes.number());
        return true;
      case tags.newTable: {
        bytes.number();
        const number = bytes.number();
        this.#tables.set(number, bytes.number());
        bytes.bytes();
        bytes.bytes();
        return true;
      }
      default:
        return false;
    }
  }
}

const fileName = (number: number, ending: string): string => `${String(number).padStart(6, '0')}.${ending}`;
