/** Rules of HorizontalPodAutoscalers. Upstream: pkg/apis/autoscaling/validation */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, pathSegmentErrors } from '../names.ts';
import { compareQuantities } from '../quantity.ts';
import type { HorizontalPodAutoscaler } from '../types.ts';
import { chosen, each, nonNegative, oneOf, requireName } from './checks.ts';
import { containerResourceNameErrors } from './resource-names.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Metric = NonNullable<Spec['metrics']>[number];
type Target = NonNullable<Metric['pods']>['target'];
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>;

const maxPeriodSeconds = 1800;
const maxWindowSeconds = 3600;

/** A new or changed autoscaler. One that reaches down to nothing already may stay so. */
export function validateAutoscaler(
  { spec = {} as Spec }: HorizontalPodAutoscaler,
  old: HorizontalPodAutoscaler | undefined,
): FieldError[] {
  const { minReplicas, maxReplicas = 0, behavior } = spec;
  const lowest = old?.spec?.minReplicas === 0 ? 0 : 1;
  const wrongMax = (why: string): FieldError => field.invalid('spec.maxReplicas', maxReplicas, why);
  return [
    ...(minReplicas !== undefined && minReplicas < lowest
      ? [field.invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${lowest}`)]
      : []),
    ...(maxReplicas < 1 ? [wrongMax('must be greater than 0')] : []),
    ...(minReplicas !== undefined && maxReplicas < minReplicas
      ? [wrongMax('must be greater than or equal to `minReplicas`')]
      : []),
    ...validateObjectName('spec.scaleTargetRef', spec.scaleTargetRef),
    ...each('spec.metrics', spec.metrics, validateMetric),
    ...(minReplicas === 0 && !spec.metrics?.some(({ type }) => type === 'Object' || type === 'External')
      ? [
          field.forbidden(
            'spec.metrics',
            'must specify at least one Object or External metric to support scaling to zero replicas',
          ),
        ]
      : []),
    ...validateRules('spec.behavior.scaleUp', behavior?.scaleUp),
    ...validateRules('spec.behavior.scaleDown', behavior?.scaleDown),
  ];
}

/** What the autoscaler reports. */
export const validateAutoscalerStatus = ({ status }: HorizontalPodAutoscaler): FieldError[] => [
  ...nonNegative('status.currentReplicas', status?.currentReplicas),
  ...nonNegative('status.desiredReplicas', status?.desiredReplicas),
];

const validateObjectName = (path: string, reference: { kind?: string; name?: string } = {}): FieldError[] => [
  ...requireName(`${path}.kind`, reference.kind, pathSegmentErrors),
  ...requireName(`${path}.name`, reference.name, pathSegmentErrors),
];

function validateRules(path: string, rules: Rules | undefined): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies } = rules;
  const wrongWindow = (why: string): FieldError => field.invalid(`${path}.stabilizationWindowSeconds`, window, why);
  return [
    ...(window < 0 ? [wrongWindow('must be greater than or equal to zero')] : []),
    ...(window > maxWindowSeconds ? [wrongWindow(`must be less than or equal to ${maxWindowSeconds}`)] : []),
    ...oneOf(`${path}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min']),
    ...((policies ?? []).length === 0
      ? [field.required(`${path}.policies`, 'must specify at least one Policy')]
      : each(`${path}.policies`, policies, validatePolicy)),
    ...(rules.tolerance !== undefined && compareQuantities(rules.tolerance, '0') < 0
      ? [field.invalid(`${path}.tolerance`, rules.tolerance, 'must be greater than or equal to 0')]
      : []),
  ];
}

function validatePolicy(path: string, policy: NonNullable<Rules['policies']>[number]): FieldError[] {
  const { type, value = 0, periodSeconds = 0 } = policy;
  const wrongPeriod = (why: string): FieldError => field.invalid(`${path}.periodSeconds`, periodSeconds, why);
  return [
    ...oneOf(`${path}.type`, type ?? '', ['Percent', 'Pods']),
    ...(value <= 0 ? [field.invalid(`${path}.value`, value, 'must be greater than zero')] : []),
    ...(periodSeconds <= 0 ? [wrongPeriod('must be greater than zero')] : []),
    ...(periodSeconds > maxPeriodSeconds ? [wrongPeriod(`must be less than or equal to ${maxPeriodSeconds}`)] : []),
  ];
}

/** Each type of metric, and the field that describes it. */
const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

/** The order in which the first source that is set is looked into. */
const order = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

function validateMetric(path: string, metric: Metric): FieldError[] {
  const { type } = metric;
  const wanted = Object.hasOwn(sources, type ?? '') ? sources[type as keyof typeof sources] : undefined;
  const set = chosen(metric, order) as (typeof order)[number][];
  return [
    ...(type ? [] : [field.required(`${path}.type`, 'must specify a metric source type')]),
    ...oneOf(`${path}.type`, type ?? '', Object.keys(sources)),
    ...(set[0] ? validateSource(`${path}.${set[0]}`, set[0], metric) : []),
    ...(wanted && !set.includes(wanted)
      ? [field.required(`${path}.${wanted}`, 'must populate information for the given metric source')]
      : []),
    ...(set.length === 1
      ? []
      : set
          .filter((name) => name !== wanted)
          .map((name) => field.forbidden(`${path}.${name}`, 'must populate the given metric source only'))),
  ];
}

function validateSource(path: string, name: (typeof order)[number], metric: Metric): FieldError[] {
  const source = metric[name]!;
  const target: Partial<Target> = source.target ?? {};
  return [
    ...('describedObject' in source ? validateObjectName(`${path}.describedObject`, source.describedObject) : []),
    ...(name === 'resource' || name === 'containerResource'
      ? validateResource(path, name, metric[name]!)
      : validateIdentifier(`${path}.metric.name`, metric[name]!.metric?.name)),
    ...validateTarget(`${path}.target`, target),
    ...missingValue(`${path}.target`, name, target),
  ];
}

const validateIdentifier = (path: string, name: string | undefined): FieldError[] =>
  name ? requireName(path, name, pathSegmentErrors) : [field.required(path, 'must specify a metric name')];

function validateResource(
  path: string,
  kind: 'resource' | 'containerResource',
  { name, container }: { name?: string; container?: string },
): FieldError[] {
  if (kind === 'resource') return name ? [] : [field.required(`${path}.name`, 'must specify a resource name')];
  return [
    ...(name
      ? containerResourceNameErrors(`${path}.name`, name)
      : [field.required(`${path}.name`, 'must specify a resource name')]),
    ...(container
      ? requireName(`${path}.container`, container, dns1123LabelErrors)
      : [field.required(`${path}.container`, 'must specify a container')]),
  ];
}

function validateTarget(path: string, target: Partial<Target>): FieldError[] {
  const { type, averageUtilization } = target;
  return [
    ...(type ? [] : [field.required(`${path}.type`, 'must specify a metric target type')]),
    ...(['Utilization', 'Value', 'AverageValue'].includes(type ?? '')
      ? []
      : [field.invalid(`${path}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue')]),
    ...(['value', 'averageValue'] as const).flatMap((name) =>
      target[name] !== undefined && compareQuantities(target[name], '0') <= 0
        ? [field.invalid(`${path}.${name}`, target[name], 'must be positive')]
        : [],
    ),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [field.invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0')]
      : []),
  ];
}

/** What the target of a kind of source must say, and may not say together. */
function missingValue(path: string, name: (typeof order)[number], target: Partial<Target>): FieldError[] {
  const has = (...fields: (keyof Target)[]): boolean => fields.some((key) => target[key] !== undefined);
  switch (name) {
    case 'pods':
      if (has('averageValue')) return [];
      return [field.required(`${path}.averageValue`, 'must specify a positive target averageValue')];
    case 'object':
      if (has('value', 'averageValue')) return [];
      return [field.required(`${path}.averageValue`, 'must set either a target value or averageValue')];
    case 'external':
      if (has('value') && has('averageValue')) {
        const why = 'may not set both a target value for metric and a per-pod target';
        return [field.forbidden(`${path}.value`, why)];
      }
      if (has('value', 'averageValue')) return [];
      return [field.required(`${path}.averageValue`, 'must set either a target value for metric or a per-pod target')];
    default:
      if (has('averageUtilization') && has('averageValue')) {
        const why = 'may not set both a target raw value and a target utilization';
        return [field.forbidden(`${path}.averageValue`, why)];
      }
      if (has('averageUtilization', 'averageValue')) return [];
      return [
        field.required(`${path}.averageUtilization`, 'must set either a target raw value or a target utilization'),
      ];
  }
}
