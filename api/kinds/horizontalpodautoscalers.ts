/**
 * HorizontalPodAutoscaler: how many replicas a workload has, by what its pods use. This is the version that is stored.
 * Upstream: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go, pkg/printers/internalversion (formatHPAMetrics)
 */
import { setAutoscalerDefaults } from '../defaults/horizontal-pod-autoscaler.ts';
import type { Column, Kind } from '../kind.ts';
import type { HorizontalPodAutoscaler } from '../types.ts';
import { validateAutoscaler, validateAutoscalerStatus } from '../validation/horizontal-pod-autoscaler.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Metric = NonNullable<Spec['metrics']>[number];
type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];
type Values = { value?: string; averageValue?: string; averageUtilization?: number };

const unknown = '<unknown>';
/** How many metrics a cell shows. */
const shown = 2;

const reference = ({ spec }: HorizontalPodAutoscaler): string =>
  `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`;

export const autoscalerColumns: Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  { name: 'Reference', type: 'string', description: 'What it scales.', cell: reference },
  {
    name: 'Targets',
    type: 'string',
    description: 'Each metric as it is, and as it should be.',
    cell: ({ spec, status }) => formatMetrics(spec?.metrics ?? [], status?.currentMetrics ?? []),
  },
  {
    name: 'MinPods',
    type: 'string',
    description: 'The fewest replicas.',
    cell: ({ spec }) => (spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas)),
  },
  { name: 'MaxPods', type: 'string', description: 'The most replicas.', cell: ({ spec }) => spec?.maxReplicas ?? 0 },
  {
    name: 'Replicas',
    type: 'string',
    description: 'How many there were when it last looked.',
    cell: ({ status }) => status?.currentReplicas ?? 0,
  },
  ageColumn,
];

export const horizontalpodautoscalers: Kind<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  generation: false,
  status: true,
  inert: true,
  setDefaults: ({ spec }) => {
    if (spec) setAutoscalerDefaults(spec);
  },
  validate: validateAutoscaler,
  validateStatus: validateAutoscalerStatus,
  strategy: {
    prepareForCreate: (autoscaler) => {
      autoscaler.status = { desiredReplicas: 0 };
    },
    prepareForUpdate: (autoscaler, old) => {
      autoscaler.status = old.status;
    },
  },
  columns: autoscalerColumns,
};

function formatMetrics(metrics: Metric[], statuses: MetricStatus[]): string {
  if (metrics.length === 0) return '<none>';
  const texts = metrics.slice(0, shown).map((metric, i) => formatMetric(metric, statuses[i]));
  const more = metrics.length - shown;
  return texts.join(', ') + (more > 0 ? ` + ${more} more...` : '');
}

/** `cpu: 12%/80%`, `3/5 (avg)`. */
function formatMetric(metric: Metric, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'External':
    case 'Object': {
      const name = metric.type === 'External' ? 'external' : 'object';
      return formatValue(metric[name]?.target ?? {}, status?.[name]?.current ?? {});
    }
    case 'Pods':
      return `${status?.pods?.current?.averageValue ?? unknown}/${metric.pods?.target?.averageValue ?? ''}`;
    case 'Resource':
      return formatResource(metric.resource, status?.resource?.current ?? {});
    case 'ContainerResource':
      return formatResource(metric.containerResource, status?.containerResource?.current ?? {});
    default:
      return '<unknown type>';
  }
}

const formatValue = (target: Values, current: Values): string =>
  target.averageValue === undefined
    ? `${current.value ?? unknown}/${target.value ?? ''}`
    : `${current.averageValue ?? unknown}/${target.averageValue} (avg)`;

function formatResource(source: { name?: string; target?: Values } | undefined, current: Values): string {
  const { name = '', target = {} } = source ?? {};
  if (target.averageValue !== undefined) return `${name}: ${current.averageValue ?? unknown}/${target.averageValue}`;
  const percent = (value: number | undefined, none: string): string => (value === undefined ? none : `${value}%`);
  return `${name}: ${percent(current.averageUtilization, unknown)}/${percent(target.averageUtilization, '<auto>')}`;
}
