/** When a Job fails or succeeds early. Upstream: pkg/apis/batch/validation (validatePodFailurePolicy, validateSuccessPolicy) */
import { type FieldError, field, omitValue } from '../errors.ts';
import { qualifiedNameErrors } from '../names.ts';
import type { JobSpec } from '../types.ts';
import { each, nonNegative, oneOf } from './checks.ts';
import { countIndexes, parseIndexes } from './job-indexes.ts';

type PodFailureRule = NonNullable<JobSpec['podFailurePolicy']>['rules'][number];
type OnExitCodes = NonNullable<PodFailureRule['onExitCodes']>;
type SuccessRule = NonNullable<JobSpec['successPolicy']>['rules'][number];

const maxRules = 20;
const maxPatterns = 20;
const maxExitCodes = 255;
const maxIndexesLength = 64 * 1024;

/** One of the values; when there is none, the error names them. */
const requireValue = (path: string, value: string | undefined, values: string[]): FieldError[] =>
  value
    ? oneOf(path, value, values)
    : [field.required(path, `valid values: [${values.map((v) => JSON.stringify(v)).join(' ')}]`)];

const atMost = (path: string, list: readonly unknown[] | undefined, max: number): FieldError[] =>
  (list?.length ?? 0) > max ? [field.tooMany(path, list!.length, max)] : [];

/** What the failures of pods mean for the Job. */
export function validatePodFailurePolicy(path: string, spec: JobSpec): FieldError[] {
  const rules = spec.podFailurePolicy?.rules;
  return [
    ...atMost(`${path}.rules`, rules, maxRules),
    ...each(`${path}.rules`, rules, (at, rule) => [
      ...requireValue(`${at}.action`, rule.action, ['Count', 'FailIndex', 'FailJob', 'Ignore']),
      ...(rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined
        ? [field.invalid(`${at}.action`, rule.action, 'requires the backoffLimitPerIndex to be set')]
        : []),
      ...(rule.onExitCodes ? validateExitCodes(`${at}.onExitCodes`, rule.onExitCodes, spec) : []),
      ...atMost(`${at}.onPodConditions`, rule.onPodConditions, maxPatterns),
      ...each(`${at}.onPodConditions`, rule.onPodConditions, (pattern, { type, status }) => [
        ...qualifiedNameErrors(type ?? '').map((why) => field.invalid(`${pattern}.type`, type ?? '', why)),
        ...requireValue(`${pattern}.status`, status, ['False', 'True', 'Unknown']),
      ]),
      ...exactlyOneRequirement(at, rule),
    ]),
  ];
}

function exactlyOneRequirement(path: string, { onExitCodes, onPodConditions = [] }: PodFailureRule): FieldError[] {
  if (Boolean(onExitCodes) !== onPodConditions.length > 0) return [];
  const why = onExitCodes
    ? 'specifying both OnExitCodes and OnPodConditions is not supported'
    : 'specifying one of OnExitCodes and OnPodConditions is required';
  return [field.invalid(path, omitValue, why)];
}

function validateExitCodes(path: string, codes: OnExitCodes, { template }: JobSpec): FieldError[] {
  const { operator, containerName, values } = codes;
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  const known = containerName === undefined || [...containers, ...initContainers].some((c) => c.name === containerName);
  const list = values ?? [];
  const ordered = list.every((value, i) => i === 0 || list[i - 1]! <= value);
  return [
    ...requireValue(`${path}.operator`, operator, ['In', 'NotIn']),
    ...(known
      ? []
      : [
          field.invalid(
            `${path}.containerName`,
            containerName,
            'must be one of the container or initContainer names in the pod template',
          ),
        ]),
    ...(list.length === 0 ? [field.invalid(`${path}.values`, list, 'at least one value is required')] : []),
    ...atMost(`${path}.values`, list, maxExitCodes),
    ...each(`${path}.values`, list, (at, value, i) => [
      ...(operator === 'In' && value === 0 ? [field.invalid(at, value, 'must not be 0 for the In operator')] : []),
      ...(list.indexOf(value) < i ? [field.duplicate(at, value)] : []),
    ]),
    ...(ordered ? [] : [field.invalid(`${path}.values`, list, 'must be ordered')]),
  ];
}

/** What counts as success before all indexes have succeeded. Without indexes there is no such policy. */
export function validateSuccessPolicy(path: string, spec: JobSpec): FieldError[] {
  if (!spec.successPolicy || spec.completionMode !== 'Indexed') return [];
  const rules = spec.successPolicy.rules ?? [];
  return [
    ...(rules.length === 0
      ? [field.required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified')]
      : []),
    ...atMost(`${path}.rules`, rules, maxRules),
    ...each(`${path}.rules`, rules, (at, rule) => validateSuccessRule(at, rule, spec.completions ?? 0)),
  ];
}

function validateSuccessRule(path: string, rule: SuccessRule, completions: number): FieldError[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined) {
    errors.push(field.required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  let total = 0;
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (indexes.length > maxIndexesLength) errors.push(field.tooLong(at, maxIndexesLength));
    try {
      total = countIndexes(parseIndexes(indexes, completions));
    } catch (error) {
      errors.push(field.invalid(at, indexes, `error parsing succeededIndexes: ${(error as Error).message}`));
    }
  }
  if (count === undefined) return errors;
  const at = `${path}.succeededCount`;
  errors.push(...nonNegative(at, count));
  const tooMany = (limit: number, what: string): void => {
    errors.push(field.invalid(at, count, `must be less than or equal to ${limit} (the number of ${what})`));
  };
  if (count > completions) tooMany(completions, 'specified completions');
  if (indexes !== undefined && count > total) tooMany(total, 'indexes in the specified succeededIndexes field');
  return errors;
}
