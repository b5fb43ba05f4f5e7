/**
 * What garbage collection does with one object: pure.
 *
 *     its last owner is gone                        ->  deleted
 *     one of several owners is gone                 ->  the reference to it is removed
 *     its owner waits for its dependents            ->  deleted, and with its own dependents first
 *     it waits for its dependents, and has none     ->  let go
 *     it is to orphan its dependents                ->  they forget it, then it is let go
 *
 * Upstream: pkg/controller/garbagecollector/garbagecollector.go
 */
import { finalizers, type GraphNode, isDeletingDependents, isOrphaning, ownersOf } from './graph.ts';

/** An owner exists, is being deleted in the foreground, or is no more. */
export type OwnerState = 'solid' | 'waiting' | 'absent';

export type Action =
  | { type: 'none' }
  | { type: 'delete'; policy: 'Foreground' | 'Background' | 'Orphan'; unblock: boolean }
  | { type: 'remove-owners'; uids: string[] }
  | { type: 'remove-finalizer'; finalizer: string }
  | { type: 'wait-for-dependents' }
  | { type: 'orphan-dependents' };

/** `stateOf` tells how the owner with that uid is. */
export function planItem(item: GraphNode, dependents: GraphNode[], stateOf: (uid: string) => OwnerState): Action {
  if (item.metadata.deletionTimestamp) return planLeaving(item, dependents);
  const owners = ownersOf(item).map(({ uid }) => ({ uid, state: stateOf(uid) }));
  const gone = owners.filter(({ state }) => state !== 'solid').map(({ uid }) => uid);
  if (gone.length === 0) return { type: 'none' };
  if (gone.length < owners.length) return { type: 'remove-owners', uids: gone };
  if (owners.some(({ state }) => state === 'waiting') && dependents.length > 0)
    // In a circle of owners each would wait for the other.
    return { type: 'delete', policy: 'Foreground', unblock: dependents.some(isDeletingDependents) };
  return { type: 'delete', policy: policyOf(item), unblock: false };
}

function planLeaving(item: GraphNode, dependents: GraphNode[]): Action {
  if (isOrphaning(item)) return { type: 'orphan-dependents' };
  if (!isDeletingDependents(item)) return { type: 'none' };
  const blocking = dependents.filter((dependent) =>
    ownersOf(dependent).some(({ uid, blockOwnerDeletion }) => uid === item.metadata.uid && blockOwnerDeletion),
  );
  if (blocking.length > 0) return { type: 'wait-for-dependents' };
  return { type: 'remove-finalizer', finalizer: finalizers.foreground };
}

/** A finalizer that is there already says how somebody wanted the object deleted. */
function policyOf({ metadata }: GraphNode): 'Foreground' | 'Background' | 'Orphan' {
  if (metadata.finalizers?.includes(finalizers.orphan)) return 'Orphan';
  return metadata.finalizers?.includes(finalizers.foreground) ? 'Foreground' : 'Background';
}
