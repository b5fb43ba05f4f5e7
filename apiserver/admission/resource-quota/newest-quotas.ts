/**
 * The quotas of a namespace as this server knows them last: from the cache, unless it has written or read a newer one, whose event
 * has not arrived yet.
 */
import type { KubeObject, ResourceQuota } from '../../../api/types.ts';
import { Entry } from '../../cache/entry.ts';
import { cacheKey, type Resource } from '../../registry/resource.ts';
import type { Guard } from '../../storage/guard.ts';
import type { Storage } from '../../storage/storage.ts';

/** `quota` is undefined when there was none any more at that revision. */
interface Known {
  revision: number;
  quota: ResourceQuota | undefined;
}

export class NewestQuotas {
  readonly #resource: Resource;
  readonly #storage: Pick<Storage, 'get'>;
  readonly #known = new Map<string, Known>();

  constructor(resource: Resource, storage: Pick<Storage, 'get'>) {
    this.#resource = resource;
    this.#storage = storage;
  }

  /** All quotas of the namespace, with their resourceVersion. */
  of(namespace: string): ResourceQuota[] {
    return this.#resource.cache.list(`${namespace}/`).flatMap(({ key, revision, object }) => {
      const known = this.#known.get(key);
      if (!known || known.revision < revision) return [object as ResourceQuota];
      return known.quota ? [known.quota] : [];
    });
  }

  /** The key below the kind's prefix. */
  keyOf({ metadata }: KubeObject): string {
    return cacheKey(this.#resource, metadata.namespace!, metadata.name!);
  }

  /** The quota has been written as it is given here. */
  written(quota: ResourceQuota, revision: number): void {
    const metadata = { ...quota.metadata, resourceVersion: String(revision) };
    this.#known.set(this.keyOf(quota), { revision, quota: { ...quota, metadata } });
  }

  /** Reads again what the guards were made from. False when all are what they were. */
  async reread(guards: readonly Guard[]): Promise<boolean> {
    const { prefix } = this.#resource;
    const changed = await Promise.all(
      guards.map(async ({ key, revision }) => {
        const stored = await this.#storage.get(key);
        if (stored?.revision === revision) return false;
        const own = key.slice(prefix.length);
        const quota = stored && (new Entry(own, stored.revision, stored.value).object as ResourceQuota);
        this.#known.set(own, { revision: stored?.revision ?? revision, quota });
        return true;
      }),
    );
    return changed.includes(true);
  }
}
