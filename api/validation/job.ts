/**
 * The rules of a Job's spec, in a Job and in a CronJob's template.
 *
 * Upstream: pkg/apis/batch/validation (ValidateJob, validateJobSpec, ValidateJobSpecUpdate)
 */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import { matches, selectorOf } from '../selectors.ts';
import type { Job, JobSpec } from '../types.ts';
import { unchanged } from './changes.ts';
import { nonNegative, oneOf } from './checks.ts';
import { requireDomainPrefixedPath } from './domain-prefixed-path.ts';
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policies.ts';
import { validateLabelSelector } from './label-selector.ts';
import { mismatch, validateTemplate } from './workload.ts';

/** The labels that find a Job's pods: today's, and those from before they had a domain. */
export const jobLabels = (job: Job): Record<string, string> => {
  const { name = '', uid = '' } = job.metadata;
  return {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
};

const maxManagedBy = 63;
/** Of one Job with indexes, at a time. */
const maxParallelism = 100_000;
const maxFailedIndexes = 100_000;
/** A Job with more completions than this may run and fail fewer at a time. */
const manyCompletions = 100_000;
const limitForMany = 10_000;

/** Everything but metadata. */
export function validateJob(job: Job, old: Job | undefined): FieldError[] {
  const { spec } = job;
  if (!spec) return [field.required('spec.template')];
  return [
    ...(spec.manualSelector ? [] : validateGeneratedSelector(job, spec)),
    ...validateJobSpec('spec', spec),
    ...(spec.selector ? validateLabelSelector('spec.selector', spec.selector) : [field.required('spec.selector')]),
    ...mismatch('spec.template', spec.template ?? {}, spec.selector),
    ...validateLastHostname(job, spec),
    ...(old?.spec ? validateUpdate(spec, old.spec, old.status?.startTime !== undefined) : []),
  ];
}

function validateGeneratedSelector(job: Job, { selector, template }: JobSpec): FieldError[] {
  if (!selector) return [];
  const wanted = jobLabels(job);
  const labels = template?.metadata?.labels ?? {};
  const errors = Object.entries(wanted).flatMap(([key, value]) => {
    const path = `spec.template.metadata.labels[${key}]`;
    if (!Object.hasOwn(labels, key)) return [field.required(path, `must be '${value}'`)];
    return labels[key] === value ? [] : [field.invalid(path, labels, `must be '${value}'`)];
  });
  if (validateLabelSelector('', selector).length > 0 || matches(selectorOf(selector), wanted)) return errors;
  return [...errors, field.invalid('spec.selector', selector, '`selector` not auto-generated')];
}

/** The rules that hold without a selector. */
export function validateJobSpec(path: string, spec: JobSpec): FieldError[] {
  return [
    ...nonNegative(`${path}.parallelism`, spec.parallelism),
    ...nonNegative(`${path}.completions`, spec.completions),
    ...nonNegative(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...nonNegative(`${path}.backoffLimit`, spec.backoffLimit),
    ...nonNegative(`${path}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished),
    ...nonNegative(`${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex),
    ...nonNegative(`${path}.maxFailedIndexes`, spec.maxFailedIndexes),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [field.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')]
      : []),
    ...(spec.managedBy !== undefined ? validateManagedBy(`${path}.managedBy`, spec.managedBy) : []),
    ...oneOf(`${path}.completionMode`, spec.completionMode, ['Indexed', 'NonIndexed']),
    ...(spec.completionMode === 'Indexed' ? validateIndexed(path, spec) : []),
    ...((spec.completionMode ?? 'NonIndexed') === 'NonIndexed' ? validateNotIndexed(path, spec) : []),
    ...validatePodFailurePolicy(`${path}.podFailurePolicy`, spec),
    ...validateSuccessPolicy(`${path}.successPolicy`, spec),
    ...oneOf(
      `${path}.podReplacementPolicy`,
      spec.podReplacementPolicy,
      spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'],
    ),
    ...validateTemplate(`${path}.template`, spec.template ?? {}),
    ...validateRestartPolicy(`${path}.template.spec.restartPolicy`, spec),
  ];
}

const validateManagedBy = (path: string, name: string): FieldError[] => [
  ...requireDomainPrefixedPath(path, name),
  ...(name.length > maxManagedBy ? [field.tooLong(path, maxManagedBy)] : []),
];

function validateIndexed(path: string, spec: JobSpec): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: failed } = spec;
  const errors: FieldError[] = [];
  const tooMany = (name: 'maxFailedIndexes' | 'parallelism', why: string): void => {
    errors.push(field.invalid(`${path}.${name}`, spec[name], `must be less than or equal to ${why}`));
  };
  if (completions === undefined) errors.push(field.required(`${path}.completions`, 'when completion mode is Indexed'));
  if (parallelism > maxParallelism) tooMany('parallelism', `${maxParallelism} when completion mode is Indexed`);
  if (failed !== undefined && completions !== undefined && failed > completions)
    tooMany('maxFailedIndexes', 'completions');
  if ((failed ?? 0) > maxFailedIndexes) tooMany('maxFailedIndexes', `${maxFailedIndexes}`);
  if ((completions ?? 0) <= manyCompletions || spec.backoffLimitPerIndex === undefined) return errors;
  const limit = `${limitForMany} when completions are above ${manyCompletions} and used with backoff limit per index`;
  if (failed === undefined) {
    const why = `must be specified when completions is above ${manyCompletions}`;
    errors.push(field.required(`${path}.maxFailedIndexes`, why));
  }
  if (parallelism > limitForMany) tooMany('parallelism', limit);
  if ((failed ?? 0) > limitForMany) tooMany('maxFailedIndexes', limit);
  return errors;
}

const validateNotIndexed = (path: string, spec: JobSpec): FieldError[] =>
  (['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'] as const)
    .filter((name) => spec[name] !== undefined)
    .map((name) => field.invalid(`${path}.${name}`, spec[name], 'requires indexed completion mode'));

/** Absent is `Always` by default, which no Job can have. */
function validateRestartPolicy(path: string, { template, podFailurePolicy }: JobSpec): FieldError[] {
  const policy = template?.spec?.restartPolicy;
  if (!policy || policy === 'Always') return [field.required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'Never' && policy !== 'OnFailure') return [field.notSupported(path, policy, ['Never', 'OnFailure'])];
  return podFailurePolicy && policy !== 'Never'
    ? [field.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

/** Pods of a Job with indexes have the index in their host names. */
function validateLastHostname(
  { metadata: { name = '' } }: Job,
  { completionMode, completions }: JobSpec,
): FieldError[] {
  if (completionMode !== 'Indexed' || !completions || completions < 1) return [];
  const hostname = `${name}-${completions - 1}`;
  return dns1123LabelErrors(hostname).length === 0
    ? []
    : [field.invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${hostname}`)];
}

function validateUpdate(spec: JobSpec, old: JobSpec, started: boolean): FieldError[] {
  const template = spec.suspend && !started ? withSchedulingOf(old, spec) : old.template;
  return [
    ...validateCompletionsUpdate(spec, old),
    ...unchanged('spec.selector', spec.selector, old.selector),
    ...unchanged('spec.template', spec.template, template),
    ...unchanged('spec.completionMode', spec.completionMode, old.completionMode),
    ...unchanged('spec.podFailurePolicy', spec.podFailurePolicy, old.podFailurePolicy),
    ...unchanged('spec.backoffLimitPerIndex', spec.backoffLimitPerIndex, old.backoffLimitPerIndex),
    ...unchanged('spec.managedBy', spec.managedBy, old.managedBy),
    ...unchanged('spec.successPolicy', spec.successPolicy, old.successPolicy),
  ];
}

function validateCompletionsUpdate(spec: JobSpec, old: JobSpec): FieldError[] {
  const { completions } = spec;
  if (spec.completionMode !== 'Indexed') return unchanged('spec.completions', completions, old.completions);
  if (completions === undefined || completions === old.completions || completions === spec.parallelism) return [];
  return [field.invalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism')];
}

/** The old template with what may still change in a Job that is suspended and has not started: where its pods may run. */
function withSchedulingOf({ template: old }: JobSpec, { template }: JobSpec): JobSpec['template'] {
  const { nodeSelector, tolerations, schedulingGates, affinity } = template?.spec ?? {};
  const { nodeAffinity: _, ...rest } = old?.spec?.affinity ?? {};
  const merged = { ...rest, ...(affinity?.nodeAffinity && { nodeAffinity: affinity.nodeAffinity }) };
  const kept = affinity || !isEqual(merged, {}) ? { affinity: merged } : {};
  const {
    nodeSelector: _n,
    tolerations: _t,
    schedulingGates: _g,
    affinity: _a,
    ...spec
  } = old?.spec ?? { containers: [] };
  const { labels, annotations } = template?.metadata ?? {};
  const { labels: _l, annotations: _an, ...metadata } = old?.metadata ?? {};
  return {
    ...old,
    ...((old?.metadata || template?.metadata) && {
      metadata: { ...metadata, ...(labels && { labels }), ...(annotations && { annotations }) },
    }),
    spec: {
      ...spec,
      ...kept,
      ...(nodeSelector && { nodeSelector }),
      ...(tolerations && { tolerations }),
      ...(schedulingGates && { schedulingGates }),
    },
  };
}
