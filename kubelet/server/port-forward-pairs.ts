/**
 * The streams of a port-forward over SPDY come in pairs: one for the bytes, one for what went wrong. Both carry the port and the
 * number of the request that they belong to.
 *
 * Upstream: kubelet/pkg/cri/streaming/portforward/httpstream.go
 */
import type { SpdyStream } from '../../client/spdy/session.ts';
import { type Forward, portOf } from './forward.ts';

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
  timer: NodeJS.Timeout;
}

const creationMs = 30_000;

/** Puts the streams of one connection together. */
export class StreamPairs {
  readonly #pairs = new Map<string, Pair>();
  readonly #forward: Forward;

  constructor(forward: Forward) {
    this.#forward = forward;
  }

  /** Takes a stream; the second of a pair starts forwarding. What is not of this protocol is refused. */
  add(stream: SpdyStream): void {
    const { streamtype: type, port: portText = '' } = stream.headers;
    const port = portOf(portText);
    if ((type !== 'data' && type !== 'error') || port === undefined) {
      stream.reset();
      return;
    }
    const id = requestId(stream);
    const pair = this.#pairs.get(id) ?? this.#begin(id);
    if (pair[type]) {
      stream.reset();
      return;
    }
    pair[type] = stream;
    stream.reply();
    const { data, error } = pair;
    if (!data || !error) return;
    clearTimeout(pair.timer);
    this.#pairs.delete(id);
    // The client says nothing on this one.
    error.resume();
    this.#forward(port, data).then(
      () => error.end(),
      (failure: Error) => {
        error.end(failure.message);
        data.reset();
      },
    );
  }

  #begin(id: string): Pair {
    const timer = setTimeout(() => {
      this.#pairs.delete(id);
      pair.error?.end(`(request=${id}) timed out waiting for streams`);
      pair.data?.reset();
    }, creationMs);
    timer.unref();
    const pair: Pair = { timer };
    this.#pairs.set(id, pair);
    return pair;
  }
}

/** Clients from before requests had numbers begin the error stream first, and the data stream next. */
function requestId({ headers, id }: SpdyStream): string {
  return headers['requestid'] ?? String(headers['streamtype'] === 'error' ? id : id - 2);
}
