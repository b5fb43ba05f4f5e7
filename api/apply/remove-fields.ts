/**
 * Takes fields and items out of an object.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/typed/remove.go, fieldpath/set.go EnsureNamedFieldsAreMembers
 */
import { isObject, setOwn } from '../patch/json.ts';
import { below, elementsOf, type FieldSet, hasElement, isEmptySet, type MutableFieldSet } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import {
  itemElement,
  type ListShape,
  type ObjectShape,
  type SetShape,
  type Shape,
  shapeBelow,
  shapeFor,
  shapeOfField,
} from './shape.ts';

/** The object without the members of the set. It shares what stays with the given one, which is not changed. */
export const removeFields = (shape: Shape, object: object, set: FieldSet): object =>
  (isEmptySet(set) ? object : (remove(shape, object, set) ?? {})) as object;

/** Undefined when nothing is left. */
function remove(shape: Shape, value: unknown, set: FieldSet): unknown {
  const actual = shapeFor(shape, value);
  switch (actual.kind) {
    case 'object':
      return isObject(value) ? removeFromObject(actual, value, set) : undefined;
    case 'list':
    case 'set':
      return Array.isArray(value) ? removeFromList(actual, value, set) : undefined;
    case 'atomic':
      return undefined;
    default:
      return value;
  }
}

function removeFromObject(shape: ObjectShape, object: Record<string, unknown>, set: FieldSet): unknown {
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(object)) {
    const element = fieldElement(name);
    const inner = below(set, element);
    if (set[element] !== undefined && hasElement(set, element)) continue;
    const child = shapeOfField(shape, name);
    const value = child && !isEmptySet(inner) ? remove(child, object[name], inner) : object[name];
    if (value !== undefined) setOwn(kept, name, value);
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function removeFromList(shape: ListShape | SetShape, list: unknown[], set: FieldSet): unknown {
  const kept: unknown[] = [];
  for (const item of list) {
    const element = itemElement(shape, item);
    if (hasElement(set, element)) continue;
    const inner = below(set, element);
    kept.push(isEmptySet(inner) ? item : (remove(shape.item, item, inner) ?? {}));
  }
  return kept.length > 0 ? kept : undefined;
}

/**
 * The set with every named field that has members below it as a member as well. A set of leaves says nothing about the
 * objects that they are in: `.a.b.c` owns `.a` too, unless `.a` is a key of a map.
 */
export function withNamedFields(shape: Shape | undefined, set: FieldSet): FieldSet {
  const result: MutableFieldSet = {};
  for (const element of elementsOf(set)) {
    const node = set[element]!;
    if (isEmptySet(node)) {
      result[element] = node;
      continue;
    }
    const inner = withNamedFields(shape && shapeBelow(shape, element), node);
    const member = node['.'] !== undefined || (shape?.kind === 'object' && namesElement(shape, element));
    result[element] = member ? { '.': {}, ...inner } : inner;
  }
  return result;
}

const namesElement = (shape: ObjectShape, element: string): boolean =>
  element.startsWith('f:') && shape.fields.has(element.slice(2));
