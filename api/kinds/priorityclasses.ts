/**
 * PriorityClass: a name for a priority of pods.
 * Upstream: pkg/registry/scheduling/priorityclass/strategy.go, pkg/apis/scheduling (validation, IsKnownSystemPriorityClass)
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { PriorityClass } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { requireOneOf } from '../validation/checks.ts';
import { ageColumn, nameColumn } from './columns.ts';

/** Priorities above are the system's own. */
const highestOfUsers = 1_000_000_000;
const systemPrefix = 'system-';

/** The classes that every cluster has. */
export const systemPriorityClasses = [
  {
    name: 'system-cluster-critical',
    value: 2 * highestOfUsers,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    name: 'system-node-critical',
    value: 2 * highestOfUsers + 1000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
];

export const priorityclasses: Kind<PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  namespaced: false,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  shortNames: ['pc'],
  generation: true,
  setDefaults: (priorityClass) => {
    priorityClass.value ??= 0;
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate: (priorityClass, old) =>
    old
      ? [
          ...(priorityClass.value === old.value ? [] : [field.forbidden('value', 'may not be changed in an update.')]),
          ...unchanged('preemptionPolicy', priorityClass.preemptionPolicy, old.preemptionPolicy),
        ]
      : [
          ...validateValue(priorityClass),
          ...requireOneOf('preemptionPolicy', priorityClass.preemptionPolicy, ['Never', 'PreemptLowerPriority']),
        ],
  columns: [
    nameColumn,
    {
      name: 'Value',
      type: 'integer',
      description: 'The priority; a higher one goes first.',
      cell: ({ value }) => value ?? 0,
    },
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods without a class have this one.',
      cell: ({ globalDefault }) => globalDefault ?? false,
    },
    ageColumn,
    {
      name: 'PreemptionPolicy',
      type: 'string',
      description: 'Whether its pods may push others aside.',
      cell: ({ preemptionPolicy }) => preemptionPolicy ?? '',
    },
  ],
};

function validateValue({ metadata: { name = '' }, value = 0, globalDefault = false }: PriorityClass): FieldError[] {
  if (!name.startsWith(systemPrefix)) {
    const why = `maximum allowed value of a user defined priority is ${highestOfUsers}`;
    return value > highestOfUsers ? [field.forbidden('value', why)] : [];
  }
  const known = systemPriorityClasses.find((one) => one.name === name)?.value;
  const error =
    known === undefined
      ? `${name} is not a known system priority class`
      : value !== known
        ? `value of ${name} PriorityClass must be ${known}`
        : globalDefault
          ? `globalDefault of ${name} PriorityClass must be false`
          : undefined;
  if (!error) return [];
  const why = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${error}`;
  return [field.forbidden('metadata.name', why)];
}
