/** Which of the classes of a kind is the default one: StorageClasses, IngressClasses. */
import type { KubeObject } from '../../api/types.ts';
import type { WatchCache } from '../cache/watch-cache.ts';

/**
 * The class that one of the annotations marks as the default; the newest when there are several, and of those the first by name.
 */
export function defaultClass(classes: Pick<WatchCache, 'list'>, annotations: readonly string[]): string | undefined {
  const marked = classes
    .list()
    .map(({ object }) => object)
    .filter(({ metadata }) => annotations.some((name) => metadata.annotations?.[name] === 'true'));
  const [first] = marked.sort((a, b) => order(createdAt(b), createdAt(a)) || order(nameOf(a), nameOf(b)));
  return first && nameOf(first);
}

const createdAt = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';
const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? '';
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
