/** Finds a service account that may have been made a moment ago, or is being made. */
import type { ServiceAccount } from '../../api/types.ts';
import type { Entry } from '../cache/entry.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import type { Served } from '../registry/served.ts';

/** How long the controller may take to make an account for a new namespace. */
const waitMs = 1500;

/** The account: by a promise only where it is not known yet. With `wait` it has some time to appear. */
export function findServiceAccount(
  { resources, reads }: Pick<Served, 'resources' | 'reads'>,
  namespace: string,
  name: string,
  { wait }: { wait: boolean },
): ServiceAccount | undefined | Promise<ServiceAccount | undefined> {
  const { cache } = resources.must('', 'serviceaccounts');
  const key = `${namespace}/${name}`;
  const known = cache.get(key);
  if (known) return known.object as ServiceAccount;
  const fresh = reads.fresh().then(() => cache.get(key) ?? (wait ? appearance(cache, key) : undefined));
  return fresh.then((entry) => entry?.object as ServiceAccount | undefined);
}

/** The entry as soon as there is one; undefined when it does not come in time. */
function appearance(cache: WatchCache, key: string): Promise<Entry | undefined> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(cache.get(key));
    };
    const timer = setTimeout(finish, waitMs);
    const unsubscribe = cache.subscribe({
      changed: () => {
        if (cache.get(key)) finish();
      },
      lost: finish,
    });
  });
}
