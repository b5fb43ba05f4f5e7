/** JSON Merge Patch (RFC 7386): an object whose fields replace the target's, recursively; null removes one. */
import { cloneJson, isObject, type JsonObject, own, setOwn } from './json.ts';

/** The patched copy; neither argument is changed, and the result shares nothing with them. */
export function mergePatch<T>(target: T, patch: unknown): T {
  return merge(target, patch) as T;
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return cloneJson(patch);
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete result[key];
    else setOwn(result, key, merge(own(result, key), patch[key]));
  }
  for (const key of Object.keys(result)) if (!Object.hasOwn(patch, key)) setOwn(result, key, cloneJson(result[key]));
  return result;
}
