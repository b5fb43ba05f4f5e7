/**
 * The table of everything that the store serves: method, and function. It works on messages as bytes and on streams as
 * `stream.ts` has them, so a transport only has to carry those and turn an `EtcdError` into its own kind of status.
 */

import { type Method, methods } from '../api/etcd.ts';
import { EtcdError, etcdErrors, grpcCode } from '../api/etcd-errors.ts';
import { maintenanceMethods } from '../api/etcd-maintenance.ts';
import { healthMethods } from '../api/grpc-health.ts';
import { type Init, ProtobufError } from '../api/protobuf.ts';
import { exchangeMethod } from '../api/store-exchange.ts';
import type { Logger } from '../client/component/log.ts';
import { alarm, unlessCorrupt } from './alarm.ts';
import { compact } from './compact.ts';
import { defragment } from './defragment.ts';
import { deleteRange } from './delete-range.ts';
import { ExchangeStream, type UnaryCall } from './exchange.ts';
import { figuresOf, type MethodFigures } from './grpc-figures.ts';
import { hash, hashKv } from './hash.ts';
import { checkHealth, watchHealth } from './health-check.ts';
import { leaseGrant, leaseKeepAlive, leaseLeases, leaseRevoke, leaseTimeToLive } from './lease.ts';
import { put } from './put.ts';
import { range } from './range.ts';
import { SnapshotStream } from './snapshot.ts';
import { memberList, status } from './status.ts';
import type { Store } from './store.ts';
import type { Incoming, Outgoing } from './stream.ts';
import { mayWrite, txn } from './txn.ts';
import { WatchStream } from './watch.ts';

export type Handler =
  | { path: string; kind: 'unary'; call(request: Buffer): Promise<Buffer> }
  | { path: string; kind: 'bidi'; open(out: Outgoing<Buffer>): Incoming<Buffer> };

export interface HandlerOptions {
  /** Longer requests to change something are refused. */
  maxRequestBytes: number;
  /** The member's name and the URLs it answers at. */
  name: string;
  clientUrls: string[];
  logger: Logger;
}

export function handlers(store: Store, options: HandlerOptions): Handler[] {
  const serve = new Serving(store, options);
  const write = { limited: true };
  const table = [
    serve.unary(methods.range, range),
    serve.unary(methods.put, unlessCorrupt(put), write),
    serve.unary(methods.deleteRange, unlessCorrupt(deleteRange), write),
    serve.unary(methods.txn, unlessCorrupt(txn, mayWrite), write),
    serve.unary(methods.compact, unlessCorrupt(compact)),
    serve.bidi(methods.watch, (out) => new WatchStream(store, out)),
    serve.unary(methods.leaseGrant, unlessCorrupt(leaseGrant)),
    serve.unary(methods.leaseRevoke, unlessCorrupt(leaseRevoke)),
    serve.bidi(methods.leaseKeepAlive, (out) =>
      inOrder(async (request) => out.send(await leaseKeepAlive(store, request))),
    ),
    serve.unary(methods.leaseTimeToLive, leaseTimeToLive),
    serve.unary(methods.leaseLeases, leaseLeases),
    serve.unary(methods.status, status),
    serve.unary(maintenanceMethods.alarm, alarm),
    serve.unary(maintenanceMethods.defragment, defragment),
    serve.unary(maintenanceMethods.hash, hash),
    serve.unary(maintenanceMethods.hashKv, hashKv),
    serve.bidi(maintenanceMethods.snapshot, (out) => new SnapshotStream(store, out)),
    serve.unary(healthMethods.check, checkHealth),
    serve.bidi(healthMethods.watch, watchHealth),
    serve.unary(methods.memberList, async () => memberList(store, options.name, options.clientUrls)),
  ];
  const unaryCalls = new Map(
    table.flatMap((one): [string, UnaryCall][] => (one.kind === 'unary' ? [[one.path, one.call]] : [])),
  );
  return [...table, serve.bidi(exchangeMethod, (out) => new ExchangeStream(unaryCalls, out))];
}

/** What all methods share: codecs, the size limit, errors, figures, and one debug line a call. */
class Serving {
  readonly #store: Store;
  readonly #options: HandlerOptions;

  constructor(store: Store, options: HandlerOptions) {
    this.#store = store;
    this.#options = options;
  }

  unary<Q, R>(
    method: Method<Q, R>,
    handle: (store: Store, request: Q) => Promise<Init<R>>,
    { limited } = { limited: false },
  ): Handler {
    const figures = figuresOf(method.path, 'unary');
    const call = async (bytes: Buffer): Promise<Buffer> => {
      figures.started++;
      const revision = this.#store.mvcc.revision;
      try {
        if (limited && bytes.length > this.#options.maxRequestBytes) throw etcdErrors.requestTooLarge();
        const request = decode(method, bytes);
        const response = method.response.encode(await handle(this.#store, request));
        this.#finished(method, figures, revision, request);
        return response;
      } catch (thrown) {
        const error = this.#toEtcdError(method, thrown);
        this.#finished(method, figures, revision, undefined, error);
        throw error;
      }
    };
    return { path: method.path, kind: 'unary', call };
  }

  bidi<Q, R>(method: Method<Q, R>, open: (out: Outgoing<Init<R>>) => Incoming<Q>): Handler {
    const figures = figuresOf(method.path, 'bidi_stream');
    return {
      path: method.path,
      kind: 'bidi',
      open: (out) => {
        figures.started++;
        const revision = this.#store.mvcc.revision;
        let failure: EtcdError | undefined;
        const incoming = open({
          send: (response) => out.send(method.response.encode(response)),
          onDrain: (callback) => out.onDrain(callback),
        });
        return {
          outlivesRequests: incoming.outlivesRequests,
          receive: async (bytes) => {
            try {
              await incoming.receive(decode(method, bytes));
            } catch (thrown) {
              failure = this.#toEtcdError(method, thrown);
              throw failure;
            }
          },
          close: () => {
            incoming.close();
            this.#finished(method, figures, revision, undefined, failure);
          },
        };
      },
    };
  }

  #toEtcdError({ path }: Method<unknown, unknown> | { path: string }, thrown: unknown): EtcdError {
    if (thrown instanceof EtcdError) return thrown;
    this.#options.logger.error({ err: thrown, method: path }, 'Request failed');
    return new EtcdError(grpcCode.internal, `etcdserver: ${(thrown as Error).message}`);
  }

  #finished(
    { path }: { path: string },
    figures: MethodFigures,
    revision: number,
    request: unknown,
    error?: EtcdError,
  ): void {
    figures.ended(error?.code);
    const { logger } = this.#options;
    if (!logger.isLevelEnabled('debug')) return;
    const key = (request as { key?: Buffer } | undefined)?.key?.toString();
    logger.debug({ method: path, key, revision, after: this.#store.mvcc.revision, error: error?.message }, 'Request');
  }
}

function decode<Q>({ kind, request }: Pick<Method<Q, never>, 'kind' | 'request'>, bytes: Buffer): Q {
  try {
    return request.decode(bytes);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    const what = kind === 'unary' ? 'error unmarshalling request:' : 'failed to unmarshal the received message';
    throw new EtcdError(grpcCode.internal, `grpc: ${what} ${error.message}`);
  }
}

/** Handles the requests of a stream one after the other. */
function inOrder<Q>(handle: (request: Q) => Promise<unknown>): Incoming<Q> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    outlivesRequests: false,
    receive: async (request) => {
      last = last.then(() => handle(request));
      await last;
    },
    close: () => undefined,
  };
}
