/** Sizes of the client's terminal as they come, each a JSON object `{"Width":80,"Height":24}`; only the newest matters. */
import type { TerminalSize } from '../runtime/runtime.ts';

export class TerminalSizes implements AsyncIterable<TerminalSize> {
  #text = '';
  #latest: TerminalSize | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  /** Takes part of the text; a size may come in pieces. */
  push(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    for (let end = this.#text.indexOf('}'); end >= 0; end = this.#text.indexOf('}')) {
      this.#take(this.#text.slice(0, end + 1));
      this.#text = this.#text.slice(end + 1);
    }
    // A size is short: what is not is none.
    if (this.#text.length > 1024) this.#text = '';
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<TerminalSize> {
    while (!this.#ended) {
      const size = this.#latest;
      this.#latest = undefined;
      if (size) yield size;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(text: string): void {
    const width = Number(/"Width":\s*(\d+)/i.exec(text)?.[1]);
    const height = Number(/"Height":\s*(\d+)/i.exec(text)?.[1]);
    // A size that cannot be read leaves the terminal as it is.
    if (!width || !height) return;
    this.#latest = { width, height };
    this.#wake();
  }
}
