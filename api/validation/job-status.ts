/**
 * The rules of a Job's status, whoever writes it. Upstream: pkg/apis/batch/validation (validateJobStatus,
 * ValidateJobStatusUpdate); they hold for every write here, there for one that changes what they are about.
 */
import { type FieldError, field, omitValue } from '../errors.ts';
import { isConditionTrue } from '../meta.ts';
import type { Job } from '../types.ts';
import { each, nonNegative } from './checks.ts';
import { commonIndex, type Interval, parseIndexes } from './job-indexes.ts';

type JobStatus = NonNullable<Job['status']>;

/** Everything about the new status. */
export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const [status, before] = [job.status ?? {}, old.status ?? {}];
  return [
    ...(['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((name) =>
      nonNegative(`status.${name}`, status[name]),
    ),
    ...validateUncounted(status),
    ...validateConditions(job, status),
    ...validateFinished(status),
    ...validateIndexes(job, status),
    ...((status.ready ?? 0) > (status.active ?? 0)
      ? [field.invalid('status.ready', status.ready, 'cannot set more ready pods than active')]
      : []),
    ...validateProgress(job, status, before),
  ];
}

function validateUncounted({ uncountedTerminatedPods: pods }: JobStatus): FieldError[] {
  const seen = new Set<string>();
  const check = (path: string, uid: string): FieldError[] => {
    const repeated = seen.has(uid);
    seen.add(uid);
    if (uid === '') return [field.invalid(path, uid, 'must not be empty')];
    return repeated ? [field.duplicate(path, uid)] : [];
  };
  const at = 'status.uncountedTerminatedPods';
  return [...each(`${at}.succeeded`, pods?.succeeded, check), ...each(`${at}.failed`, pods?.failed, check)];
}

/** Conditions that exclude or need one another. */
function validateConditions({ spec }: Job, { conditions }: JobStatus): FieldError[] {
  const is = (type: string): boolean => isConditionTrue(conditions, type);
  const rules: [wrong: boolean, why: string][] = [
    [is('Complete') && is('Failed'), 'cannot set Complete=True and Failed=true conditions'],
    [is('Complete') && is('FailureTarget'), 'cannot set Complete=True and FailureTarget=true conditions'],
    [is('Failed') && !is('FailureTarget'), 'cannot set Failed=True condition without the FailureTarget=true condition'],
    [
      is('Complete') && !is('SuccessCriteriaMet'),
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [is('SuccessCriteriaMet') && is('Failed'), 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [
      is('SuccessCriteriaMet') && is('FailureTarget'),
      'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
    ],
    [
      spec?.successPolicy !== undefined && is('Complete') && !is('SuccessCriteriaMet'),
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
  ];
  return rules.filter(([wrong]) => wrong).map(([, why]) => field.invalid('status.conditions', omitValue, why));
}

/** What an end implies. */
function validateFinished(status: JobStatus): FieldError[] {
  const { conditions, startTime, completionTime, active = 0, terminating = 0, uncountedTerminatedPods: pods } = status;
  const complete = isConditionTrue(conditions, 'Complete');
  const finished = complete || isConditionTrue(conditions, 'Failed');
  const errors: FieldError[] = [];
  const invalid = (name: keyof JobStatus, why: string): void => {
    errors.push(field.invalid(`status.${name}`, status[name], why));
  };
  if (completionTime !== undefined && !complete) {
    invalid('completionTime', 'cannot set completionTime when there is no Complete=True condition');
  }
  if (completionTime === undefined && complete) {
    errors.push(field.required('status.completionTime', 'completionTime is required for Complete jobs'));
  }
  if (startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime)) {
    invalid('completionTime', 'completionTime cannot be set before startTime');
  }
  if (!finished) return errors;
  if (active > 0) invalid('active', 'active>0 is invalid for finished job');
  if (startTime === undefined) {
    errors.push(field.required('status.startTime', 'startTime is required for finished job'));
  }
  if ((pods?.failed ?? []).length + (pods?.succeeded ?? []).length > 0) {
    invalid('uncountedTerminatedPods', 'uncountedTerminatedPods needs to be empty for finished job');
  }
  if (terminating > 0) invalid('terminating', 'terminating>0 is invalid for finished job');
  return errors;
}

function validateIndexes({ spec }: Job, { completedIndexes = '', failedIndexes }: JobStatus): FieldError[] {
  const errors: FieldError[] = [];
  const parse = (name: string, text: string): Interval[] => {
    if (spec?.completions === undefined) return [];
    try {
      return parseIndexes(text, spec.completions);
    } catch (error) {
      errors.push(field.invalid(`status.${name}`, text, `error parsing ${name}: ${(error as Error).message}`));
      return [];
    }
  };
  const completed = parse('completedIndexes', completedIndexes);
  if (completedIndexes !== '' && spec?.completionMode !== 'Indexed') {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(field.invalid('status.completedIndexes', completedIndexes, why));
  }
  if (failedIndexes === undefined) return errors;
  if (spec?.backoffLimitPerIndex === undefined) {
    const why = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    return [...errors, field.invalid('status.failedIndexes', failedIndexes, why)];
  }
  const both = commonIndex(completed, parse('failedIndexes', failedIndexes));
  if (both === undefined) return errors;
  const why = `failedIndexes and completedIndexes overlap at index: ${both}`;
  return [...errors, field.invalid('status.failedIndexes', failedIndexes, why)];
}

/** What has happened stays so. */
function validateProgress({ spec }: Job, status: JobStatus, old: JobStatus): FieldError[] {
  const errors: FieldError[] = [];
  const lost = (type: string): boolean =>
    isConditionTrue(old.conditions, type) && !isConditionTrue(status.conditions, type);
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    const why = `cannot disable the terminal ${type}=True condition`;
    if (lost(type)) errors.push(field.invalid('status.conditions', omitValue, why));
  }
  for (const name of ['failed', 'succeeded'] as const) {
    if ((status[name] ?? 0) >= (old[name] ?? 0)) continue;
    errors.push(field.invalid(`status.${name}`, status[name] ?? 0, `cannot decrease the ${name} counter`));
  }
  if (status.completionTime && old.completionTime && status.completionTime !== old.completionTime) {
    errors.push(field.invalid('status.completionTime', status.completionTime, 'completionTime cannot be mutated'));
  }
  if (old.startTime && status.startTime !== old.startTime && !spec?.suspend) {
    errors.push(field.required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  }
  if (lost('SuccessCriteriaMet')) {
    errors.push(field.invalid('status.conditions', omitValue, 'cannot disable the SuccessCriteriaMet=True condition'));
  }
  return errors;
}
