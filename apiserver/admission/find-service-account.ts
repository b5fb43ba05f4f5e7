/** Finds a service account that may have been made a moment ago, or is being made. */
import type { KubeObject, ServiceAccount } from '../../api/types.ts';
import type { Resource } from '../registry/resource.ts';
import type { Served } from '../registry/served.ts';
import { lookUp } from './look-up.ts';

/** How long the controller may take to make an account for a new namespace. */
const waitMs = 1500;

/** The account: by a promise only where it is not known yet. With `wait` it has some time to appear. */
export function findServiceAccount(
  { resources, reads }: Pick<Served, 'resources' | 'reads'>,
  namespace: string,
  name: string,
  { wait }: { wait: boolean },
): ServiceAccount | undefined | Promise<ServiceAccount | undefined> {
  const accounts = resources.must('', 'serviceaccounts');
  const key = `${namespace}/${name}`;
  const found = lookUp<ServiceAccount>(accounts, { reads }, key);
  if (!(found instanceof Promise) || !wait) return found;
  return found.then((account) => account ?? appearance<ServiceAccount>(accounts, key));
}

/** The object as soon as there is one; undefined when it does not come in time. */
function appearance<T extends KubeObject>({ cache }: Resource, key: string): Promise<T | undefined> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(cache.get(key)?.object as T | undefined);
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
