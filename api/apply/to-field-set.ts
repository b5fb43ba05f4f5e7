/**
 * The fields of an object: every leaf, every item of a map, list or set, and whatever is owned as a whole.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/typed/tofieldset.go
 */
import { type FieldSet, isEmptySet, leaf, type MutableFieldSet } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import { itemElement, type ListShape, type ObjectShape, type SetShape, type Shape, shapeFor } from './shape.ts';

/** The set of all fields of an object. Items that a list has twice count as one, without what is in them. */
export const toFieldSet = (shape: Shape, object: object): FieldSet => below(shape, object) ?? leaf;

/** What stands below a value's path; undefined when the value is nothing that is owned, `leaf` when it is itself. */
function below(shape: Shape, value: unknown): FieldSet | undefined {
  const actual = shapeFor(shape, value);
  switch (actual.kind) {
    case 'object':
      return belowObject(actual, value as Record<string, unknown> | null);
    case 'list':
    case 'set':
      return value === null ? leaf : belowList(actual, value as unknown[]);
    default:
      return leaf;
  }
}

function belowObject(shape: ObjectShape, object: Record<string, unknown> | null): FieldSet | undefined {
  if (object === null) return leaf;
  const set: MutableFieldSet = {};
  let empty = true;
  for (const name of Object.keys(object)) {
    empty = false;
    const value = object[name];
    if (value === undefined) continue;
    const child = shape.child(name);
    if (!child) continue;
    const inner = below(child, value);
    if (shape.names(name)) {
      if (inner) set[fieldElement(name)] = inner;
    } else set[fieldElement(name)] = asItem(inner);
  }
  if (empty) return leaf;
  return isEmptySet(set) ? undefined : set;
}

/** An item of a map, list or set is owned itself, besides what is in it. */
const asItem = (inner: FieldSet | undefined): FieldSet =>
  inner === undefined || inner === leaf ? leaf : { '.': leaf, ...inner };

function belowList(shape: ListShape | SetShape, list: unknown[]): FieldSet | undefined {
  const set: MutableFieldSet = {};
  for (const item of list) {
    const element = itemElement(shape, item);
    set[element] = set[element] === undefined ? asItem(below(shape.item, item)) : leaf;
  }
  return isEmptySet(set) ? undefined : set;
}
