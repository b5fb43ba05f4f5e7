/**
 * Which fields differ between two objects of the same shape. What both share by reference is not looked at.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/typed/compare.go
 */
import { isEqual, isObject } from '../patch/json.ts';
import { below, type FieldSet, hasElement, isEmptySet, leaf, type MutableFieldSet, union } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import {
  itemElement,
  type ListShape,
  type ObjectShape,
  type SetShape,
  type Shape,
  shapeFor,
  shapeOfField,
} from './shape.ts';
import { fieldsOfNew } from './to-field-set.ts';

export interface Comparison {
  /** Only the first has them. */
  removed: FieldSet;
  /** Both have them, and they differ. */
  modified: FieldSet;
  /** Only the second has them. */
  added: FieldSet;
}

type Fields = Record<string, unknown>;

/** What is found below one element. */
interface Found {
  removed: MutableFieldSet;
  modified: MutableFieldSet;
  added: MutableFieldSet;
}

/**
 * Compares two objects; fields in `ignored`, and what is below them, count as equal. The fields of the root that are objects
 * with named fields (`metadata`, `spec`, `status`) count as present in both, so their own path is in no set.
 */
export function compare(shape: Shape, old: object, next: object, ignored: FieldSet = leaf): Comparison {
  const found = nothing();
  const root = shape as ObjectShape;
  const a = old as Fields;
  const b = next as Fields;
  for (const name of namesOf(a, b)) {
    const child = shapeOfField(root, name);
    if (!child) continue;
    const always = root.fields.has(name) && isStruct(child) && (isObject(a[name]) || isObject(b[name]));
    const [left, right] = always ? [a[name] ?? {}, b[name] ?? {}] : [a[name], b[name]];
    compareElement(fieldElement(name), child, left, right, ignored, found);
  }
  return found;
}

const isStruct = (shape: Shape): boolean => shape.kind === 'object' && shape.fields.size > 0;

/** Every field that was changed or added. */
export const changedFields = ({ modified, added }: Comparison): FieldSet => union(modified, added);

const nothing = (): Found => ({ removed: {}, modified: {}, added: {} });

function namesOf(a: Fields, b: Fields): string[] {
  const names = Object.keys(b);
  for (const name of Object.keys(a)) if (!Object.hasOwn(b, name)) names.push(name);
  return names;
}

/** Compares what stands at an element; an undefined side does not have it. */
function compareElement(element: string, shape: Shape, a: unknown, b: unknown, ignored: FieldSet, into: Found): void {
  if (a === b || hasElement(ignored, element)) return;
  if (a === undefined && ignored[element] === undefined) {
    into.added[element] = fieldsOfNew(shape, b);
    return;
  }
  const found = nothing();
  const as = compareInside(shape, a, b, below(ignored, element), found);
  const own = a === undefined ? 'added' : b === undefined ? 'removed' : 'modified';
  if (as === 'whole') {
    if (own !== 'modified' || !isEqual(a, b)) into[own][element] = leaf;
    return;
  }
  for (const what of ['removed', 'modified', 'added'] as const) {
    const inside = found[what];
    const member = what === own && (own !== 'modified' || as === 'other kind');
    if (isEmptySet(inside)) {
      if (member) into[what][element] = leaf;
    } else into[what][element] = member ? { '.': leaf, ...inside } : inside;
  }
}

/** How two values were compared: as wholes, by their parts, or as values of two kinds, of which one has parts. */
type ComparedAs = 'whole' | 'parts' | 'other kind';

function compareInside(shape: Shape, a: unknown, b: unknown, ignored: FieldSet, found: Found): ComparedAs {
  const left = shapeFor(shape, a ?? b);
  const right = shapeFor(shape, b ?? a);
  if (left !== right) {
    if (left.kind === 'object') compareObjects(left, a as Fields, {}, ignored, found);
    if (right.kind === 'object') compareObjects(right, {}, b as Fields, ignored, found);
    return 'other kind';
  }
  if (right.kind === 'object') {
    if (isEmptyValue(a) && isEmptyValue(b)) return 'whole';
    compareObjects(right, (a ?? {}) as Fields, (b ?? {}) as Fields, ignored, found);
    return 'parts';
  }
  if (right.kind === 'list' || right.kind === 'set') {
    if (isEmptyValue(a) && isEmptyValue(b)) return 'whole';
    compareLists(right, (a ?? []) as unknown[], (b ?? []) as unknown[], ignored, found);
    return 'parts';
  }
  return 'whole';
}

function isEmptyValue(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  for (const _ in value) return false;
  return true;
}

function compareObjects(shape: ObjectShape, a: Fields, b: Fields, ignored: FieldSet, found: Found): void {
  for (const name of Object.keys(b)) {
    const field = shape.fields.get(name);
    const child = field?.shape ?? shape.values;
    if (child) compareElement(field?.element ?? fieldElement(name), child, own(a, name), b[name], ignored, found);
  }
  for (const name of Object.keys(a)) {
    if (Object.hasOwn(b, name)) continue;
    const child = shapeOfField(shape, name);
    if (child) compareElement(fieldElement(name), child, a[name], undefined, ignored, found);
  }
}

const own = (object: Fields, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

/** Items are compared by what they are called, wherever they stand. Items of the same name count as one, as a whole. */
function compareLists(shape: ListShape | SetShape, a: unknown[], b: unknown[], ignored: FieldSet, found: Found): void {
  const left = itemsByElement(shape, a);
  const right = itemsByElement(shape, b);
  for (const element of new Set([...right.keys(), ...left.keys()])) {
    const lefts = left.get(element) ?? [];
    const rights = right.get(element) ?? [];
    if (lefts.length <= 1 && rights.length <= 1) {
      compareElement(element, shape.item, lefts[0], rights[0], ignored, found);
    } else if (lefts.length > 1 && rights.length > 1) {
      if (!isEqual(lefts, rights)) found.modified[element] = leaf;
    } else if (lefts.length > 1) {
      compareElement(element, shape.item, undefined, rights[0], ignored, found);
      found.removed[element] = leaf;
    } else {
      compareElement(element, shape.item, lefts[0], undefined, ignored, found);
      found.added[element] = leaf;
    }
  }
}

/** The items of each name, in order. */
export function itemsByElement(shape: ListShape | SetShape, list: unknown[]): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const element = itemElement(shape, item);
    const same = items.get(element);
    if (same) same.push(item);
    else items.set(element, [item]);
  }
  return items;
}
