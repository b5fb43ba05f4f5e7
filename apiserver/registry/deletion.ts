/**
 * How an object goes: at once, after a grace period, or when its finalizers are done. Pure; `delete.ts` carries it out.
 *
 * Upstream: apiserver/pkg/registry/rest/delete.go BeforeDelete, registry/generic/registry/store.go
 * deletionFinalizersForGarbageCollection, markAsDeleting; pkg/registry/core/pod/strategy.go CheckGracefulDelete
 */
import type { AnyKind } from '../../api/kinds/all.ts';
import { rfc3339 } from '../../api/meta.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Resource } from './resource.ts';

/** The body of a delete, as far as it decides how the object goes. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** What to do with the stored object. `mark`: write the new object, which says that it is being deleted. */
export type DeletionPlan =
  | { do: 'remove' }
  | { do: 'nothing' }
  | { do: 'mark'; object: KubeObject; thenRemove: boolean };

/** Everything that still holds the object back. */
export const pendingFinalizers = ({ kind }: Resource, object: KubeObject): string[] => [
  ...(object.metadata.finalizers ?? []),
  ...(kind.finalizers?.(object) ?? []),
];

/** Decides how `stored` goes. It is not changed. */
export function planDeletion(resource: Resource, stored: KubeObject, options: DeleteOptions, now: Date): DeletionPlan {
  const { kind } = resource;
  const object = {
    ...stored,
    metadata: { ...stored.metadata, finalizers: collectorFinalizers(kind, stored, options) },
  };
  if (object.metadata.finalizers.length === 0) delete (object.metadata as KubeObject['metadata']).finalizers;
  const held = pendingFinalizers(resource, object).length > 0;
  const grace = gracePeriod(kind.gracePeriod?.(stored), options);
  const { deletionTimestamp, deletionGracePeriodSeconds: remaining } = stored.metadata;

  if (grace !== undefined) {
    if (deletionTimestamp === undefined) {
      markDeleting(object, grace, new Date(now.getTime() + grace * 1000));
      kind.strategy?.prepareForDelete?.(object);
      return { do: 'mark', object, thenRemove: grace === 0 && !held };
    }
    if (remaining !== 0) {
      // Already on its way: only a shorter period changes anything.
      if (options.gracePeriodSeconds === undefined || grace >= (remaining ?? 0)) return { do: 'nothing' };
      const asked = Date.parse(deletionTimestamp) - (remaining ?? 0) * 1000;
      markDeleting(object, grace, new Date(asked + grace * 1000));
      return { do: 'mark', object, thenRemove: grace === 0 && !held };
    }
  }
  if (!held) return { do: 'remove' };
  const sameFinalizers = object.metadata.finalizers?.join() === stored.metadata.finalizers?.join();
  if (deletionTimestamp !== undefined && remaining === 0 && sameFinalizers) return { do: 'nothing' };
  markDeleting(
    object,
    0,
    deletionTimestamp === undefined ? now : new Date(Math.min(now.getTime(), Date.parse(deletionTimestamp))),
  );
  if (deletionTimestamp === undefined) kind.strategy?.prepareForDelete?.(object);
  return { do: 'mark', object, thenRemove: false };
}

/** Seconds to wait; undefined for kinds that know no grace. A kind that answers 0 does not wait, whatever is asked. */
function gracePeriod(own: number | undefined, { gracePeriodSeconds: asked }: DeleteOptions): number | undefined {
  if (own === undefined || own === 0) return own;
  const seconds = asked ?? own;
  return seconds < 0 ? 1 : seconds;
}

function markDeleting(object: KubeObject, graceSeconds: number, at: Date): void {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined && metadata.generation) metadata.generation += 1;
  metadata.deletionTimestamp = rfc3339(at);
  metadata.deletionGracePeriodSeconds = graceSeconds;
}

/** Whether a delete leaves it to the kind what becomes of the dependents. */
export const leavesPropagationOpen = ({ propagationPolicy, orphanDependents }: DeleteOptions): boolean =>
  propagationPolicy === undefined && orphanDependents === undefined;

/** The finalizers that make the garbage collector orphan the dependents, or delete them first. */
function collectorFinalizers(kind: AnyKind, { metadata }: KubeObject, options: DeleteOptions): string[] {
  const current = metadata.finalizers ?? [];
  const open = leavesPropagationOpen(options);
  // A choice that an earlier delete has made stays.
  if (open && (!kind.orphansByDefault || current.includes('orphan') || current.includes('foregroundDeletion'))) {
    return current;
  }
  const orphan = open || options.orphanDependents;
  const policy = options.propagationPolicy ?? (orphan ? 'Orphan' : 'Background');
  const others = current.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
  if (policy === 'Orphan') return [...others, 'orphan'];
  if (policy === 'Foreground') return [...others, 'foregroundDeletion'];
  return others;
}
