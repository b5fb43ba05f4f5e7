/**
 * Brings a set of fields in line with a type that has changed since the set was written: what has become atomic is owned as
 * a whole. From atomic to granular nothing is done; the owner of the whole keeps the path of the whole.
 *
 * Upstream: sigs.k8s.io/structured-merge-diff/v6/typed/reconcile_schema.go
 */
import { elementsOf, type FieldSet, isEmptySet, leaf, type MutableFieldSet } from './field-set.ts';
import { type Shape, shapeBelow } from './shape.ts';

/** The set as the shape has it; the same set when nothing differs. */
export function reconcile(shape: Shape, set: FieldSet): FieldSet {
  if (isEmptySet(set)) return set;
  if (shape.kind === 'atomic') return leaf;
  let result: MutableFieldSet | undefined;
  for (const element of elementsOf(set)) {
    const child = shapeBelow(shape, element);
    if (!child) continue;
    const node = set[element]!;
    const reconciled = reconcile(child, node);
    if (reconciled !== node) {
      result ??= { ...set };
      result[element] = reconciled;
    }
  }
  return result ?? set;
}
