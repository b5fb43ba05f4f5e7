/** Reads what LevelDB writes in its log and its manifest: varints, and byte strings with their length before them. */
export class LevelDbBytes {
  readonly #source: Buffer;
  #at: number;
  /** More was read than there is: what was read since is not to be believed. */
  overran = false;

  constructor(source: Buffer, at = 0) {
    this.#source = source;
    this.#at = at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  byte(): number {
    const byte = this.#source[this.#at++];
    if (byte === undefined) this.overran = true;
    return byte ?? 0;
  }

  /** A varint. */
  number(): number {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      number += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return number;
    }
  }

  /** So many bytes. */
  take(length: number): Buffer {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#source.length) this.overran = true;
    return this.#source.subarray(start, this.#at);
  }

  /** As many bytes as the varint before them says. */
  bytes(): Buffer {
    return this.take(this.number());
  }
}
