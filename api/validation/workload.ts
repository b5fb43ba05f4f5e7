/**
 * What workloads that keep pods running have in common: a selector that finds the pods of their template.
 *
 * Upstream: pkg/apis/apps/validation (ValidatePodTemplateSpecForReplicaSet, ValidateReplicaSetSpec, ValidateDeploymentSpec)
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
  const { selector } = spec;
  const empty = selector === undefined || isEmptySelector(selector);
  return [
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...(selector ? validateLabelSelector('spec.selector', selector) : [field.required('spec.selector')]),
    ...(selector && empty ? [field.invalid('spec.selector', selector, `empty selector is invalid for ${noun}`)] : []),
    ...(spec.template
      ? validateTemplate('spec.template', spec.template, empty ? undefined : selector)
      : [field.required('spec.template')]),
  ];
}

function validateTemplate(path: string, template: PodTemplateSpec, selector: LabelSelector | undefined): FieldError[] {
  const { labels, annotations } = template.metadata ?? {};
  const found = selector === undefined || hasBadOperator(selector) || matches(selectorOf(selector), labels);
  const { spec } = template;
  return [
    ...(found
      ? []
      : [field.invalid(`${path}.metadata.labels`, labels ?? null, '`selector` does not match template `labels`')]),
    ...validateLabels(labels, `${path}.labels`),
    ...validateAnnotations(annotations, `${path}.annotations`),
    ...(spec ? validatePodSpec(`${path}.spec`, spec) : [field.required(`${path}.spec.containers`)]),
    ...(spec?.restartPolicy && spec.restartPolicy !== 'Always'
      ? [field.notSupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always'])]
      : []),
    ...(spec?.activeDeadlineSeconds !== undefined
      ? [
          field.forbidden(
            `${path}.spec.activeDeadlineSeconds`,
            'activeDeadlineSeconds in pod template is not supported',
          ),
        ]
      : []),
  ];
}

const hasBadOperator = (selector: LabelSelector): boolean =>
  (selector.matchExpressions ?? []).some((e) => !['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(e.operator));
