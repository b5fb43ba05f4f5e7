/**
 * One version of a kind, as it is served: its declaration, the type of its objects, where they are stored, and their cache.
 *
 * Versions of the same kind share one storage. Objects are stored in one version; a resource of another one sees them through
 * its conversion (`view.ts`), and everything above storage works in the version of the request.
 */
import type { ResourceName } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { builtInType, type ObjectType } from '../../api/object-type.ts';
import type { KubeObject } from '../../api/types.ts';
import { WatchCache } from '../cache/watch-cache.ts';

export interface Resource {
  kind: AnyKind;
  type: ObjectType;
  /** `/registry/pods/` */
  prefix: string;
  /** Holds the objects as they are stored. */
  cache: WatchCache;
  /** Undefined when what is stored is what is served. */
  conversion?: Conversion;
}

export interface Conversion {
  /** The version in which objects are written. */
  stored: Pick<AnyKind, 'group' | 'version' | 'kind'>;
  /** Stored objects, of whatever version, as the served version has them; the same object where nothing differs. They must not be changed. */
  toServed(stored: readonly KubeObject[]): readonly KubeObject[] | Promise<readonly KubeObject[]>;
  /** An object of the served version as it is written. */
  toStored(object: KubeObject): KubeObject | Promise<KubeObject>;
}

/** The resource of a built-in kind; `storage` is what it shares with the version in which its objects are stored. */
export function resourceOf(kind: AnyKind, storage?: Pick<Resource, 'prefix' | 'cache'>): Resource {
  const own = storage ?? { prefix: `/registry/${kind.storagePrefix ?? kind.plural}/`, cache: new WatchCache() };
  const resource: Resource = { kind, type: builtInType(kind.schema), prefix: own.prefix, cache: own.cache };
  const { storedAs } = kind;
  if (storedAs) {
    resource.conversion = {
      stored: storedAs.kind,
      toServed: (objects) => objects.map(storedAs.fromStored),
      toStored: storedAs.toStored,
    };
  }
  return resource;
}

/** The resources of the built-in kinds. A kind that is stored as another one must come after it. */
export function builtInResources(kinds: readonly AnyKind[]): Resource[] {
  const made = new Map<ResourceName, Resource>();
  for (const kind of kinds) {
    const stored = kind.storedAs && made.get(kind.storedAs.kind);
    if (kind.storedAs && !stored) throw new Error(`${kind.plural}: the kind it is stored as must come before it`);
    made.set(kind, resourceOf(kind, stored));
  }
  return [...made.values()];
}

/** The key inside the kind's cache, and below its prefix in the store: `default/web`, or `minik-1`. */
export const cacheKey = ({ kind }: Resource, namespace: string, name: string): string =>
  kind.namespaced ? `${namespace}/${name}` : name;

export const storeKey = (resource: Resource, namespace: string, name: string): string =>
  resource.prefix + cacheKey(resource, namespace, name);
