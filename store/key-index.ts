/**
 * Every key, sorted, with its current version. Older versions are on disk only (`past.ts`).
 *
 * The keys stand in sorted blocks of at most 512: finding one is two binary searches, inserting moves at most one block,
 * and walking a range reads plain arrays. A single sorted array would move megabytes per insert at a million keys,
 * and a tree would cost an object per key.
 *
 * Current values are kept in memory (as encoded, see layout.ts): what a cluster's state weighs is small beside what a
 * read from disk costs.
 *
 * Upstream: server/storage/mvcc/index.go, key_index.go
 */
import { isSingleKey, type KeyRange } from './key-range.ts';
import type { RecordPosition, StoredKv } from './layout.ts';

/** A key and its newest change. A deleted key stays until its deletion is compacted. */
export class KeyEntry implements RecordPosition {
  readonly key: string;
  /** The newest version, undefined while the key is deleted. */
  current: StoredKv | undefined;
  /** Where the newest change is; 0 for a key that was never written. */
  revision = 0;
  sub = 0;
  /** The revision of the first change. */
  first = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** A newer change; `current` is undefined for a deletion. */
  change(revision: number, sub: number, current: StoredKv | undefined): void {
    if (this.first === 0) this.first = revision;
    this.revision = revision;
    this.sub = sub;
    this.current = current;
  }
}

const maxBlock = 512;

export class KeyIndex {
  // Blocks are never empty, but for the only block of an empty index.
  readonly #blocks: KeyEntry[][] = [[]];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): KeyEntry | undefined {
    const block = this.#blocks[this.#blockOf(key)]!;
    const found = block[lowerBound(block, key)];
    return found?.key === key ? found : undefined;
  }

  getOrAdd(key: string): KeyEntry {
    const blockNumber = this.#blockOf(key);
    const block = this.#blocks[blockNumber]!;
    const place = lowerBound(block, key);
    const found = block[place];
    if (found?.key === key) return found;
    const added = new KeyEntry(key);
    block.splice(place, 0, added);
    this.#size++;
    if (block.length > maxBlock) this.#split(blockNumber, place);
    return added;
  }

  remove(key: string): void {
    const blockNumber = this.#blockOf(key);
    const block = this.#blocks[blockNumber]!;
    const place = lowerBound(block, key);
    if (block[place]?.key !== key) return;
    block.splice(place, 1);
    this.#size--;
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(blockNumber, 1);
  }

  /** In key order. The index must not gain or lose keys while this is read. */
  range(range: KeyRange): Iterable<KeyEntry> {
    if (!isSingleKey(range)) return this.#walk(range);
    const entry = this.get(range.start);
    return entry ? [entry] : [];
  }

  *#walk({ start, end }: KeyRange): Generator<KeyEntry, void, void> {
    let blockNumber = this.#blockOf(start);
    let place = lowerBound(this.#blocks[blockNumber]!, start);
    for (; blockNumber < this.#blocks.length; blockNumber++, place = 0) {
      const block = this.#blocks[blockNumber]!;
      for (; place < block.length; place++) {
        const entry = block[place]!;
        if (end !== undefined && entry.key >= end) return;
        yield entry;
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
function lowerBound(block: KeyEntry[], key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (block[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
