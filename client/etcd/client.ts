/**
 * The client of an etcd v3 server: our store, or any real etcd.
 *
 * - Unary calls go over one shared stream where the server is our store, and are plain gRPC calls elsewhere; nothing but
 *   speed tells them apart. Calls that are under way together take effect in any order.
 * - A failed call throws `EtcdError` with the gRPC code and etcd's text; `isEtcdError(error, 'compacted')` recognises one.
 * - The connection is made by the first call and made again by itself after it broke. Calls made while the server is
 *   away fail with code 14 (unavailable); nothing is retried here, because only the caller knows whether a write may
 *   be repeated.
 * - A watch is one stream. When it breaks it ends with an error, and the caller watches again from the revision after
 *   the last one it saw.
 *
 * Upstream: etcd client/v3, without balancing over several endpoints and without retries.
 */
import { readFileSync } from 'node:fs';
import { type ChannelCredentials, Client, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  type DeleteRangeRequest,
  type Method,
  methods,
  type PutRequest,
  type RangeRequest,
  type TxnRequest,
  type WatchCreateRequest,
} from '../../api/etcd.ts';
import { EtcdError, grpcCode } from '../../api/etcd-errors.ts';
import { maintenanceMethods, type SnapshotResponse } from '../../api/etcd-maintenance.ts';
import type { Init, TypeOf } from '../../api/protobuf.ts';
import { toEtcdError } from './error.ts';
import { ExchangeTransport } from './exchange.ts';
import { plainTransport } from './plain.ts';
import type { Transport } from './transport.ts';
import { type EtcdWatch, openWatch } from './watch.ts';

export interface EtcdClientOptions {
  /** `unix:///run/store.sock`, `http://127.0.0.1:2379` or `https://host:2379`. */
  endpoint: string;
  /** For `https`: the server's CA and the client's own certificate. */
  tls?: { caFile?: string | undefined; certFile?: string | undefined; keyFile?: string | undefined } | undefined;
  /** How long a unary call may take. Default 30 s. */
  timeoutMs?: number | undefined;
  /**
   * `auto`, the default: unary calls share one stream where the server is our store. `plain`: each is a gRPC call of its own,
   * as on any other etcd.
   */
  transport?: 'auto' | 'plain' | undefined;
}

const allMethods = { ...methods, ...maintenanceMethods };

type Methods = typeof allMethods;
type RequestOf<N extends keyof Methods> = Init<TypeOf<Methods[N]['request']>>;
type ResponseOf<N extends keyof Methods> = Promise<TypeOf<Methods[N]['response']>>;

export class EtcdClient {
  readonly #channel: Client;
  readonly #transport: Transport;
  /** Undefined: every call is a plain one. */
  readonly #exchange: ExchangeTransport | undefined;
  readonly #timeoutMs: number;
  /** Calls that are not settled. */
  #underWay = 0;
  #closed = false;
  /** Streams that grpc-js would keep open when the channel is closed. */
  readonly #watches = new Set<{ cancel(): void }>();

  constructor({ endpoint, tls, timeoutMs = 30_000, transport = 'auto' }: EtcdClientOptions) {
    this.#timeoutMs = timeoutMs;
    const { address, secure } = parseEndpoint(endpoint);
    this.#channel = new Client(address, secure ? tlsCredentials(tls ?? {}) : credentials.createInsecure(), {
      // A list may be as large as the server makes it; requests are limited by the server.
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // A server that was away for a moment is found again quickly.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
      // A connection whose other end is gone without a word is given up, with the calls that wait on it.
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.enable_retries': 0,
    });
    const plain = plainTransport(this.#channel);
    this.#exchange = transport === 'auto' ? new ExchangeTransport(this.#channel, plain) : undefined;
    this.#transport = this.#exchange ?? plain;
  }

  range(request: Init<RangeRequest>): ResponseOf<'range'> {
    return this.#unary(methods.range, request);
  }

  put(request: Init<PutRequest>): ResponseOf<'put'> {
    return this.#unary(methods.put, request);
  }

  deleteRange(request: Init<DeleteRangeRequest>): ResponseOf<'deleteRange'> {
    return this.#unary(methods.deleteRange, request);
  }

  txn(request: Init<TxnRequest>): ResponseOf<'txn'> {
    return this.#unary(methods.txn, request);
  }

  compact(request: RequestOf<'compact'>): ResponseOf<'compact'> {
    return this.#unary(methods.compact, request);
  }

  leaseGrant(request: RequestOf<'leaseGrant'>): ResponseOf<'leaseGrant'> {
    return this.#unary(methods.leaseGrant, request);
  }

  leaseRevoke(request: RequestOf<'leaseRevoke'>): ResponseOf<'leaseRevoke'> {
    return this.#unary(methods.leaseRevoke, request);
  }

  leaseTimeToLive(request: RequestOf<'leaseTimeToLive'>): ResponseOf<'leaseTimeToLive'> {
    return this.#unary(methods.leaseTimeToLive, request);
  }

  leaseLeases(): ResponseOf<'leaseLeases'> {
    return this.#unary(methods.leaseLeases, {});
  }

  status(): ResponseOf<'status'> {
    return this.#unary(methods.status, {});
  }

  memberList(): ResponseOf<'memberList'> {
    return this.#unary(methods.memberList, {});
  }

  alarm(request: RequestOf<'alarm'>): ResponseOf<'alarm'> {
    return this.#unary(maintenanceMethods.alarm, request);
  }

  /** May take long: the timeout does not hold for it. */
  defragment(): ResponseOf<'defragment'> {
    return this.#unary(maintenanceMethods.defragment, {}, Number.POSITIVE_INFINITY);
  }

  hash(): ResponseOf<'hash'> {
    return this.#unary(maintenanceMethods.hash, {});
  }

  hashKv(request: RequestOf<'hashKv'> = {}): ResponseOf<'hashKv'> {
    return this.#unary(maintenanceMethods.hashKv, request);
  }

  /**
   * The whole database as the server has it now, as the bytes of a snapshot file in pieces, read from the network only
   * as fast as they are consumed. Throws `EtcdError` when the stream breaks.
   */
  async *snapshot(): AsyncGenerator<SnapshotResponse, void, void> {
    const { path, request, response } = maintenanceMethods.snapshot;
    const stream = this.#channel.makeServerStreamRequest(path, request.encode, response.decode, {});
    try {
      yield* stream as AsyncIterable<SnapshotResponse>;
    } catch (error) {
      throw toEtcdError(error as ServiceError);
    } finally {
      stream.cancel();
    }
  }

  /** Renews a lease once. A `ttl` of 0 in the answer: there is no such lease any more. */
  leaseKeepAlive(request: RequestOf<'leaseKeepAlive'>): ResponseOf<'leaseKeepAlive'> {
    const { path, request: requests, response } = methods.leaseKeepAlive;
    const options = { deadline: Date.now() + this.#timeoutMs };
    return this.#counted(
      () =>
        new Promise((resolve, reject) => {
          const stream = this.#channel.makeBidiStreamRequest(path, requests.encode, response.decode, options);
          stream.on('data', resolve);
          stream.on('error', (error: ServiceError) => reject(toEtcdError(error)));
          stream.on('end', () => reject(new EtcdError(grpcCode.unavailable, 'the stream ended without an answer')));
          stream.end(request);
        }),
    );
  }

  /**
   * Watches a key or range. Ends when the signal aborts, when the server cancels it, or when the stream breaks.
   *
   *     for await (const { header, events } of client.watch({ key, rangeEnd: prefixEnd(key), startRevision })) ...
   */
  watch(request: Init<WatchCreateRequest>, signal?: AbortSignal): EtcdWatch {
    const { path, request: requests, response } = methods.watch;
    const stream = this.#channel.makeBidiStreamRequest(path, requests.encode, response.decode);
    this.#watches.add(stream);
    stream.once('status', () => this.#watches.delete(stream));
    return openWatch(stream, request, signal);
  }

  /**
   * Ends watches under way with an error, and the connection once other calls are settled. Calls that are made later fail with
   * code 1. A client that is not closed keeps its process running.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of this.#watches) watch.cancel();
    if (this.#underWay === 0) this.#disconnect();
  }

  #disconnect(): void {
    this.#exchange?.close();
    this.#channel.close();
  }

  async #unary<Q, R>(
    { path, request, response }: Method<Q, R>,
    value: Init<Q>,
    timeoutMs = this.#timeoutMs,
  ): Promise<R> {
    const bytes = await this.#counted(() => this.#transport.unary(path, request.encode(value), Date.now() + timeoutMs));
    try {
      return response.decode(bytes);
    } catch (error) {
      throw new EtcdError(grpcCode.internal, `Response message parsing error: ${(error as Error).message}`);
    }
  }

  /** The connection stays until the call is settled. */
  async #counted<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new EtcdError(grpcCode.canceled, 'grpc: the client connection is closing');
    this.#underWay++;
    try {
      return await call();
    } finally {
      if (--this.#underWay === 0 && this.#closed) this.#disconnect();
    }
  }
}

function parseEndpoint(endpoint: string): { address: string; secure: boolean } {
  if (/^unix:\/\/\/./.test(endpoint)) return { address: endpoint, secure: false };
  const [, scheme, address] = /^(https?):\/\/([^/]+)\/?$/.exec(endpoint) ?? [];
  if (!address) {
    throw new Error(
      `invalid etcd endpoint "${endpoint}": expected unix:///path, http://host:port or https://host:port`,
    );
  }
  return { address, secure: scheme === 'https' };
}

function tlsCredentials({ caFile, certFile, keyFile }: NonNullable<EtcdClientOptions['tls']>): ChannelCredentials {
  const read = (file?: string): Buffer | null => (file ? readFileSync(file) : null);
  return credentials.createSsl(read(caFile), read(keyFile), read(certFile));
}
