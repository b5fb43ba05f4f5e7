/**
 * What of an applied object is owned as a whole. Policies must not apply such parts: what they do not mention of them would be lost.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go findAtomics
 */
import { type Shape, shapeFor, shapeOfField } from '../../../api/apply/shape.ts';
import { isObject } from '../../../api/patch/json.ts';

/** Paths of lists, maps and objects that have one owner: `.spec.selector`. */
export function atomicPaths(shape: Shape, value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const actual = shapeFor(shape, value);
  switch (actual.kind) {
    case 'object':
      return fieldsOf(value).flatMap(([name, one]) => {
        const child = shapeOfField(actual, name);
        return child ? atomicPaths(child, one, `${path}.${name}`) : [];
      });
    case 'list':
      return itemsOf(value).flatMap((item, i) => atomicPaths(actual.item, item, `${path}[${i}]`));
    case 'atomic':
      return [
        path,
        ...(actual.object ? atomicPaths(actual.object, value, path) : []),
        ...itemsOf(value).flatMap((item, i) => (actual.item ? atomicPaths(actual.item, item, `${path}[${i}]`) : [])),
      ];
    default:
      return [];
  }
}

const fieldsOf = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);
const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
