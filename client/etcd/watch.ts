/**
 * One watch on one stream: an async iterable of the server's responses.
 *
 * Every response is yielded, the first with `created`, those without events too: they report progress. The iteration
 * throws `WatchCanceledError` when the server cancels (with the compact revision when the start is gone) and `EtcdError`
 * when the stream breaks; it ends without an error when the signal aborts or the loop is left. Responses are read
 * from the network only as fast as they are consumed.
 *
 * Upstream: etcd client/v3/watch.go, without resuming and without sharing a stream.
 */
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { WatchCreateRequest, WatchRequest, WatchResponse } from '../../api/etcd.ts';
import { EtcdError, grpcCode } from '../../api/etcd-errors.ts';
import type { Init } from '../../api/protobuf.ts';
import { toEtcdError } from './error.ts';

export interface EtcdWatch extends AsyncIterable<WatchResponse> {
  /** Asks for a response without events whose header says up to which revision everything has been sent. */
  requestProgress(): void;
}

/** The server canceled the watch. */
export class WatchCanceledError extends EtcdError {
  override readonly name = 'WatchCanceledError';
  /** Not 0: the watch asked for a revision before this one, and its history is gone. */
  readonly compactRevision: number;

  constructor(response: WatchResponse) {
    const { compactRevision } = response;
    const compacted = 'etcdserver: mvcc: required revision has been compacted';
    super(
      compactRevision ? grpcCode.outOfRange : grpcCode.canceled,
      response.cancelReason || (compactRevision ? compacted : 'the server canceled the watch'),
    );
    this.compactRevision = compactRevision;
  }
}

type Stream = ClientDuplexStream<Init<WatchRequest>, WatchResponse>;

/** Sends the create request at once. Used by `EtcdClient.watch`. */
export function openWatch(stream: Stream, request: Init<WatchCreateRequest>, signal?: AbortSignal): EtcdWatch {
  stream.write({ createRequest: request });
  // Until it is asked for the first message, grpc-js takes in everything that the server sends.
  stream.read(0);
  // Until somebody iterates, an early failure must not become an uncaught error; the iteration reports it.
  stream.on('error', () => undefined);
  const abort = (): void => stream.cancel();
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  stream.once('status', () => signal?.removeEventListener('abort', abort));
  return {
    requestProgress: () => void stream.write({ progressRequest: {} }),
    [Symbol.asyncIterator]: () => responses(stream, signal),
  };
}

async function* responses(stream: Stream, signal?: AbortSignal): AsyncGenerator<WatchResponse, void, void> {
  try {
    for await (const response of stream as AsyncIterable<WatchResponse>) {
      if (response.canceled) throw new WatchCanceledError(response);
      yield response;
    }
    if (!signal?.aborted) throw new EtcdError(grpcCode.unavailable, 'the server ended the watch stream');
  } catch (error) {
    if (signal?.aborted) return;
    throw error instanceof EtcdError ? error : toEtcdError(error as ServiceError);
  } finally {
    stream.cancel();
  }
}
