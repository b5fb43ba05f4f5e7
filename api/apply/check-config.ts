/**
 * Checks an applied config against the shape of its type: fields that there are not, values of the wrong kind, list items
 * without their key or given twice.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/typed/validate.go, helpers.go
 */
import { isObject } from '../patch/json.ts';
import { fieldElement, showElement } from './path-element.ts';
import {
  itemElement,
  type ListShape,
  type ObjectShape,
  type ScalarShape,
  type SetShape,
  type Shape,
  shapeFor,
  shapeOfField,
} from './shape.ts';

/** What is wrong with the config, in upstream's words: `.spec.foo: field not declared in schema`. Empty when it is right. */
export function configErrors(shape: Shape, config: object): string[] {
  const errors: string[] = [];
  check(shape, config, '', errors);
  return errors;
}

function check(shape: Shape, value: unknown, path: string, errors: string[]): void {
  if (value === null || value === undefined) return;
  const actual = shapeFor(shape, value);
  const wrong = (text: string): void => void errors.push(path ? `${path}: ${text}` : text);
  switch (actual.kind) {
    case 'scalar': {
      const error = scalarError(actual, value);
      if (error) wrong(error);
      break;
    }
    case 'object':
      if (isObject(value)) checkFields(actual, value, path, errors);
      else wrong(`expected map, got ${show(value)}`);
      break;
    case 'list':
    case 'set':
      if (Array.isArray(value)) checkItems(actual, value, path, errors);
      else wrong(`expected list, got ${show(value)}`);
      break;
    case 'atomic':
      if (actual.object) check(actual.object, value, path, errors);
      else if (actual.item && !Array.isArray(value)) wrong(`expected list, got ${show(value)}`);
      else if (actual.item)
        for (const [i, item] of (value as unknown[]).entries()) check(actual.item, item, `${path}[${i}]`, errors);
  }
}

function checkFields(shape: ObjectShape, object: Record<string, unknown>, path: string, errors: string[]): void {
  for (const name of Object.keys(object)) {
    const child = shapeOfField(shape, name);
    const place = path + showElement(fieldElement(name));
    if (!child) errors.push(`${place}: field not declared in schema`);
    else check(child, object[name], place, errors);
  }
}

function checkItems(shape: ListShape | SetShape, list: unknown[], path: string, errors: string[]): void {
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    const error = itemError(shape, item);
    if (error) {
      errors.push(`${path ? `${path}: ` : ''}element ${i}: ${error}`);
      return;
    }
    const element = itemElement(shape, item);
    if (seen.has(element)) errors.push(`${path ? `${path}: ` : ''}duplicate entries for key ${showElement(element)}`);
    seen.add(element);
    check(shape.item, item, path + showElement(element), errors);
  }
}

/** Why an item cannot be told apart from others. */
function itemError(shape: ListShape | SetShape, item: unknown): string | undefined {
  if (shape.kind === 'set') {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
    return isObject(item) ? "associative list without keys has an element that's a map type" : undefined;
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isObject(item)) return 'associative list with keys may not have non-map elements';
  const missing = shape.keys.filter((key) => item[key.name] === undefined && key.default === undefined);
  // An item may lack some of its keys, but not all of them.
  if (missing.length === 0 || missing.length < shape.keys.length) return undefined;
  return `associative list with keys has an element that omits key field ${JSON.stringify(missing[0]!.name)} (and doesn't have default value)`;
}

function scalarError({ type }: ScalarShape, value: unknown): string | undefined {
  const wanted = type ?? 'any';
  const found = typeof value;
  if (type === undefined ? found !== 'object' : found === type) return undefined;
  if (wanted === 'number') return `expected numeric (int or float), got ${goType(value)}`;
  return `expected ${wanted === 'any' ? 'any scalar' : wanted}, got ${show(value)}`;
}

const goType = (value: unknown): string => {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

const show = (value: unknown): string => JSON.stringify(value);
