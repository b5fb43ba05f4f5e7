/**
 * The few shapes of etcd request that the apiserver makes: read a key, list a prefix, and write or delete a key on the
 * condition that it still has the revision that the decision was made on.
 *
 * A store that does not answer becomes a 503; a request for a revision that is gone throws etcd's `compacted` error,
 * which the callers of `list` turn into a 410.
 *
 * Upstream: apiserver/pkg/storage/etcd3/store.go
 */
import { ApiError, internalError } from '../../api/errors.ts';
import { type Compare, type KeyValue, prefixEnd, type RangeResponse, type RequestOp } from '../../api/etcd.ts';
import { EtcdError, grpcCode } from '../../api/etcd-errors.ts';
import type { Init } from '../../api/protobuf.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { type Guard, GuardChangedError } from './guard.ts';
import { LeasePool } from './lease-pool.ts';
import { countRequest, type KindOfKey } from './metrics.ts';
import { readPlain, type Transformer, type TransformerOf } from './transformer.ts';

/** A key as it is stored, and its value as it was before it was encrypted. */
export interface Stored {
  key: string;
  value: Buffer;
  revision: number;
  /** Why the value cannot be read, and is therefore empty. */
  unreadable?: ApiError;
  /** It would be written otherwise now: with another key, or in plain text. */
  stale?: boolean;
}

export interface Page {
  items: Stored[];
  /** The revision that the page shows. */
  revision: number;
  /** Keys remain after this page. */
  more: boolean;
  /** Keys in the range from the page's start on. */
  count: number;
}

export interface PageOptions {
  /** First key wanted; default the whole prefix. */
  startKey?: string | undefined;
  limit?: number | undefined;
  /** Historic revision; default the newest. */
  revision?: number | undefined;
}

export interface WriteOptions {
  /** After how long the store forgets the key by itself. */
  ttlSeconds?: number | undefined;
  /** What else must not have changed; the write changes it. A `GuardChangedError` says that it has. */
  guards?: readonly Guard[];
}

/** What a conditional write came to. Not written: the key had another revision, or was not there (`current` absent). */
export type WriteResult = { written: true; revision: number } | { written: false; current: Stored | undefined };

export class Storage {
  readonly #client: EtcdClient;
  readonly #leases: LeasePool;
  readonly #kindOf: KindOfKey;
  readonly #transformerOf: TransformerOf | undefined;

  /** `transformerOf` is undefined where nothing is encrypted. */
  constructor(client: EtcdClient, kindOf: KindOfKey, transformerOf?: TransformerOf) {
    this.#client = client;
    this.#transformerOf = transformerOf;
    this.#kindOf = kindOf;
    this.#leases = new LeasePool(client);
  }

  /** The key; undefined when there is none. Throws a 500 for a value that cannot be read. */
  async get(key: string): Promise<Stored | undefined> {
    const { kvs } = await this.#call('get', key, this.#client.range({ key }));
    return kvs[0] && mustBeReadable(this.read(kvs[0]));
  }

  /**
   * Whether the value of the key, which the caller knows, would be written otherwise now. It is asked before an update that changes
   * nothing, which is how one has every object encrypted with a new key.
   */
  isStale(key: string): boolean | Promise<boolean> {
    if (!this.#transformer(key)) return false;
    return this.get(key).then((stored) => stored?.stale === true);
  }

  /** A key-value pair of the store, decrypted. */
  read(kv: KeyValue): Stored {
    const key = kv.key.toString();
    const transformer = this.#transformer(key);
    try {
      if (!transformer) return { key, value: readPlain(kv.value), revision: kv.modRevision };
      return { key, revision: kv.modRevision, ...transformer.fromStorage(kv.value, key) };
    } catch (error) {
      const unreadable = internalError(`unable to transform key ${JSON.stringify(key)}: ${(error as Error).message}`);
      return { key, value: nothing, revision: kv.modRevision, unreadable };
    }
  }

  /** The value as it lies in the store. */
  #seal(key: string, value: string): Buffer | string {
    return this.#transformer(key)?.toStorage(Buffer.from(value), key) ?? value;
  }

  #transformer(key: string): Transformer | undefined {
    if (!this.#transformerOf) return undefined;
    const kind = this.#kindOf(key);
    return kind && this.#transformerOf(kind.group, kind.plural);
  }

  /** One page of a prefix, in key order. Items may be unreadable. */
  async list(prefix: string, { startKey = prefix, limit = 0, revision = 0 }: PageOptions = {}): Promise<Page> {
    const response = await this.#call(
      'list',
      prefix,
      this.#client.range({ key: startKey, rangeEnd: prefixEnd(prefix), limit, revision }),
    );
    return {
      items: response.kvs.map((kv) => this.read(kv)),
      revision: revision || headerRevision(response),
      more: response.more,
      count: response.count,
    };
  }

  /** The store's newest revision, as a quorum sees it. */
  async currentRevision(): Promise<number> {
    // A key that is never there costs the store nothing.
    const answer = this.#client.range({ key: '/registry/' });
    return headerRevision(await this.#call('getCurrentResourceVersion', '', answer));
  }

  /** Writes a key that does not exist. */
  create(key: string, value: string, options: WriteOptions): Promise<WriteResult> {
    return this.#write('create', key, 0, value, options);
  }

  /** Writes a key that still has `revision`. */
  update(key: string, value: string, revision: number, options: WriteOptions): Promise<WriteResult> {
    return this.#write('update', key, revision, value, options);
  }

  /** Deletes a key that still has `revision`. The result's revision is that of the deletion. */
  delete(key: string, revision: number): Promise<WriteResult> {
    return this.#txn('delete', key, revision, { requestDeleteRange: { key } });
  }

  /** Writes a key for the event that this causes. */
  async touch(key: string): Promise<void> {
    await this.#call('touch', key, this.#client.put({ key }));
  }

  async #write(
    operation: 'create' | 'update',
    key: string,
    revision: number,
    value: string,
    { ttlSeconds, guards }: WriteOptions,
  ): Promise<WriteResult> {
    const sealed = this.#seal(key, value);
    const lease =
      ttlSeconds === undefined ? 0n : await this.#call('leaseGrant', key, this.#leases.leaseFor(ttlSeconds));
    return this.#txn(operation, key, revision, { requestPut: { key, value: sealed, lease } }, guards);
  }

  async #txn(
    operation: 'create' | 'update' | 'delete',
    key: string,
    modRevision: number,
    op: Init<RequestOp>,
    guards: readonly Guard[] = [],
  ): Promise<WriteResult> {
    const response = await this.#call(
      operation,
      key,
      this.#client.txn({
        compare: [unchanged(key, modRevision), ...guards.map((guard) => unchanged(guard.key, guard.revision))],
        // Whoever looks into the store sees who has changed a guard last.
        success: [
          op,
          ...guards.map((guard) => ({
            requestPut: { key: guard.key, value: this.#seal(guard.key, guard.value ?? key) },
          })),
        ],
        failure: [{ requestRange: { key } }],
      }),
    );
    if (response.succeeded) {
      const { revision } = response.header!;
      for (const guard of guards) guard.written?.(revision);
      return { written: true, revision };
    }
    const found = response.responses[0]?.responseRange?.kvs[0];
    if (guards[0] && (found?.modRevision ?? 0) === modRevision) throw new GuardChangedError(guards[0]);
    const current = found && this.read(found);
    // Who creates is told that there is something, whatever it is.
    return { written: false, current: current && operation !== 'create' ? mustBeReadable(current) : current };
  }

  /** Waits for an answer of the store, and turns its absence into a 503. */
  async #call<T>(operation: Operation, key: string, promise: Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      const answer = await promise;
      countRequest(operation, this.#kindOf(key), began, false);
      return answer;
    } catch (error) {
      countRequest(operation, this.#kindOf(key), began, true);
      throw apiErrorOf(error, operation);
    }
  }
}

const unchanged = (key: string, modRevision: number): Init<Compare> => ({
  result: 'EQUAL',
  target: 'MOD',
  key,
  modRevision,
});

const nothing = Buffer.alloc(0);

/** The same; throws for what cannot be read. */
export function mustBeReadable(stored: Stored): Stored {
  if (stored.unreadable) throw stored.unreadable;
  return stored;
}

const headerRevision = (response: RangeResponse): number => response.header!.revision;

/** Codes of a store that is away, and not of a request that it refused. */
const away: number[] = [grpcCode.unavailable, grpcCode.deadlineExceeded, grpcCode.canceled, grpcCode.internal];

type Operation = 'get' | 'list' | 'create' | 'update' | 'delete' | 'touch' | 'leaseGrant' | 'getCurrentResourceVersion';

/** Operations that may have been done although their answer was lost. */
const writes: Operation[] = ['create', 'update', 'delete', 'touch'];

/** How etcd says so: of the request itself, and of its message. */
const tooLarge = /request is too large|message larger than max/;

function apiErrorOf(error: unknown, operation: Operation): unknown {
  if (!(error instanceof EtcdError)) return error;
  if (tooLarge.test(error.message)) {
    return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: ${error.message}`);
  }
  if (!away.includes(error.code)) return error;
  const message = `the store is not available, the ${operation} could not be completed: ${error.message}`;
  // So only a read asks the client to try again by itself.
  const retry = writes.includes(operation) ? {} : { retryAfterSeconds: 1 };
  return new ApiError(503, 'ServiceUnavailable', message, retry);
}
