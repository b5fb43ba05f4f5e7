/**
 * The flow schemas and priority levels that every cluster has, and that cannot be changed: what is never held up, and what
 * nothing else is for. Upstream: apiserver/pkg/apis/flowcontrol/bootstrap/default.go
 */
import type { FlowSchema, PriorityLevelConfiguration } from '../types.ts';

type FlowSchemaSpec = NonNullable<FlowSchema['spec']>;
type PriorityLevelSpec = NonNullable<PriorityLevelConfiguration['spec']>;

/** Everything that members of the groups may ask for. */
const everythingOf = (...groups: string[]): NonNullable<FlowSchemaSpec['rules']> => [
  {
    subjects: groups.map((name) => ({ kind: 'Group', group: { name } })),
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  },
];

/** By name. */
export const mandatoryFlowSchemas = new Map<string, FlowSchemaSpec>([
  [
    'exempt',
    {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 1,
      rules: everythingOf('system:masters'),
    },
  ],
  [
    'catch-all',
    {
      priorityLevelConfiguration: { name: 'catch-all' },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: 'ByUser' },
      rules: everythingOf('system:unauthenticated', 'system:authenticated'),
    },
  ],
]);

/** By name. */
export const mandatoryPriorityLevels = new Map<string, PriorityLevelSpec>([
  ['exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }],
  [
    'catch-all',
    {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    },
  ],
]);
