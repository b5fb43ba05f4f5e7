/**
 * The rules of the reviews that ask who may do what.
 *
 * Upstream: pkg/apis/authorization/validation
 */
import { type FieldError, field } from '../errors.ts';
import type {
  AccessReviewSpec,
  LocalSubjectAccessReview,
  ObjectMeta,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SubjectAccessReview,
} from '../types.ts';
import { each } from './checks.ts';

export const authorizationGroup = 'authorization.k8s.io';

/** Somebody's right to something. */
export const validateSubjectAccessReview = ({ spec, metadata }: SubjectAccessReview): FieldError[] => [
  ...validateAttributes(spec),
  ...validateSubject(spec),
  ...mustBeEmpty(metadata, 'must be empty'),
];

/** One's own right to something. */
export const validateSelfSubjectAccessReview = ({ spec, metadata }: SelfSubjectAccessReview): FieldError[] => [
  ...validateAttributes(spec),
  ...mustBeEmpty(metadata, 'must be empty'),
];

/** Somebody's right to something in the namespace of the review. */
export function validateLocalSubjectAccessReview({ spec, metadata }: LocalSubjectAccessReview): FieldError[] {
  const { namespace = '', ...rest } = metadata;
  const { resourceAttributes, nonResourceAttributes } = spec ?? {};
  const errors = [
    ...validateAttributes(spec),
    ...validateSubject(spec),
    ...mustBeEmpty(rest, 'must be empty except for namespace'),
  ];
  const asked = resourceAttributes?.namespace ?? '';
  if (resourceAttributes && asked !== namespace) {
    errors.push(field.invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  }
  if (nonResourceAttributes) {
    const why = 'disallowed on this kind of request';
    errors.push(field.invalid('spec.nonResourceAttributes', nonResourceAttributes, why));
  }
  return errors;
}

function validateAttributes({ resourceAttributes, nonResourceAttributes }: AccessReviewSpec = {}): FieldError[] {
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    const why = 'cannot be specified in combination with resourceAttributes';
    errors.push(field.invalid('spec.nonResourceAttributes', nonResourceAttributes, why));
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(field.invalid('spec.resourceAttributes', null, why));
  }
  if (!resourceAttributes) return errors;
  const { fieldSelector, labelSelector } = resourceAttributes;
  return [
    ...errors,
    ...validateSelector('spec.resourceAttributes.fieldSelector', fieldSelector),
    ...validateSelector('spec.resourceAttributes.labelSelector', labelSelector),
  ];
}

function validateSubject({ user = '', groups = [] }: AccessReviewSpec = {}): FieldError[] {
  if (user !== '' || groups.length > 0) return [];
  return [field.invalid('spec.user', user, 'at least one of user or group must be specified')];
}

/** An operator that is not known is not wrong: the question then is a broader one. */
function validateSelector(path: string, selector: ResourceAttributes['fieldSelector']): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  if (rawSelector !== '' && requirements.length > 0) {
    const why = 'may not specified at the same time as requirements';
    return [field.invalid(`${path}.rawSelector`, rawSelector, why)];
  }
  if (rawSelector === '' && requirements.length === 0) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    return [field.required(`${path}.requirements`, why)];
  }
  return each(`${path}.requirements`, requirements, (at, { key, operator, values = [] }) => {
    const errors = key ? [] : [field.required(`${at}.key`, 'must be specified')];
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      errors.push(field.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
      const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      errors.push(field.forbidden(`${at}.values`, why));
    }
    return errors;
  });
}

const mustBeEmpty = ({ managedFields: _, ...metadata }: ObjectMeta, why: string): FieldError[] =>
  Object.keys(metadata).length === 0 ? [] : [field.invalid('metadata', metadata, why)];
