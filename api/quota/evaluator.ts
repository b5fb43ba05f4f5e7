/**
 * What quotas need to know of a kind: what its objects use, and which of them a quota counts.
 * Upstream: apiserver/pkg/quota/v1/interfaces.go (Evaluator)
 */
import type { ResourceQuantities } from '../pod-resources.ts';
import type { KubeObject, ResourceQuota } from '../types.ts';

export type ScopeRequirement = NonNullable<
  NonNullable<NonNullable<ResourceQuota['spec']>['scopeSelector']>['matchExpressions']
>[number];

/** The write of an object, as far as quotas ask. */
export interface QuotaWrite<T> {
  operation: 'create' | 'update';
  subresource: string;
  object: T;
  /** Absent when it is created. */
  old?: T | undefined;
}

export interface Evaluator<T extends KubeObject = KubeObject> {
  /** Those among the names that say how much there may be of the kind. */
  matching(names: readonly string[]): string[];
  /** What the object uses, by every name that a quota may have for it. `now` in milliseconds since the epoch. */
  usage(object: T, now: number): ResourceQuantities;
  /** Whether the object is in the scope. Without it the kind knows no scopes: a quota with some does not count it. */
  inScope?(object: T, requirement: ScopeRequirement): boolean;
  /** What the object leaves out although a quota that has these names wants it said. */
  unspecified?(object: T, names: readonly string[]): string | undefined;
  /** Whether the write may use more than before. */
  charges(write: QuotaWrite<T>): boolean;
  /** Whether a quota is to be calculated anew after the change, because less may be used. Without it only a deletion is. */
  replenishes?(old: T, object: T, now: number): boolean;
  /** Its objects need not be looked at: each is one. */
  countsOnly?: true;
}
