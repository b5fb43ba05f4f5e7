/**
 * What server-side apply must know of a value's type: what is owned as a whole, and what by its parts. Built-in types give
 * shapes (`built-in-shape.ts`), so do structural schemas of custom resources (`structural-shape.ts`), and where there is no
 * schema a shape is deduced from the value (`deduced`).
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/schema (Atom, Map, List), typed/parser.go (DeducedParseableType)
 */
import { fieldElement, keysElement, valueElement } from './path-element.ts';

export type Shape = ScalarShape | AtomicShape | ObjectShape | ListShape | SetShape;

/** A string, a number or a boolean. `type` is what the value must be; any of them without it. */
export interface ScalarShape {
  kind: 'scalar';
  type?: 'string' | 'number' | 'boolean';
}

/** An object, map or list with one owner. What is inside only matters for checking a config. */
export interface AtomicShape {
  kind: 'atomic';
  /** It is such an object; */
  object?: ObjectShape;
  /** or a list of these; without both it may be anything. */
  item?: Shape;
}

/** An object whose fields have owners of their own. */
export interface ObjectShape {
  kind: 'object';
  /** The fields that the type names. */
  fields: ReadonlyMap<string, Field>;
  /** The values of other keys: all those of a map, which are items with an owner of their own. Undefined: there are none. */
  values?: Shape;
}

export interface Field {
  /** The path element: `f:spec`. */
  element: string;
  shape: Shape;
}

/** A list whose items are told apart by some of their fields. */
export interface ListShape {
  kind: 'list';
  /** In alphabetical order. */
  keys: readonly ListKey[];
  item: Shape;
}

export interface ListKey {
  name: string;
  /** How it begins in a path element: `"name":`. */
  prefix: string;
  /** What an item has that does not say. */
  default?: unknown;
}

/** A list of scalars that are told apart by what they are. */
export interface SetShape {
  kind: 'set';
  item: Shape;
}

export const anyScalar: ScalarShape = { kind: 'scalar' };

/** Anything, owned as a whole. */
export const anyAtomic: AtomicShape = { kind: 'atomic' };

const noFields: ReadonlyMap<string, Field> = new Map();

/** A map, each value of which has an owner of its own. */
export const mapOf = (values: Shape): ObjectShape => ({ kind: 'object', fields: noFields, values });

/** The shape of values of which nothing is known: an object's fields have owners of their own, a list has one. */
export const deduced: ObjectShape = { kind: 'object', fields: noFields };
deduced.values = deduced;

const deducedList: AtomicShape = { kind: 'atomic', item: anyAtomic };

/** The shape to take for this value: a schemaless one is what the value is. */
export function shapeFor(shape: Shape, value: unknown): Shape {
  if (shape !== deduced) return shape;
  if (Array.isArray(value)) return deducedList;
  return typeof value === 'object' ? deduced : anyScalar;
}

/** The shape of a field or key's value; undefined for a field that there is not. */
export const shapeOfField = (shape: ObjectShape, name: string): Shape | undefined =>
  shape.fields.get(name)?.shape ?? shape.values;

/** A key of a list's items, and what an item has that does not say. */
export const listKey = (name: string, otherwise: unknown): ListKey => ({
  name,
  prefix: `${JSON.stringify(name)}:`,
  ...(otherwise !== undefined && { default: otherwise }),
});

/** The path element of a list's item. A key that the item lacks counts with its default; without one it is left out. */
export function itemElement(shape: ListShape | SetShape, item: unknown): string {
  if (shape.kind === 'set') return valueElement(item);
  let keys = '';
  for (const { name, prefix, default: otherwise } of shape.keys) {
    const value = (item as Record<string, unknown> | null)?.[name] ?? otherwise;
    if (value !== undefined) keys += `${keys && ','}${prefix}${JSON.stringify(value)}`;
  }
  return keysElement(keys);
}

/** The shape of what stands below a path element; undefined where nothing is known of it. */
export function shapeBelow(shape: Shape, element: string): Shape | undefined {
  if (shape.kind === 'object') return element.startsWith('f:') ? shapeOfField(shape, element.slice(2)) : undefined;
  return shape.kind === 'list' ? shape.item : undefined;
}

/** A named field. */
export const fieldOf = (name: string, shape: Shape): [string, Field] => [name, { element: fieldElement(name), shape }];
