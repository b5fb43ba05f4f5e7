/**
 * PodDisruptionBudget: how many pods may be evicted at a time.
 * Upstream: pkg/registry/policy/poddisruptionbudget/strategy.go, pkg/apis/policy/validation
 */
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { PodDisruptionBudget } from '../types.ts';
import { oneOf } from '../validation/checks.ts';
import { validateConditions } from '../validation/conditions.ts';
import { atMostAll, intOrPercent } from '../validation/int-or-percent.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { nonNegativeCounts } from '../validation/replica-counts.ts';
import { ageColumn, nameColumn } from './columns.ts';

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

const orNotApplicable = (value: number | string | undefined): string => String(value ?? 'N/A');

export const poddisruptionbudgets: Kind<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  namespaced: true,
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  shortNames: ['pdb'],
  versionedUpdate: true,
  status: true,
  validate: ({ spec = {} }) => [
    ...(spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
      ? [field.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...(['minAvailable', 'maxUnavailable'] as const).flatMap((name) => [
      ...intOrPercent(`spec.${name}`, spec[name]),
      ...atMostAll(`spec.${name}`, spec[name]),
    ]),
    ...validateLabelSelector('spec.selector', spec.selector),
    ...oneOf('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget']),
  ],
  validateStatus: ({ status }) => [
    ...validateConditions('status.conditions', status?.conditions),
    ...nonNegativeCounts<NonNullable<PodDisruptionBudget['status']>>(status, counts),
  ],
  strategy: {
    prepareForCreate: (budget) => {
      budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    },
    prepareForUpdate: (budget, old) => {
      budget.status = old.status;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Min Available',
      type: 'string',
      description: 'How many pods an eviction must leave.',
      cell: ({ spec }) => orNotApplicable(spec?.minAvailable),
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      description: 'How many pods may be away.',
      cell: ({ spec }) => orNotApplicable(spec?.maxUnavailable),
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'How many pods may be evicted now.',
      cell: ({ status }) => status?.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
};
