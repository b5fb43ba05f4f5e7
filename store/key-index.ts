/**
 * Every key, sorted, with its current version in memory and where its older versions are on disk.
 *
 * The keys stand in sorted blocks of at most 512: finding one is two binary searches, inserting moves at most one block,
 * and walking a range reads plain arrays. A single sorted array would move megabytes per insert at a million keys,
 * and a tree would cost an object per key.
 *
 * Current values are kept in memory (as encoded, see layout.ts): what a cluster's state weighs is small beside what a
 * read from disk costs. Older versions cost 16 bytes each here, until compaction.
 *
 * Upstream: server/storage/mvcc/index.go, key_index.go
 */
import type { KeyRange } from './key-range.ts';
import type { StoredKv } from './layout.ts';

/** Where a record is: its revision, and its place among the changes of that revision. */
export interface RecordPosition {
  revision: number;
  sub: number;
}

/** A version as the index knows it: in memory, or where it is on disk. */
export type Version = StoredKv | RecordPosition;

export const isInMemory = (version: Version): version is StoredKv => 'bytes' in version;

/** The versions that have to be read. */
export const onDisk = (versions: (Version | undefined)[]): RecordPosition[] =>
  versions.filter((version) => version !== undefined && !isInMemory(version)) as RecordPosition[];

/**
 * The history of one key: `[revision, sub, revision, sub, ...]`, oldest first, with `~sub` for a deletion.
 *
 *     put at 2, put at 5, delete at 9 as the second change of its txn:   [2, 0, 5, 0, 9, ~1]
 */
export class KeyHistory {
  readonly key: string;
  /** The newest version, undefined while the key is deleted. */
  current: StoredKv | undefined;
  #positions: number[] = [];

  constructor(key: string) {
    this.key = key;
  }

  put(kv: StoredKv, sub: number): void {
    this.#positions.push(kv.modRevision, sub);
    this.current = kv;
  }

  delete(revision: number, sub: number): void {
    this.#positions.push(revision, ~sub);
    this.current = undefined;
  }

  /** The version that was current at `revision`; undefined when there was none. */
  at(revision: number): Version | undefined {
    if (this.current && this.current.modRevision <= revision) return this.current;
    const i = this.#lastAt(revision);
    if (i < 0 || this.#positions[i + 1]! < 0) return undefined;
    return { revision: this.#positions[i]!, sub: this.#positions[i + 1]! };
  }

  /** Where the last position at or before `revision` stands; -2 when there is none. */
  #lastAt(revision: number): number {
    let low = 0;
    let high = this.#positions.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#positions[middle * 2]! <= revision) low = middle + 1;
      else high = middle;
    }
    return low * 2 - 2;
  }

  /**
   * Forgets what no read at `revision` or later can see, and returns it.
   *
   * With the example above: compact(5) forgets 2; compact(8) the same; compact(9) forgets 2 and 5 and keeps the deletion,
   * because a watch may still start at 9; compact(10) forgets everything.
   */
  compact(revision: number): RecordPosition[] {
    let keep = this.#lastAt(revision);
    if (keep < 0) return [];
    if (this.#positions[keep + 1]! < 0 && this.#positions[keep]! < revision) keep += 2;
    if (keep === 0) return [];
    const forgotten: RecordPosition[] = [];
    for (let i = 0; i < keep; i += 2) {
      const sub = this.#positions[i + 1]!;
      forgotten.push({ revision: this.#positions[i]!, sub: sub < 0 ? ~sub : sub });
    }
    this.#positions = this.#positions.slice(keep);
    return forgotten;
  }

  get isEmpty(): boolean {
    return this.#positions.length === 0;
  }
}

const maxBlock = 512;

export class KeyIndex {
  // Blocks are never empty, but for the only block of an empty index.
  readonly #blocks: KeyHistory[][] = [[]];

  get(key: string): KeyHistory | undefined {
    const block = this.#blocks[this.#blockOf(key)]!;
    const found = block[lowerBound(block, key)];
    return found?.key === key ? found : undefined;
  }

  getOrAdd(key: string): KeyHistory {
    const blockNumber = this.#blockOf(key);
    const block = this.#blocks[blockNumber]!;
    const place = lowerBound(block, key);
    const found = block[place];
    if (found?.key === key) return found;
    const added = new KeyHistory(key);
    block.splice(place, 0, added);
    if (block.length > maxBlock) this.#split(blockNumber, place);
    return added;
  }

  remove(key: string): void {
    const blockNumber = this.#blockOf(key);
    const block = this.#blocks[blockNumber]!;
    const place = lowerBound(block, key);
    if (block[place]?.key !== key) return;
    block.splice(place, 1);
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(blockNumber, 1);
  }

  /** In key order. The index must not gain or lose keys while this is read. */
  *range({ start, end }: KeyRange): Generator<KeyHistory, void, void> {
    let blockNumber = this.#blockOf(start);
    let place = lowerBound(this.#blocks[blockNumber]!, start);
    for (; blockNumber < this.#blocks.length; blockNumber++, place = 0) {
      const block = this.#blocks[blockNumber]!;
      for (; place < block.length; place++) {
        const history = block[place]!;
        if (end !== undefined && history.key >= end) return;
        yield history;
      }
    }
  }

  /** Keys added in order, as a load often does, leave full blocks behind instead of half-full ones. */
  #split(blockNumber: number, place: number): void {
    const block = this.#blocks[blockNumber]!;
    const at = place === block.length - 1 ? block.length - 1 : block.length >> 1;
    this.#blocks.splice(blockNumber + 1, 0, block.splice(at));
  }

  /** The last block that starts at or before the key. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#blocks[middle]![0]!.key <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The first place whose key is not below `key`. */
function lowerBound(block: KeyHistory[], key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (block[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
