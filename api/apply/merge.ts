/**
 * Merges what is applied into the live object: what the config says holds, everything else stays. Nothing is removed here. A
 * list whose items have owners of their own comes out in the config's order, among what only the live object has.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/typed/merge.go
 */
import { isObject, own, setOwn } from '../patch/json.ts';
import { itemsByElement } from './compare.ts';
import {
  itemElement,
  type ListShape,
  type ObjectShape,
  type SetShape,
  type Shape,
  shapeFor,
  shapeOfField,
} from './shape.ts';

/** The merged value. It shares what is not changed with both, which are not changed. */
export function merge(shape: Shape, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined) return config;
  const actual = shapeFor(shape, config ?? live);
  switch (actual.kind) {
    case 'object':
      return isObject(live) ? mergeObjects(actual, live, config) : config;
    case 'list':
    case 'set':
      return Array.isArray(live) && live.length > 0 ? mergeLists(actual, live, config) : config;
    default:
      return config;
  }
}

function mergeObjects(shape: ObjectShape, live: Record<string, unknown>, config: unknown): unknown {
  if (!isObject(config)) return Object.keys(live).length === 0 ? config : live;
  const merged = { ...live };
  for (const name of Object.keys(config)) {
    const child = shapeOfField(shape, name);
    setOwn(merged, name, child ? merge(child, own(live, name), config[name]) : config[name]);
  }
  return merged;
}

/**
 * Example: live [a b c], config [c d a] gives [b c d a]. Both are read from left to right; what both have waits for its turn
 * in the config's order, and what only the live list has comes where it stands among the others.
 */
function mergeLists(shape: ListShape | SetShape, live: unknown[], config: unknown): unknown[] {
  const items = (config ?? []) as unknown[];
  const liveItems = itemsByElement(shape, live);
  const wanted = new Map(items.map((item) => [itemElement(shape, item), item]));
  const liveOrder = live.map((item) => itemElement(shape, item));
  const order = [...wanted.keys()];
  /** What both have, in the config's order: the next of them is what the live list is read up to. */
  const shared = order.filter((element) => liveItems.has(element));
  const done = new Set<string>();
  const merged: unknown[] = [];
  const take = (element: string): void => {
    const same = liveItems.get(element);
    // Of several live items of the same name none can be told to be the one.
    merged.push(merge(shape.item, same?.length === 1 ? same[0] : undefined, wanted.get(element)));
    done.add(element);
    if (shared[0] === element) shared.shift();
  };
  let l = 0;
  let r = 0;
  while (l < live.length || r < order.length) {
    const left = liveOrder[l];
    const right = order[r];
    if (left !== undefined && left === right) {
      take(right);
      l += 1;
      r += 1;
    } else if (
      left !== undefined &&
      right !== undefined &&
      wanted.has(left) &&
      shared.length > 0 &&
      shared[0] !== left
    ) {
      l += 1;
    } else if (left !== undefined && !wanted.has(left)) {
      merged.push(live[l]);
      l += 1;
    } else {
      if (left !== undefined && done.has(left)) l += 1;
      if (right !== undefined) {
        take(right);
        r += 1;
      }
    }
  }
  return merged;
}
