/**
 * A long body that is put together while it is sent, block by block. So a list of thousands of objects is never in memory
 * twice, each block is still in the processor's cache when it is encrypted, and the collector has nothing to do: blocks are
 * used again.
 */
import type { ServerResponse } from 'node:http';

const blockBytes = 64 * 1024;
const maxSpare = 64;
const spare: Buffer[] = [];

export class Pieces {
  readonly length: number;
  readonly #parts: readonly Buffer[];

  constructor(parts: readonly Buffer[]) {
    this.#parts = parts;
    this.length = parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** All of it at once. */
  join(): Buffer {
    return Buffer.concat(this.#parts, this.length);
  }

  /** Ends the response, whose head is set, with all of it, as fast as the client reads. Resolves when it is sent, or broken off. */
  async endWith(response: ServerResponse): Promise<void> {
    const reader = new Reader(this.#parts);
    let settle: ((sent: boolean) => void) | undefined;
    // A write to a connection that breaks is never called back.
    response.once('close', () => settle?.(false));
    while (!reader.done && !response.destroyed) {
      const block = spare.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
      const filled = block.subarray(0, reader.fill(block));
      const sent = await new Promise<boolean>((resolve) => {
        settle = resolve;
        response.write(filled, (error) => resolve(!error));
      });
      // What could not be sent may still be in somebody's hands.
      if (sent && spare.length < maxSpare) spare.push(block);
    }
    response.end();
  }
}

/** Copies parts, one after the other, into blocks. */
class Reader {
  readonly #parts: readonly Buffer[];
  #part = 0;
  /** How much of the part has been copied. */
  #offset = 0;

  constructor(parts: readonly Buffer[]) {
    this.#parts = parts;
  }

  get done(): boolean {
    return this.#part === this.#parts.length;
  }

  /** Fills the block as far as there is something; returns how far. */
  fill(block: Buffer): number {
    let at = 0;
    while (at < block.length && !this.done) {
      const part = this.#parts[this.#part]!;
      if (part.length === 1) {
        // Every other one is a comma.
        block[at++] = part[0]!;
        this.#part += 1;
        continue;
      }
      const copied = part.copy(block, at, this.#offset);
      at += copied;
      this.#offset += copied;
      if (this.#offset < part.length) break;
      this.#part += 1;
      this.#offset = 0;
    }
    return at;
  }
}
