/**
 * `--sort-by`: objects in the order of the value at a path. Numbers, quantities and times by their size, texts as people
 * would order them (`web-2` before `web-10`); what has no value comes first.
 * Upstream: kubectl/pkg/cmd/get/sorter.go
 */
import { compareQuantities, parseQuantity } from '../api/quantity.ts';
import { valuesAt } from './jsonpath.ts';

/** A new list. Throws when not one object has a value at the path. */
export function sortBy<T>(items: readonly T[], path: string, objectOf: (item: T) => unknown): T[] {
  const keyed = items.map((item) => ({ item, value: valuesAt(path, objectOf(item))[0] }));
  if (items.length > 0 && keyed.every(({ value }) => value === undefined))
    throw new Error(`couldn't find any field with path "${braced(path)}" in the list of objects`);
  return keyed.sort((a, b) => compareValues(a.value, b.value)).map(({ item }) => item);
}

/** As kubectl names a path, however it was given. */
const braced = (path: string): string => `{${path.replace(/^\{(.*)\}$/, '$1').replace(/^(?![.[])/, '.')}}`;

const texts = new Intl.Collator('en', { numeric: true });

function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [toText(a), toText(b)];
  return isQuantity(left) && isQuantity(right) ? compareQuantities(left, right) : texts.compare(left, right);
}

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}
