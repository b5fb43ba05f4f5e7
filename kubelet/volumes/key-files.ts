/** A ConfigMap's or Secret's keys as files: all of them, or the chosen ones under names of their own. */
import type { Payload } from './atomic-files.ts';

export interface KeyItem {
  key: string;
  path: string;
  mode?: number;
}

/** What a volume, or one source of a projected volume, says about its ConfigMap or Secret. */
export interface KeySource {
  name?: string;
  items?: KeyItem[];
  optional?: boolean;
}

export const defaultFileMode = 0o644;

/**
 * The files that the source asks for. An object or a chosen key that is not there is nothing when the source is optional,
 * else an error in Kubernetes' words, which name the `kind` in lower case: `configmap "settings" not found`.
 */
export async function keyFiles<T>(
  kind: string,
  source: KeySource,
  defaultMode: number,
  get: (name: string) => Promise<T>,
  valuesOf: (object: T) => ReadonlyMap<string, Buffer>,
): Promise<Payload> {
  const { name = '', items = [], optional = false } = source;
  const payload: Payload = new Map();
  const object = await lookUp(`${kind} "${name}"`, optional, () => get(name));
  if (!object) return payload;
  const values = valuesOf(object);
  if (items.length === 0) {
    for (const [key, data] of values) payload.set(key, { data, mode: defaultMode });
    return payload;
  }
  for (const { key, path, mode } of items) {
    const data = values.get(key);
    if (data) payload.set(path, { data, mode: mode ?? defaultMode });
    else if (!optional) throw new Error(`references non-existent ${kind} key: ${key}`);
  }
  return payload;
}

async function lookUp<T>(what: string, optional: boolean, get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 404) throw error;
    if (optional) return undefined;
    throw new Error(`${what} not found`);
  }
}
