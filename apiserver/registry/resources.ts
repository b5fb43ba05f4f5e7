/**
 * All resources that are served. The built-in ones are there from the start; those of CustomResourceDefinitions come and go
 * while the server runs, and whoever derives something from the set (discovery, OpenAPI) asks for its `version`.
 */
import type { AnyKind } from '../../api/kinds/all.ts';
import type { Place } from '../cache/feed.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import type { Resource } from './resource.ts';

type KindOfCache = Pick<AnyKind, 'group' | 'plural'>;

export class Resources {
  #all: readonly Resource[] = [];
  #byPath = new Map<string, Resource>();
  #byPrefix = new Map<string, WatchCache>();
  /** The stored kind of each cache. */
  #kinds = new Map<WatchCache, KindOfCache>();
  /** Caches that are being filled and serve nobody yet. */
  readonly #prepared = new Map<string, { cache: WatchCache; kind: KindOfCache }>();
  #version = 0;

  constructor(builtIn: readonly Resource[]) {
    this.replace([], builtIn);
  }

  /** In the order in which discovery lists them. */
  all(): readonly Resource[] {
    return this.#all;
  }

  /** Changes whenever the set does. */
  get version(): number {
    return this.#version;
  }

  /** The caches, of which versions of one kind share one. */
  caches(): WatchCache[] {
    return [...new Set(this.#byPrefix.values())];
  }

  /** The resource behind a URL. */
  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The resource of a kind that is always served, in the version in which it is stored. */
  must(group: string, plural: string): Resource {
    const found = this.#all.find(
      ({ kind, conversion }) => kind.plural === plural && kind.group === group && !conversion,
    );
    if (!found) throw new Error(`the kind behind ${plural}.${group} is not served`);
    return found;
  }

  /** Takes resources out of the set and others in, at once. */
  replace(removed: readonly Resource[], added: readonly Resource[]): void {
    this.#all = [...this.#all.filter((resource) => !removed.includes(resource)), ...added];
    this.#byPath = new Map(
      this.#all.map((resource) => [
        `${resource.kind.group}/${resource.kind.version}/${resource.kind.plural}`,
        resource,
      ]),
    );
    for (const { prefix } of added) this.#prepared.delete(prefix);
    this.#indexPrefixes();
    this.#version += 1;
  }

  /** Lets a cache be fed with what is below the prefix before resources with it are taken into the set. */
  prepare(prefix: string, cache: WatchCache, kind: KindOfCache): void {
    this.#prepared.set(prefix, { cache, kind });
    this.#indexPrefixes();
  }

  #indexPrefixes(): void {
    const served = this.#all.map(({ prefix, cache }) => [prefix, cache] as const);
    const prepared = [...this.#prepared].map(([prefix, { cache }]) => [prefix, cache] as const);
    this.#byPrefix = new Map([...prepared, ...served]);
    this.#kinds = new Map([
      ...[...this.#prepared.values()].map(({ cache, kind }) => [cache, kind] as const),
      ...this.#all.map(({ cache, kind }) => [cache, kind] as const),
      ...this.#all.filter(({ conversion }) => !conversion).map(({ cache, kind }) => [cache, kind] as const),
    ]);
  }

  /** The kind of the objects below a store key. */
  kindOf(key: string): KindOfCache | undefined {
    const place = this.locate(key);
    return place && this.#kinds.get(place.cache);
  }

  /** Finds the cache of a store key by its longest matching prefix: `services/endpoints/` is not part of `services/`. */
  locate(key: string): Place | undefined {
    for (let slash = key.lastIndexOf('/'); slash > 0; slash = key.lastIndexOf('/', slash - 1)) {
      const cache = this.#byPrefix.get(key.slice(0, slash + 1));
      if (cache) return { cache, key: key.slice(slash + 1) };
    }
    return undefined;
  }
}
