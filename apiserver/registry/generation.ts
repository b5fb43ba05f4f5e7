/** `metadata.generation`: a number that rises whenever what the user wants changes. */

import type { AnyKind } from '../../api/kinds/all.ts';
import { isEqual } from '../../api/patch/json.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Resource } from './resource.ts';

/** Whether objects of the kind have a generation: those with a `spec`, unless the declaration says otherwise. */
export const hasGeneration = ({ kind, type }: Resource): boolean =>
  kind.generation === undefined ? type.hasSpec : kind.generation !== false;

/** What the user wants: the spec, or what the kind names. */
function wantedOf({ generation }: AnyKind, object: KubeObject): unknown {
  if (generation === 'all') {
    const { metadata: _, ...content } = object;
    return content;
  }
  return (object as unknown as Record<string, unknown>)[typeof generation === 'string' ? generation : 'spec'];
}

/** Through these the cluster completes a spec or reports on it, which changes nothing in what the user wants. */
const completing = new Set(['binding', 'status']);

/** The generation of an update: one more than before if what the user wants differs. */
export function nextGeneration(
  kind: AnyKind,
  object: KubeObject,
  old: KubeObject,
  subresource: string,
): number | undefined {
  const { generation } = old.metadata;
  const same = completing.has(subresource) || isEqual(wantedOf(kind, object), wantedOf(kind, old));
  return same ? generation : (generation ?? 0) + 1;
}
