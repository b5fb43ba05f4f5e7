/** Small facts about any object: its key, its owner, its conditions. */
import type { KubeObject, OwnerReference } from './types.ts';

/** `namespace/name`, or `name` for a cluster-scoped object: the key of queues and caches. */
export const keyOf = (object: KubeObject): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : (object.metadata.name ?? '');

/** Splits what `keyOf` joined. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner reference that says `controller: true`, if any. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((ref) => ref.controller);

/** Time of the wire: RFC 3339 in UTC, whole seconds. */
export const rfc3339 = (date: Date = new Date()): string => `${date.toISOString().slice(0, 19)}Z`;

/** Time of the wire with microseconds, as Lease and Event series have it. */
export const rfc3339Micro = (date: Date = new Date()): string => date.toISOString().replace(/Z$/, '000Z');

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** The condition of that type, if present. */
export const conditionOf = <C extends Condition>(conditions: C[] | undefined, type: string): C | undefined =>
  conditions?.find((c) => c.type === type);

export const isConditionTrue = (conditions: Condition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === 'True';

/**
 * The list with `condition` in place of the one of its type, of which no old reason or message stays.
 * `lastTransitionTime` moves only when the status changes; an equal condition leaves the list as it is, so that comparing
 * statuses finds no difference.
 */
export function withCondition<C extends Condition>(conditions: C[] | undefined, condition: C, now: string): C[] {
  const list = conditions ?? [];
  const old = conditionOf(list, condition.type);
  const lastTransitionTime = old && old.status === condition.status ? old.lastTransitionTime : now;
  const next = { ...condition, lastTransitionTime };
  return old ? list.map((c) => (c === old ? next : c)) : [...list, next];
}

/** A field of a body that should be text and may be anything, as it is shown: text as it is, the rest as JSON. */
export const shownText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
