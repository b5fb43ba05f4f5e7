/**
 * FlowSchema: which requests to the API server are of which priority.
 * Upstream: pkg/registry/flowcontrol/flowschema/strategy.go, pkg/apis/flowcontrol/v1/defaults.go
 */
import type { Kind } from '../kind.ts';
import { conditionOf } from '../meta.ts';
import type { FlowSchema } from '../types.ts';
import { validateFlowConditions } from '../validation/flow-conditions.ts';
import { validateFlowSchema } from '../validation/flow-schema.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const flowschemas: Kind<FlowSchema> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  status: true,
  setDefaults: (flowSchema) => {
    flowSchema.spec ??= {} as NonNullable<FlowSchema['spec']>;
    flowSchema.spec.matchingPrecedence ||= 1000;
  },
  validate: ({ metadata, spec }) => validateFlowSchema('spec', spec!, metadata.name ?? ''),
  validateStatus: ({ status }) => validateFlowConditions('status.conditions', status?.conditions),
  strategy: {
    prepareForCreate: (flowSchema) => {
      flowSchema.status = {};
    },
    prepareForUpdate: (flowSchema, old) => {
      flowSchema.status = old.status;
    },
  },
  /** The one that a request goes by comes first. */
  tableOrder: (a, b) => (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0),
  columns: [
    nameColumn,
    {
      name: 'PriorityLevel',
      type: 'string',
      description: 'The priority of its requests.',
      cell: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '',
    },
    {
      name: 'MatchingPrecedence',
      type: 'string',
      description: 'Which of several schemas a request goes by: the one with the lowest.',
      cell: ({ spec }) => spec?.matchingPrecedence ?? 0,
    },
    {
      name: 'DistinguisherMethod',
      type: 'string',
      description: 'What makes its requests one flow or several.',
      cell: ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>',
    },
    ageColumn,
    {
      name: 'MissingPL',
      type: 'string',
      description: 'Whether its priority is not there.',
      cell: ({ status }) => conditionOf(conditionsOf(status), 'Dangling')?.status ?? '?',
    },
  ],
};

const conditionsOf = (status: FlowSchema['status']) =>
  (status?.conditions ?? []).map(({ type = '', status = '' }) => ({ type, status }));
