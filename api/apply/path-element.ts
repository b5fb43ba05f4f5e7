/**
 * One step of a field's path, in its serialized form:
 *
 *   f:replicas                               a field of an object, a key of a map
 *   k:{"containerPort":80,"protocol":"TCP"}  the item of a list that has these keys, in alphabetical order
 *   v:"kubernetes"                           the item of a set that is this value
 *   i:0                                      the item at this index
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/fieldpath (element.go, serialize-pe.go)
 */

/** `f:spec` */
export const fieldElement = (name: string): string => `f:${name}`;

/** `k:{"name":"web"}` of `"name":"web"`. The keys must be in alphabetical order. */
export const keysElement = (keys: string): string => `k:{${keys}}`;

/** `v:"kubernetes"` */
export const valueElement = (value: unknown): string => `v:${JSON.stringify(value)}`;

const inOrder = (keys: object): object => Object.fromEntries(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The element in the form in which we write it; undefined for kinds that are not known. Throws for what is no element. */
export function normalElement(text: string): string | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return valueElement(JSON.parse(rest));
    case 'k':
      return `k:${JSON.stringify(inOrder(JSON.parse(rest) as object))}`;
    case 'i':
      if (!/^-?\d+$/.test(rest)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(rest)}: invalid syntax`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

/** `.spec`, `[name="web"]`, `[="kubernetes"]`, `[0]` */
export function showElement(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as object);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}

const order = 'fkvi';

/** Fields come first, then items by key, by value and by index; each kind in alphabetical order. */
export function compareElements(a: string, b: string): number {
  const kinds = order.indexOf(a[0]!) - order.indexOf(b[0]!);
  if (kinds !== 0) return kinds;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
