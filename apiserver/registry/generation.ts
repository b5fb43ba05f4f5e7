/** `metadata.generation`: a number that rises whenever what the user wants changes. */

import type { AnyKind } from '../../api/kinds/all.ts';
import { isEqual } from '../../api/patch/json.ts';
import { loadSchema } from '../../api/schema.ts';
import type { KubeObject } from '../../api/types.ts';

/** Whether objects of the kind have a generation: those with a `spec`, unless the declaration says otherwise. */
export const hasGeneration = (kind: AnyKind): boolean =>
  kind.generation ?? loadSchema().mustType(kind.schema).fields.has('spec');

const specOf = (object: KubeObject): unknown => (object as KubeObject & { spec?: unknown }).spec;

/** Through these the cluster completes a spec, which changes nothing in what the user wants. */
const completing = new Set(['binding']);

/** The generation of an update: one more than before if the spec differs. */
export function nextGeneration(object: KubeObject, old: KubeObject, subresource: string): number | undefined {
  const { generation } = old.metadata;
  return completing.has(subresource) || isEqual(specOf(object), specOf(old)) ? generation : (generation ?? 0) + 1;
}
