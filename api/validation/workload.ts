/**
 * What workloads that keep pods running have in common: a selector that finds the pods of their template.
 *
 * Upstream: pkg/apis/apps/validation (ValidatePodTemplateSpecForReplicaSet, ValidateReplicaSetSpec, ValidateDeploymentSpec),
 * pkg/apis/core/validation (ValidatePodTemplateSpec)
 */
import { type FieldError, field } from '../errors.ts';
import { matches, selectorOf } from '../selectors.ts';
import type { LabelSelector, PodTemplateSpec } from '../types.ts';
import { validateAnnotations, validateLabels } from '../validate-meta.ts';
import { nonNegative } from './checks.ts';
import { isEmptySelector, validateLabelSelector } from './label-selector.ts';
import { validatePodSpec } from './pod-spec.ts';

interface Workload {
  replicas?: number;
  minReadySeconds?: number;
  selector?: LabelSelector;
  template?: PodTemplateSpec;
}

/** Rules of `spec`; `noun` is how the error about an empty selector calls the kind. */
export function validateWorkload(noun: string, spec: Workload): FieldError[] {
  const { selector, template } = spec;
  return [
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...requireSelector(noun, selector),
    ...(template
      ? [
          ...(selector && !isEmptySelector(selector) ? mismatch('spec.template', template, selector) : []),
          ...validateTemplate('spec.template', template),
          ...validateAlwaysRunning('spec.template', template, 'ReplicaSet'),
        ]
      : [field.required('spec.template')]),
  ];
}

/** A selector that is there, valid, and selects by something. */
export const requireSelector = (noun: string, selector: LabelSelector | undefined): FieldError[] =>
  selector
    ? [...validateLabelSelector('spec.selector', selector), ...notEmpty(noun, selector)]
    : [field.required('spec.selector')];

export const notEmpty = (noun: string, selector: LabelSelector | undefined): FieldError[] =>
  selector && isEmptySelector(selector)
    ? [field.invalid('spec.selector', selector, `empty selector is invalid for ${noun}`)]
    : [];

/** The selector does not find the template's pods. One that cannot be read is another rule's matter. */
export function mismatch(path: string, template: PodTemplateSpec, selector: LabelSelector | undefined): FieldError[] {
  const { labels } = template.metadata ?? {};
  if ((selector && hasBadOperator(selector)) || matches(selectorOf(selector), labels)) return [];
  return [field.invalid(`${path}.metadata.labels`, labels ?? null, '`selector` does not match template `labels`')];
}

/** A pod template by itself. */
export function validateTemplate(path: string, { metadata, spec }: PodTemplateSpec): FieldError[] {
  return [
    ...validateTemplateMeta(path, { metadata }),
    ...(spec ? validatePodSpec(`${path}.spec`, spec) : [field.required(`${path}.spec.containers`)]),
  ];
}

/** The labels and annotations that pods get from their template. */
export const validateTemplateMeta = (path: string, { metadata }: Pick<PodTemplateSpec, 'metadata'>): FieldError[] => [
  ...validateLabels(metadata?.labels, `${path}.labels`),
  ...validateAnnotations(metadata?.annotations, `${path}.annotations`),
];

/** Pods that are there to stay: they are restarted whenever they end. */
export const validateAlwaysRunning = (path: string, { spec }: PodTemplateSpec, kind: string): FieldError[] => [
  ...(spec?.restartPolicy && spec.restartPolicy !== 'Always'
    ? [field.notSupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always'])]
    : []),
  ...(spec?.activeDeadlineSeconds !== undefined
    ? [field.forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]
    : []),
];

const hasBadOperator = (selector: LabelSelector): boolean =>
  (selector.matchExpressions ?? []).some((e) => !['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(e.operator));
