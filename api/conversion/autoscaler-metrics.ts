/**
 * Metrics of a HorizontalPodAutoscaler in the form that they have in annotations of version 1: what is measured and what is
 * wanted in one flat object. For example `{metric: {name: 'hits'}, target: {type: 'AverageValue', averageValue: '5'}}` is
 * `{metricName: 'hits', targetAverageValue: '5'}`.
 *
 * Upstream: pkg/apis/autoscaling/v1/conversion.go
 */
import { isObject } from '../patch/json.ts';
import type { HorizontalPodAutoscaler } from '../types.ts';

type Json = Record<string, unknown>;
type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];

/** Path in version 2 to the field of version 1, for what is wanted (`target`) or found (`current`) of a source. */
type Names = readonly (readonly [path: readonly string[], field: string])[];

const named = (kind: 'target' | 'current', selector = 'selector') =>
  [
    [['metric', 'name'], 'metricName'],
    [['metric', 'selector'], selector],
    [[kind, 'averageValue'], `${kind}AverageValue`],
  ] as const;

const ofResource = (kind: 'target' | 'current'): Names => [
  [['name'], 'name'],
  [['container'], 'container'],
  [[kind, 'averageUtilization'], `${kind}AverageUtilization`],
  [[kind, 'averageValue'], `${kind}AverageValue`],
];

const sources = (kind: 'target' | 'current'): Record<string, Names> => ({
  object: [
    [['describedObject'], 'target'],
    [['metric', 'name'], 'metricName'],
    [['metric', 'selector'], 'selector'],
    [[kind, 'value'], `${kind}Value`],
    [[kind, 'averageValue'], 'averageValue'],
  ],
  pods: named(kind),
  resource: ofResource(kind),
  containerResource: ofResource(kind),
  external: [...named(kind, 'metricSelector'), [[kind, 'value'], `${kind}Value`]],
});

const wanted = sources('target');
const found = sources('current');

/** What is wanted, as version 1 has it. */
export const metricToV1 = (metric: Metric): object => flatten(metric, wanted);
/** What was found, as version 1 has it. */
export const metricStatusToV1 = (status: MetricStatus): object => flatten(status, found);

/** What is wanted, as version 2 has it. What kind of target it is follows from which value is set. */
export function metricFromV1(metric: object): Metric {
  const nested = nest(metric, wanted);
  for (const source of Object.keys(wanted).map((name) => nested[name])) {
    if (!isObject(source)) continue;
    const target = isObject(source['target']) ? source['target'] : {};
    source['target'] = { type: targetType(target), ...target };
  }
  return nested as unknown as Metric;
}

/** What was found, as version 2 has it. */
export const metricStatusFromV1 = (status: object): MetricStatus => {
  const nested = nest(status, found);
  for (const source of Object.keys(found).map((name) => nested[name])) if (isObject(source)) source['current'] ??= {};
  return nested as unknown as MetricStatus;
};

function targetType(target: Json): string {
  if (target['averageUtilization'] !== undefined) return 'Utilization';
  return target['value'] === undefined ? 'AverageValue' : 'Value';
}

function flatten(metric: object, names: Record<string, Names>): Json {
  return mapSources(metric, names, (source, fields) => {
    const flat: Json = {};
    for (const [path, name] of fields) {
      const value = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), source);
      if (value !== undefined) flat[name] = value;
    }
    return flat;
  });
}

function nest(metric: object, names: Record<string, Names>): Json {
  return mapSources(metric, names, (source, fields) => {
    const nested: Json = {};
    for (const [path, name] of fields) {
      // Version 1 has no way to leave a quantity out where version 2 has one: there a zero says that it was.
      if (source[name] === undefined || source[name] === null || source[name] === '0') continue;
      const [first = '', second] = path;
      if (second === undefined) nested[first] = source[name];
      else nested[first] = { ...(nested[first] as Json | undefined), [second]: source[name] };
    }
    return nested;
  });
}

function mapSources(
  metric: object,
  names: Record<string, Names>,
  convert: (source: Json, fields: Names) => Json,
): Json {
  const converted: Json = { type: (metric as Json)['type'] ?? '' };
  for (const [name, fields] of Object.entries(names)) {
    const source = (metric as Json)[name];
    if (isObject(source)) converted[name] = convert(source, fields);
  }
  return converted;
}
