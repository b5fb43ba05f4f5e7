/**
 * A HorizontalPodAutoscaler as version 1 shows it: one field for the CPU's use, and all that has no field there as JSON in
 * annotations, from which it comes back when such an object is written. For example, two metrics of version 2,
 *
 *     metrics: [cpu at 80 %, {type: Pods, pods: {metric: {name: hits}, target: {averageValue: 5}}}]
 *
 * are `targetCPUUtilizationPercentage: 80` and the annotation
 *
 *     autoscaling.alpha.kubernetes.io/metrics: [{"type":"Pods","pods":{"metricName":"hits","targetAverageValue":"5"}}]
 *
 * An annotation that cannot be read is dropped, as Kubernetes does.
 *
 * Upstream: pkg/apis/autoscaling/v1/conversion.go, pkg/apis/autoscaling/helpers.go
 */
import { cpuMetric, setAutoscalerDefaults } from '../defaults/horizontal-pod-autoscaler.ts';
import { isObject } from '../patch/json.ts';
import { checkFields, prune } from '../schema.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1, ObjectMeta } from '../types.ts';
import { metricFromV1, metricStatusFromV1, metricStatusToV1, metricToV1 } from './autoscaler-metrics.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Status = NonNullable<HorizontalPodAutoscaler['status']>;
type Metric = NonNullable<Spec['metrics']>[number];
type Behavior = NonNullable<Spec['behavior']>;
type MetricStatus = NonNullable<Status['currentMetrics']>[number];
type Condition = NonNullable<Status['conditions']>[number];

const prefix = 'autoscaling.alpha.kubernetes.io/';
const annotations = {
  metrics: `${prefix}metrics`,
  behavior: `${prefix}behavior`,
  conditions: `${prefix}conditions`,
  currentMetrics: `${prefix}current-metrics`,
};
const partAnnotations = {
  spec: [annotations.metrics, annotations.behavior],
  status: [annotations.conditions, annotations.currentMetrics],
};

const isCpuUse = ({ type, resource }: Metric): boolean =>
  type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;

/** The version 1 of an object of version 2, which it does not change. */
export function autoscalerToV1(object: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { spec, status, metadata, ...rest } = object;
  const { metrics = [], behavior, ...scale } = spec ?? ({} as Spec);
  const { currentMetrics = [], conditions = [], ...replicas } = status ?? ({} as Status);
  const cpu = metrics.find(isCpuUse)?.resource?.target.averageUtilization;
  const others = metrics.filter((metric) => !isCpuUse(metric));
  const currentCpu = currentMetrics
    .map(({ type, resource }) =>
      type === 'Resource' && resource?.name === 'cpu' ? resource.current?.averageUtilization : undefined,
    )
    .findLast((value) => value !== undefined);
  const encoded = {
    ...(others.length > 0 && { [annotations.metrics]: JSON.stringify(others.map(metricToV1)) }),
    ...(behavior && { [annotations.behavior]: JSON.stringify(internalNames(behavior)) }),
    ...(conditions.length > 0 && { [annotations.conditions]: JSON.stringify(conditions) }),
    ...(currentMetrics.length > 0 && {
      [annotations.currentMetrics]: JSON.stringify(currentMetrics.map(metricStatusToV1)),
    }),
  };
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, encoded),
    ...(spec && { spec: { ...scale, ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }) } }),
    ...(status && {
      status: {
        ...replicas,
        currentReplicas: replicas.currentReplicas ?? 0,
        ...(currentCpu !== undefined && { currentCPUUtilizationPercentage: currentCpu }),
      },
    }),
  };
}

/** The version 2 of an object of version 1, which it does not change. */
export function autoscalerFromV1(object: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { spec, status, metadata, ...rest } = object;
  const read = (name: keyof typeof annotations): unknown => parse(metadata.annotations?.[annotations[name]]);
  const behavior = typed<Behavior>('HorizontalPodAutoscalerBehavior', externalNames(read('behavior')));
  const conditions = typedList<Condition>('HorizontalPodAutoscalerCondition', listOf(read('conditions')));
  const others = typedList<Metric>('MetricSpec', listOf(read('metrics')).map(metricFromV1));
  const found = typedList<MetricStatus>('MetricStatus', listOf(read('currentMetrics')).map(metricStatusFromV1));
  const cpu = spec?.targetCPUUtilizationPercentage;
  const autoscaler: HorizontalPodAutoscaler = {
    ...rest,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, {}),
    ...(spec && {
      spec: {
        ...without(spec, 'targetCPUUtilizationPercentage'),
        metrics: [...others, ...(cpu === undefined ? [] : [cpuMetric(cpu)])],
        ...((behavior?.scaleUp || behavior?.scaleDown) && { behavior }),
      },
    }),
    ...(status && {
      status: {
        ...without(status, 'currentCPUUtilizationPercentage'),
        ...(found.length > 0 ? { currentMetrics: found } : cpuStatus(status.currentCPUUtilizationPercentage)),
        ...(conditions.length > 0 && { conditions }),
      } as Status,
    }),
  };
  // What came out of annotations has not had its defaults yet.
  if (autoscaler.spec) setAutoscalerDefaults(autoscaler.spec);
  return autoscaler;
}

/** The field knows less than the annotation: not the raw value. */
const cpuStatus = (averageUtilization: number | undefined): Pick<Status, 'currentMetrics'> =>
  averageUtilization === undefined
    ? {}
    : { currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } }] };

/** Gives an object the annotations that stand for a part of another one, and no others of that part. */
export function copyPart(
  part: 'spec' | 'status',
  from: HorizontalPodAutoscalerV1 | undefined,
  to: HorizontalPodAutoscalerV1,
): void {
  const names = partAnnotations[part];
  const kept = Object.entries(to.metadata.annotations ?? {}).filter(([key]) => !names.includes(key));
  const copied = Object.entries(from?.metadata.annotations ?? {}).filter(([key]) => names.includes(key));
  if (!to.metadata.annotations && copied.length === 0) return;
  to.metadata = { ...to.metadata, annotations: Object.fromEntries([...kept, ...copied]) };
}

/** The metadata with these as the only annotations of the conversion's own. */
function withAnnotations(metadata: ObjectMeta, encoded: Record<string, string>): ObjectMeta {
  const { annotations: given, ...rest } = metadata;
  const own = Object.values(annotations);
  const merged = {
    ...Object.fromEntries(Object.entries(given ?? {}).filter(([key]) => !own.includes(key))),
    ...encoded,
  };
  return Object.keys(merged).length > 0 || (given && Object.keys(given).length === 0)
    ? { ...rest, annotations: merged }
    : rest;
}

/** Kubernetes writes this one annotation with the names that the fields have in its own memory: `ScaleUp`. */
const internalNames = (value: unknown): unknown => renameKeys(value, (key) => key[0]!.toUpperCase() + key.slice(1));

/** And reads it whatever the case. */
const externalNames = (value: unknown): unknown => renameKeys(value, (key) => key[0]!.toLowerCase() + key.slice(1));

function renameKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key, item]) => key !== '' && item !== null && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [rename(key), renameKeys(item, rename)]));
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Anyone may write into an annotation; what is not JSON says nothing.
    return undefined;
  }
}

const listOf = (value: unknown): object[] => (Array.isArray(value) && value.every(isObject) ? value : []);

/** The value if its fields are of the right types. */
function typed<T extends object>(type: string, value: unknown): T | undefined {
  const schema = `io.k8s.api.autoscaling.v2.${type}`;
  if (!isObject(value) || checkFields(schema, value).typeErrors.length > 0) return undefined;
  prune(schema, value);
  return value as T;
}

/** One item of a wrong type makes the list unreadable. */
function typedList<T extends object>(type: string, values: readonly unknown[]): T[] {
  const items = values.map((value) => typed<T>(type, value));
  return items.every((item) => item !== undefined) ? items : [];
}

function without<T extends object, K extends keyof T>(object: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = object;
  return rest;
}
