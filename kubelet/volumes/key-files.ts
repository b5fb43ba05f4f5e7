/** A ConfigMap's or Secret's keys as files: all of them, or the chosen ones under names of their own. */
import type { Payload } from './atomic-files.ts';

export interface KeyItem {
  key: string;
  path: string;
  mode?: number;
}

export interface KeySelection {
  /** As messages name it: `configmap`. */
  kind: string;
  namespace: string;
  name: string;
  items: KeyItem[] | undefined;
  optional: boolean;
  defaultMode: number;
}

export const defaultFileMode = 0o644;

/** The files. Throws for a chosen key that is not there, unless the source is optional. */
export function keyFiles(selection: KeySelection, values: ReadonlyMap<string, Buffer>): Payload {
  const payload: Payload = new Map();
  if (!selection.items?.length) {
    for (const [key, data] of values) payload.set(key, { data, mode: selection.defaultMode });
    return payload;
  }
  for (const { key, path, mode } of selection.items) {
    const data = values.get(key);
    if (data) payload.set(path, { data, mode: mode ?? selection.defaultMode });
    else if (!selection.optional) throw new Error(`references non-existent ${selection.kind} key: ${key}`);
  }
  return payload;
}

/** Runs a lookup; a missing object is nothing when it is optional, else an error in Kubernetes' words. */
export async function lookUp<T>(
  selection: Omit<KeySelection, 'items' | 'defaultMode'>,
  get: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 404) throw error;
    if (selection.optional) return undefined;
    throw new Error(`${selection.kind} "${selection.name}" not found`);
  }
}
