/**
 * A local copy of a collection, kept current: list once, then watch from the list's version, and again from the last
 * version seen when the watch ends; list anew only when the server no longer holds that version.
 *
 * Objects in the copy are shared: nobody may change one.
 *
 * Upstream: client-go/tools/cache (Reflector, DeltaFIFO and Indexer, in one)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../api/errors.ts';
import { apiVersionOf, type ResourceName } from '../api/kind.ts';
import { keyOf } from '../api/meta.ts';
import type { KubeObject, WatchEvent } from '../api/types.ts';
import type { Logger } from './component/log.ts';
import type { ResourceClient, RestClient } from './rest.ts';

export type Change = 'add' | 'update' | 'delete';
/** `old` is the copy's object before the change: present for update and delete. */
export type ChangeHandler<T> = (change: Change, object: T, old?: T) => void;

export interface InformerOptions<T> {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** The copy holds metadata only, which is all that the server then sends, if it can. */
  metadataOnly?: boolean;
  /** Named indexes: an object is found under each value that its function gives. */
  indexes?: Record<string, (object: T) => string[]>;
  logger?: Logger;
}

/** Delay before a failed list or watch is tried again, doubling up to the maximum. */
const retry = { baseMs: 100, maxMs: 5_000 };

/** Asks for the metadata of objects alone, and for lists of that. */
export const acceptMetadata = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
export const acceptMetadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** The key of an object's controlling owner in the index that `byOwner` makes. */
export const byOwner = (object: KubeObject): string[] =>
  (object.metadata.ownerReferences ?? []).filter((ref) => ref.controller).map((ref) => ref.uid);

/** Index function: an object's namespace. */
export const byNamespace = (object: KubeObject): string[] => [object.metadata.namespace ?? ''];

/** Waits until every informer has its first list. False when `signal` aborted before that. */
export async function waitForSync(
  informers: Iterable<Pick<Informer<KubeObject>, 'synced'>>,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return false;
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([Promise.all([...informers].map((informer) => informer.synced())), aborted]);
  return !signal.aborted;
}

export class Informer<T extends KubeObject> {
  readonly #client: ResourceClient<T>;
  readonly #options: InformerOptions<T>;
  readonly #objects = new Map<string, T>();
  /** index name, then value, then keys. */
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #handlers: ChangeHandler<T>[] = [];
  readonly #synced = Promise.withResolvers<void>();
  #version = '';
  #hasSynced = false;

  constructor(client: RestClient, resource: ResourceName<T>, options: InformerOptions<T> = {}) {
    this.#client = client.of(resource);
    this.#options = options;
    for (const name of Object.keys(options.indexes ?? {})) this.#indexes.set(name, new Map());
  }

  /** Calls the handler for each change from now on, and at once with `add` for what the copy holds. */
  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler);
    for (const object of this.#objects.values()) handler('add', object);
  }

  /** Starts keeping the copy, until `signal` aborts. Returns at once; `synced` tells when the first list is in. */
  start(signal: AbortSignal): this {
    void this.#run(signal);
    return this;
  }

  synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Whether the copy shows everything that had happened at that version of the server's. */
  hasReached(version: string): boolean {
    return this.#version !== '' && Number(this.#version) >= Number(version);
  }

  /** The object with that `namespace/name`, or `name`. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** Objects that the named index holds under `value`. */
  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`no index named ${name}`);
    return [...(index.get(value) ?? [])].map((key) => this.#objects.get(key)!);
  }

  async #run(signal: AbortSignal): Promise<void> {
    let delay = retry.baseMs;
    while (!signal.aborted) {
      try {
        if (this.#version === '') await this.#relist();
        await this.#watch(signal);
        delay = retry.baseMs;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.code === 410) {
          this.#version = '';
          continue;
        }
        const { plural } = this.#client.resource;
        this.#options.logger?.debug({ resource: plural, err: error }, 'Watch failed, will retry');
        await sleep(delay, undefined, { signal }).catch(() => undefined);
        delay = Math.min(delay * 2, retry.maxMs);
      }
    }
  }

  async #relist(): Promise<void> {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    const accept = metadataOnly ? acceptMetadataList : undefined;
    const list = await this.#client.list({ namespace, labelSelector, fieldSelector, accept });
    const present = new Set<string>();
    for (const object of list.items) {
      present.add(keyOf(object));
      this.#set(object);
    }
    for (const [key, object] of this.#objects) if (!present.has(key)) this.#remove(object);
    this.#version = list.metadata.resourceVersion ?? '';
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    const events = this.#client.watch({
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion: this.#version,
      allowWatchBookmarks: true,
      accept: metadataOnly ? acceptMetadata : undefined,
      signal,
    });
    for await (const event of events) this.#apply(event);
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type === 'ERROR') return;
    const { object } = event;
    this.#version = object.metadata.resourceVersion ?? this.#version;
    if (event.type === 'DELETED') this.#remove(object);
    else if (event.type !== 'BOOKMARK') this.#set(object);
  }

  #set(received: T): void {
    const key = keyOf(received);
    // Who owns which fields matters to nobody here, and is a good part of an object. A write without it leaves it as it is.
    delete received.metadata.managedFields;
    const old = this.#objects.get(key);
    if (old?.metadata.resourceVersion === received.metadata.resourceVersion) return;
    const object = this.#named(received);
    this.#objects.set(key, object);
    this.#reindex(key, old, object);
    this.#emit(old ? 'update' : 'add', object, old);
  }

  /** Items of a list do not say what they are, and metadata says that it is metadata: the copy's objects all do. */
  #named(object: T): T {
    const { resource } = this.#client;
    if (this.#options.metadataOnly)
      return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: object.metadata } as T;
    object.kind ??= resource.kind;
    object.apiVersion ??= apiVersionOf(resource);
    return object;
  }

  #remove(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    this.#reindex(key, old, undefined);
    this.#emit('delete', object, old);
  }

  #emit(change: Change, object: T, old: T | undefined): void {
    for (const handler of this.#handlers) handler(change, object, old);
  }

  #reindex(key: string, old: T | undefined, object: T | undefined): void {
    for (const [name, valuesOf] of Object.entries(this.#options.indexes ?? {})) {
      const index = this.#indexes.get(name)!;
      for (const value of old ? valuesOf(old) : []) {
        const keys = index.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.delete(value);
      }
      for (const value of object ? valuesOf(object) : []) {
        const keys = index.get(value);
        if (keys) keys.add(key);
        else index.set(value, new Set([key]));
      }
    }
  }
}
