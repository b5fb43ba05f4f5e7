/**
 * The first bytes of a connection: the client says that it means HTTP/2 before it says anything else.
 *
 * Upstream: RFC 9113, section 3.4
 */
import { protocolError } from './error.ts';
import { preface } from './frame.ts';

/** What a browser, or curl without `--http2-prior-knowledge`, is told. */
export const http1Answer =
  'HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n' +
  'This address serves gRPC, which is HTTP/2 only. Health and metrics are at --listen-metrics-urls.\n';

/** A client that speaks HTTP/1. */
export class Http1Error extends Error {}

export class PrefaceReader {
  #seen = 0;

  get isDone(): boolean {
    return this.#seen === preface.length;
  }

  /** Takes what arrived; what of it comes after the preface. Throws as soon as it is not the preface. */
  push(chunk: Buffer): Buffer {
    const size = Math.min(chunk.length, preface.length - this.#seen);
    if (!chunk.subarray(0, size).equals(preface.subarray(this.#seen, this.#seen + size))) {
      if (this.#seen === 0 && /^[A-Z]{3,7} \S* HTTP\/1/.test(chunk.toString('latin1', 0, 1024))) throw new Http1Error();
      throw protocolError('the connection does not begin with the preface of HTTP/2');
    }
    this.#seen += size;
    return chunk.subarray(size);
  }
}
