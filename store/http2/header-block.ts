/**
 * Puts a header block together: HEADERS, and CONTINUATION frames when it did not fit. Nothing else may come in between.
 *
 *     HEADERS 1 (no END_HEADERS)   CONTINUATION 1   CONTINUATION 1 (END_HEADERS)
 *
 * Upstream: RFC 9113, sections 6.2 and 6.10
 */
import { enhanceYourCalm, frameSizeError, protocolError } from './error.ts';
import { endOfPadded, frameFlag } from './frame.ts';
import { limits } from './limits.ts';

/** A stream to depend on, and a weight. We do not care. */
export const priorityBytes = 5;

/** Called with a whole block. */
export type BlockHandler = (streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number) => void;

export class HeaderBlockReader {
  readonly #onBlock: BlockHandler;
  /** The stream whose block is under way; 0: none. */
  #streamId = 0;
  #endStream = false;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(onBlock: BlockHandler) {
    this.#onBlock = onBlock;
  }

  get isOpen(): boolean {
    return this.#streamId !== 0;
  }

  headers(flags: number, streamId: number, bytes: Buffer, frameStart: number, frameEnd: number): void {
    let start = frameStart;
    let end = frameEnd;
    if (flags & frameFlag.padded) {
      end = endOfPadded(bytes, start, end);
      start++;
    }
    if (flags & frameFlag.priority) start += priorityBytes;
    if (start > end) throw frameSizeError('HEADERS without the priority that its flags announce');
    const endStream = (flags & frameFlag.endStream) !== 0;
    if (flags & frameFlag.endHeaders) {
      this.#onBlock(streamId, endStream, bytes, start, end);
      return;
    }
    this.#streamId = streamId;
    this.#endStream = endStream;
    this.#add(bytes, start, end);
  }

  continuation(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== this.#streamId || streamId === 0) throw protocolError('CONTINUATION of no header block');
    this.#add(bytes, start, end);
    if (!(flags & frameFlag.endHeaders)) return;
    const block = Buffer.concat(this.#parts);
    this.#streamId = 0;
    this.#parts = [];
    this.#size = 0;
    this.#onBlock(streamId, this.#endStream, block, 0, block.length);
  }

  #add(bytes: Buffer, start: number, end: number): void {
    this.#parts.push(bytes.subarray(start, end));
    this.#size += end - start;
    if (this.#parts.length > limits.headerBlockFrames || this.#size > limits.headerBlockBytes) {
      throw enhanceYourCalm(`a header block of more than ${limits.headerBlockBytes} bytes or many frames`);
    }
  }
}
