/**
 * Which objects a quota counts. Upstream: apiserver/pkg/quota/v1/generic/evaluator.go (Matches, CalculateUsageStats)
 */
import type { KubeObject, ResourceQuota } from '../types.ts';
import type { Evaluator, ScopeRequirement } from './evaluator.ts';

/** The conditions that an object must satisfy to be counted. */
export const scopesOf = ({ spec }: ResourceQuota): ScopeRequirement[] => [
  ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
  ...(spec?.scopeSelector?.matchExpressions ?? []),
];

/** Whether the object is in all scopes of the quota. */
export const isInScopes = (evaluator: Evaluator, quota: ResourceQuota, object: KubeObject): boolean =>
  scopesOf(quota).every((scope) => evaluator.inScope?.(object, scope) ?? false);
