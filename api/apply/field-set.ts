/**
 * A set of fields, in the very form in which it is stored: the JSON of `fieldsV1`. A path element is a key, and what is
 * below it the value:
 *
 *   { "f:spec": { "f:replicas": {} } }                  the set { .spec.replicas }
 *   { "f:labels": { ".": {}, "f:app": {} } }            { .labels, .labels.app }: the dot is the element itself
 *   { "k:{\"name\":\"web\"}": { ".": {}, "f:image": {} } }   { [name="web"], [name="web"].image }
 *
 * So an element with nothing below it is a member, and an element with something below it is one if it has the dot. The
 * empty object as a whole is the empty set. Sets are shared: nobody may change one. A set whose elements come from a client
 * must go through `normalizeFieldSet` first.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/fieldpath (Set, serialize.go), apimachinery meta/v1 FieldsV1.
 */
import { compareElements, normalElement, showElement } from './path-element.ts';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** The set that is being built. */
export type MutableFieldSet = Record<string, FieldSet>;

/** What stands below an element that has nothing below it; as a whole, the empty set. */
export const leaf: FieldSet = Object.freeze({});

const self = '.';

/** Whether the set has no member. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the element that has this below it is a member itself. */
const isMember = (node: FieldSet): boolean => node[self] !== undefined || isEmptySet(node);

/** What stands below an element: undefined when it is no member and nothing below it is. */
function nodeOf(member: boolean, children: MutableFieldSet | undefined): FieldSet | undefined {
  if (!children || isEmptySet(children)) return member ? leaf : undefined;
  return member ? { [self]: leaf, ...children } : children;
}

function combine(
  a: FieldSet,
  b: FieldSet,
  merge: (a: FieldSet | undefined, b: FieldSet | undefined) => FieldSet | undefined,
): MutableFieldSet {
  const result: MutableFieldSet = {};
  for (const element in a) {
    if (element === self) continue;
    const node = merge(a[element], b[element]);
    if (node) result[element] = node;
  }
  for (const element in b) {
    if (element === self || a[element] !== undefined) continue;
    const node = merge(undefined, b[element]);
    if (node) result[element] = node;
  }
  return result;
}

/** The members of either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  return isEmptySet(a) ? b : combine(a, b, unionNodes);
}

const unionNodes = (a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined => {
  if (!a || !b || a === b) return a ?? b;
  return nodeOf(isMember(a) || isMember(b), combine(a, b, unionNodes));
};

/** The members of both. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmptySet(a) || isEmptySet(b) ? leaf : combine(a, b, intersectNodes);

const intersectNodes = (a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined => {
  if (!a || !b) return undefined;
  if (a === b) return a;
  return nodeOf(isMember(a) && isMember(b), combine(a, b, intersectNodes));
};

/** The members of the first that are not members of the second. A field below a member of the second stays. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmptySet(a) || isEmptySet(b) ? a : combine(a, b, subtractNodes);

const subtractNodes = (a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined => {
  if (!a || !b) return a;
  return nodeOf(isMember(a) && !isMember(b), combine(a, b, subtractNodes));
};

/** The members of the first that are neither members of the second nor below one. */
export const recursiveDifference = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmptySet(a) || isEmptySet(b) ? a : combine(a, b, subtractTrees);

const subtractTrees = (a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined => {
  if (!a || !b) return a;
  if (isMember(b)) return undefined;
  return nodeOf(isMember(a), combine(a, b, subtractTrees));
};

/** Whether the element, directly below the set's root, is a member. */
export const hasElement = (set: FieldSet, element: string): boolean => {
  const node = set[element];
  return node !== undefined && isMember(node);
};

/** The set below an element: its members seen from there. */
export const below = (set: FieldSet, element: string): FieldSet => set[element] ?? leaf;

/** The elements directly below the set's root, members or not. */
export const elementsOf = (set: FieldSet): string[] => Object.keys(set).filter((element) => element !== self);

/** Whether the path is a member. */
export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (!node) return false;
  }
  return path.length > 0 && isMember(node);
}

/** The set of one path. */
export const setOfPath = (path: readonly string[]): FieldSet =>
  path.reduceRight<FieldSet>((node, element) => ({ [element]: node }), leaf);

/** The set of several paths. */
export const setOfPaths = (...paths: string[][]): FieldSet =>
  paths.reduce<FieldSet>((set, path) => union(set, setOfPath(path)), leaf);

/** Every member's path, in upstream's order: the elements of a level before what is below them. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const elements = elementsOf(set).sort(compareElements);
  return [
    ...elements.filter((element) => isMember(set[element]!)).map((element) => [...prefix, element]),
    ...elements.flatMap((element) => pathsOf(set[element]!, [...prefix, element])),
  ];
}

/** `.spec.containers[name="web"].image` */
export const showPath = (path: readonly string[]): string => path.map(showElement).join('');

/**
 * The set that a client gave, with each element in the form in which we write it. Elements of kinds that are not known are
 * left out, as upstream does. Throws for what is no set.
 */
export function normalizeFieldSet(given: unknown): FieldSet {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error('expected a map of fields');
  const result: MutableFieldSet = {};
  for (const [key, value] of Object.entries(given)) {
    const element = key === self ? self : normalElement(key);
    if (element !== undefined) result[element] = element === self ? leaf : normalizeFieldSet(value);
  }
  return Object.keys(result).length === 1 && result[self] ? leaf : result;
}
