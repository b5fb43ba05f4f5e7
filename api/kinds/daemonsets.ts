/**
 * DaemonSet: a pod on every node. Upstream: pkg/registry/apps/daemonset/strategy.go, pkg/apis/apps (v1 defaults and
 * conversion, ValidateDaemonSet)
 */
import { setPodSpecDefaults } from '../defaults/pod-spec.ts';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { isEqual } from '../patch/json.ts';
import type { DaemonSet } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { nonNegative } from '../validation/checks.ts';
import { atMostAll, intOrPercent, isZero } from '../validation/int-or-percent.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { nonNegativeCounts, notDecremented } from '../validation/replica-counts.ts';
import { mismatch, notEmpty, validateAlwaysRunning, validateTemplate } from '../validation/workload.ts';
import { ageColumn, containerColumns, formatLabels, nameColumn, selectorColumn } from './columns.ts';

type DaemonSetSpec = NonNullable<DaemonSet['spec']>;
type DaemonSetStatus = NonNullable<DaemonSet['status']>;

/** Where the number of the template is kept since the field for it is gone. */
const templateGeneration = 'deprecated.daemonset.template.generation';

export const daemonsets: Kind<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  inert: true,
  setDefaults: ({ spec }) => {
    if (!spec) return;
    spec.revisionHistoryLimit ??= 10;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    if (spec.template?.spec) setPodSpecDefaults(spec.template.spec);
  },
  validate: ({ spec }, old) => {
    if (!spec) return [field.required('spec.selector'), field.required('spec.template')];
    const { selector, template } = spec;
    return [
      ...(selector ? validateLabelSelector('spec.selector', selector) : [field.required('spec.selector')]),
      ...mismatch('spec.template', template ?? {}, selector),
      ...notEmpty('daemonset', selector),
      ...validateTemplate('spec.template', template ?? {}),
      ...validateAlwaysRunning('spec.template', template ?? {}, 'DaemonSet'),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...validateUpdateStrategy('spec.updateStrategy', spec.updateStrategy ?? {}),
      ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
      ...(old ? unchanged('spec.selector', selector, old.spec?.selector) : []),
    ];
  },
  validateStatus: ({ status }, old) => [
    ...nonNegativeCounts<DaemonSetStatus>(status, [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ]),
    ...notDecremented('status.collisionCount', status?.collisionCount, old.status?.collisionCount),
  ],
  strategy: {
    prepareForCreate: (set) => {
      set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
      setTemplateGeneration(set, 1);
    },
    prepareForUpdate: (set, old) => {
      set.status = old.status;
      const before = Number(old.metadata.annotations?.[templateGeneration] ?? 0);
      setTemplateGeneration(set, isEqual(set.spec?.template, old.spec?.template) ? before : before + 1);
    },
  },
  columns: [
    nameColumn,
    countColumn('Desired', 'desiredNumberScheduled', 'How many nodes should run the pod.'),
    countColumn('Current', 'currentNumberScheduled', 'How many of them have it.'),
    countColumn('Ready', 'numberReady', 'On how many it is ready.'),
    countColumn('Up-to-date', 'updatedNumberScheduled', 'On how many it has the newest template.'),
    countColumn('Available', 'numberAvailable', 'On how many it has been ready long enough.'),
    {
      name: 'Node Selector',
      type: 'string',
      description: 'Labels of the nodes that should run the pod.',
      cell: ({ spec }) => formatLabels(spec?.template?.spec?.nodeSelector),
    },
    ageColumn,
    ...containerColumns<DaemonSet>(({ spec }) => spec?.template?.spec?.containers),
    selectorColumn(({ spec }) => spec?.selector),
  ],
};

function countColumn(name: string, field: keyof DaemonSetStatus, description: string) {
  return {
    name,
    type: 'integer' as const,
    description,
    cell: ({ status }: DaemonSet) => (status?.[field] as number | undefined) ?? 0,
  };
}

function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [templateGeneration]: String(generation) };
}

function validateUpdateStrategy(path: string, strategy: NonNullable<DaemonSetSpec['updateStrategy']>): FieldError[] {
  const { type, rollingUpdate } = strategy;
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [field.notSupported(path, strategy, ['OnDelete', 'RollingUpdate'])];
  const at = `${path}.rollingUpdate`;
  if (!rollingUpdate) return [field.required(at)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const [unavailable, surge] = [!isZero(maxUnavailable), !isZero(maxSurge)];
  return [
    ...intOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...intOrPercent(`${at}.maxSurge`, maxSurge),
    ...atMostAll(`${at}.maxUnavailable`, maxUnavailable),
    ...atMostAll(`${at}.maxSurge`, maxSurge),
    ...(unavailable && surge
      ? [field.invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
      : []),
    ...(!unavailable && !surge ? [field.required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')] : []),
  ];
}
