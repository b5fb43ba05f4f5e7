/**
 * The fields of an object: every leaf, every item of a map, list or set, and whatever is owned as a whole.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/typed/tofieldset.go
 */
import { type FieldSet, isEmptySet, leaf, type MutableFieldSet } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import { itemElement, type ListShape, type ObjectShape, type SetShape, type Shape, shapeFor } from './shape.ts';

/** The set of all fields of an object. Items that a list has twice count as one, without what is in them. */
export const toFieldSet = (shape: Shape, object: object): FieldSet => walk(shape, object, false) ?? leaf;

/**
 * The set that a value which is new adds below its path: all of its fields, and each object and list that they are in, which
 * nobody had before either.
 */
export const fieldsOfNew = (shape: Shape, value: unknown): FieldSet => walk(shape, value, true) ?? leaf;

/**
 * What stands below a value's path; undefined when nothing there is owned, `leaf` when it is the value itself. With `inner`,
 * objects and lists are owned besides what is in them.
 */
function walk(shape: Shape, value: unknown, inner: boolean): FieldSet | undefined {
  const actual = shapeFor(shape, value);
  switch (actual.kind) {
    case 'object':
      return value === null ? leaf : walkObject(actual, value as Record<string, unknown>, inner);
    case 'list':
    case 'set':
      return value === null ? leaf : walkList(actual, value as unknown[], inner);
    default:
      return leaf;
  }
}

function walkObject(shape: ObjectShape, object: Record<string, unknown>, inner: boolean): FieldSet | undefined {
  const set: MutableFieldSet = inner ? { '.': leaf } : {};
  let empty = true;
  for (const name in object) {
    const value = object[name];
    if (value === undefined) continue;
    empty = false;
    const field = shape.fields.get(name);
    if (field) {
      const node = walk(field.shape, value, inner);
      if (node) set[field.element] = node;
    } else if (shape.values) {
      const node = walk(shape.values, value, inner);
      set[fieldElement(name)] = inner ? node! : asItem(node);
    }
  }
  if (empty) return leaf;
  return isEmptySet(set) ? undefined : set;
}

/** An item of a map, list or set is owned itself, besides what is in it. */
const asItem = (node: FieldSet | undefined): FieldSet =>
  node === undefined || node === leaf ? leaf : { '.': leaf, ...node };

function walkList(shape: ListShape | SetShape, list: unknown[], inner: boolean): FieldSet | undefined {
  if (list.length === 0) return inner ? leaf : undefined;
  const set: MutableFieldSet = inner ? { '.': leaf } : {};
  for (const item of list) {
    const element = itemElement(shape, item);
    if (set[element] !== undefined) set[element] = leaf;
    else {
      const node = walk(shape.item, item, inner);
      set[element] = inner ? node! : asItem(node);
    }
  }
  return set;
}
