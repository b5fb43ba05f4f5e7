/** The defaults of a Job, also inside a CronJob. Upstream: pkg/apis/batch/v1/defaults.go */
import type { JobSpec } from '../types.ts';
import { setPodSpecDefaults } from './pod-spec.ts';

/** More failures than any Job has: the limit when each index has its own. */
const unlimited = 2 ** 31 - 1;

/** What a Job has by itself and in a CronJob's template. Changes the spec in place; idempotent. */
export function setJobTemplateDefaults(spec: JobSpec): void {
  if (spec.template?.spec) setPodSpecDefaults(spec.template.spec);
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
}

/** What only a Job has, since a CronJob's template gets it with the Job that is made of it. */
export function setJobDefaults(spec: JobSpec): void {
  setJobTemplateDefaults(spec);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : unlimited;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
}
