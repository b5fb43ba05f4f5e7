/**
 * What is left in a namespace that is being deleted, and what its conditions say about that. Pure.
 * Upstream: pkg/controller/namespace/deletion/status_condition_utils.go
 */
import { qualifiedName, type ResourceRef } from '../../api/errors.ts';
import { withCondition } from '../../api/meta.ts';
import type { Namespace } from '../../api/types.ts';

/** What the objects of one resource are, after their deletion was asked for. */
export interface Remainder {
  resource: ResourceRef;
  count: number;
  /** How many of them each finalizer holds back. */
  finalizers: Record<string, number>;
  /** The longest that one of them may still take, in seconds. */
  graceSeconds: number;
}

export interface Sweep {
  remainders: Remainder[];
  /** Why resources could not be found out. */
  discoveryError?: string;
  /** Why content could not be deleted. */
  deletionErrors: string[];
}

type Condition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number];

/** Whether the namespace can go. */
export const isEmpty = ({ remainders, discoveryError, deletionErrors }: Sweep): boolean =>
  remainders.length === 0 && !discoveryError && deletionErrors.length === 0;

/** How long until it makes sense to look again, in milliseconds. */
export function waitMs({ remainders }: Sweep): number {
  const grace = Math.max(0, ...remainders.map(({ graceSeconds }) => graceSeconds));
  return (grace / 2) * 1000 + 1000;
}

/** The conditions after a sweep. */
export function planConditions(old: Condition[] | undefined, sweep: Sweep, now: string): Condition[] {
  return conditionsOf(sweep).reduce((list, condition) => withCondition(list, condition, now), old ?? []);
}

function conditionsOf({ remainders, discoveryError, deletionErrors }: Sweep): Condition[] {
  const counts = remainders.map(({ resource, count }) => `${qualifiedName(resource)}. has ${count} resource instances`);
  const finalizers = new Map<string, number>();
  for (const remainder of remainders) {
    for (const [name, count] of Object.entries(remainder.finalizers))
      finalizers.set(name, (finalizers.get(name) ?? 0) + count);
  }
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  const list = (texts: string[]): string => texts.sort().join(', ');
  return [
    told('NamespaceDeletionDiscoveryFailure', discoveryError !== undefined, [
      ['DiscoveryFailed', discoveryError ?? ''],
      ['ResourcesDiscovered', 'All resources successfully discovered'],
    ]),
    told('NamespaceDeletionGroupVersionParsingFailure', false, [
      ['GroupVersionParsingFailed', ''],
      ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    ]),
    told('NamespaceDeletionContentFailure', deletionErrors.length > 0, [
      [
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${deletionErrors.length} remaining: ${list(deletionErrors)}`,
      ],
      ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    ]),
    told('NamespaceContentRemaining', counts.length > 0, [
      ['SomeResourcesRemain', `Some resources are remaining: ${list(counts)}`],
      ['ContentRemoved', 'All content successfully removed'],
    ]),
    told('NamespaceFinalizersRemaining', held.length > 0, [
      ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${list(held)}`],
      ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    ]),
  ];
}

/** The condition in its bad form or its good one. */
function told(type: string, bad: boolean, [failure, success]: [[string, string], [string, string]]): Condition {
  const [reason, message] = bad ? failure : success;
  return { type, status: bad ? 'True' : 'False', reason, message };
}
