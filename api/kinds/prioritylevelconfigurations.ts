/**
 * PriorityLevelConfiguration: how many requests of one priority are served at once, and how many wait.
 * Upstream: pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go
 */
import { setPriorityLevelDefaults } from '../defaults/priority-level.ts';
import type { Column, Kind } from '../kind.ts';
import type { PriorityLevelConfiguration } from '../types.ts';
import { validateFlowConditions } from '../validation/flow-conditions.ts';
import { validatePriorityLevel } from '../validation/priority-level.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Limited = NonNullable<PriorityLevelConfiguration['spec']>['limited'];

export const prioritylevelconfigurations: Kind<PriorityLevelConfiguration> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  status: true,
  setDefaults: ({ spec }) => setPriorityLevelDefaults(spec),
  validate: ({ metadata, spec = {} }) => validatePriorityLevel('spec', spec, metadata.name ?? ''),
  validateStatus: ({ status }) => validateFlowConditions('status.conditions', status?.conditions),
  strategy: {
    prepareForCreate: (level) => {
      level.status = {};
    },
    prepareForUpdate: (level, old) => {
      level.status = old.status;
    },
  },
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', description: 'Whether it is limited.', cell: ({ spec }) => spec?.type ?? '' },
    limitedColumn(
      'NominalConcurrencyShares',
      'Its share of the server.',
      (limited) => limited?.nominalConcurrencyShares,
    ),
    limitedColumn('Queues', 'How many queues there are.', (limited) => limited?.limitResponse?.queuing?.queues),
    limitedColumn('HandSize', 'How many of them a flow has.', (limited) => limited?.limitResponse?.queuing?.handSize),
    limitedColumn(
      'QueueLengthLimit',
      'How many requests a queue has room for.',
      (limited) => limited?.limitResponse?.queuing?.queueLengthLimit,
    ),
    ageColumn,
  ],
};

function limitedColumn(
  name: string,
  description: string,
  value: (limited: Limited) => number | undefined,
): Column<PriorityLevelConfiguration> {
  return { name, type: 'string', description, cell: ({ spec }) => value(spec?.limited) ?? '<none>' };
}
