/**
 * Entries in key order, in blocks of bounded size: adding and removing one moves no more than a block, however many there
 * are, and a list takes whole blocks.
 *
 * Upstream: apiserver/pkg/storage/cacher/store_btree.go
 */
import type { Entry } from './entry.ts';

/** A block that grows beyond it is cut in two. */
const maxBlock = 512;

export class SortedEntries {
  /** Never empty blocks, each before the next one. */
  #blocks: Entry[][] = [];

  /** Takes over entries in any order; of one key there may be only one. */
  replace(entries: readonly Entry[]): void {
    const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#blocks = [];
    for (let at = 0; at < sorted.length; at += maxBlock / 2) this.#blocks.push(sorted.slice(at, at + maxBlock / 2));
  }

  /** Puts the entry in the place of the one with its key, or among the others. */
  set(entry: Entry): void {
    const at = this.#blockOf(entry.key);
    const block = this.#blocks[at];
    if (!block) {
      this.#blocks.push([entry]);
      return;
    }
    const i = firstAtLeast(block, entry.key);
    if (block[i]?.key === entry.key) block[i] = entry;
    else block.splice(i, 0, entry);
    if (block.length > maxBlock) this.#blocks.splice(at + 1, 0, block.splice(maxBlock / 2));
  }

  delete(key: string): void {
    const at = this.#blockOf(key);
    const block = this.#blocks[at];
    if (!block) return;
    const i = firstAtLeast(block, key);
    if (block[i]?.key === key) block.splice(i, 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
  }

  /** All whose key begins with `prefix`. */
  list(prefix: string): Entry[] {
    if (prefix === '') return this.#blocks.flat();
    const found: Entry[] = [];
    const end = prefix + last;
    for (let at = this.#blockOf(prefix); at < this.#blocks.length; at++) {
      const block = this.#blocks[at]!;
      if (block[0]!.key > end) break;
      const from = firstAtLeast(block, prefix);
      const to = firstAtLeast(block, end);
      for (let i = from; i < to; i++) found.push(block[i]!);
    }
    return found;
  }

  /** The last block that does not begin after the key; the first one for a key before all. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle]![0]!.key <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** After every character that a key may have. */
const last = '\uffff';

/** Index of the first entry whose key is not below `key`. */
function firstAtLeast(block: readonly Entry[], key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (block[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
