/**
 * The order of a merged list: the elements that the patch names in the patch's order, and those that only the server has
 * where they stood among them.
 *
 * Upstream: strategicpatch normalizeElementOrder, mergeSortedSlice
 */
import { isObject } from './json.ts';

/** What identifies an element: its merge key's value, or the scalar itself. Equal values are the same key of a Map. */
export function identity(element: unknown, mergeKey: string | undefined): unknown {
  const value = mergeKey !== undefined && isObject(element) ? element[mergeKey] : element;
  return typeof value === 'object' && value !== null ? `\0${JSON.stringify(value)}` : value;
}

/**
 * Orders `merged`. Example: live [a b c], patch order [c d a], merged [a b c d] gives [c d a b]:
 * b stays behind a, which it followed.
 */
export function orderElements(
  merged: unknown[],
  patchOrder: unknown[],
  liveOrder: unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const inPatch = positions(patchOrder, mergeKey);
  const inLive = positions(liveOrder, mergeKey);
  const byPosition = (order: Map<unknown, number>) => (a: unknown, b: unknown) =>
    (order.get(identity(a, mergeKey)) ?? Infinity) - (order.get(identity(b, mergeKey)) ?? Infinity) || 0;
  const named = merged.filter((e) => inPatch.has(identity(e, mergeKey))).sort(byPosition(inPatch));
  const serverOnly = merged.filter((e) => !inPatch.has(identity(e, mergeKey))).sort(byPosition(inLive));

  const result: unknown[] = [];
  let [nextNamed, nextServer] = [0, 0];
  while (nextNamed < named.length && nextServer < serverOnly.length) {
    const serverPosition = inLive.get(identity(serverOnly[nextServer], mergeKey));
    const namedPosition = inLive.get(identity(named[nextNamed], mergeKey));
    const serverFirst = serverPosition !== undefined && namedPosition !== undefined && serverPosition < namedPosition;
    result.push(serverFirst ? serverOnly[nextServer++] : named[nextNamed++]);
  }
  return [...result, ...named.slice(nextNamed), ...serverOnly.slice(nextServer)];
}

function positions(list: unknown[], mergeKey: string | undefined): Map<unknown, number> {
  return new Map(list.map((element, i) => [identity(element, mergeKey), i]));
}
