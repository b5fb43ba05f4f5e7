/** Selectors inside objects. Upstream: apimachinery/pkg/apis/meta/v1/validation (ValidateLabelSelector) */
import { type FieldError, field } from '../errors.ts';
import { labelKeyErrors, labelValueErrors } from '../names.ts';
import type { LabelSelector } from '../types.ts';
import { validateLabels } from '../validate-meta.ts';
import { each } from './checks.ts';

export const validateLabelSelector = (path: string, selector: LabelSelector | undefined): FieldError[] => [
  ...validateLabels(selector?.matchLabels, `${path}.matchLabels`),
  ...each(`${path}.matchExpressions`, selector?.matchExpressions, (at, { key, operator, values = [] }) => {
    const errors: FieldError[] = labelKeyErrors(key).map((why) => field.invalid(`${at}.key`, key, why));
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(field.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.push(
          field.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
    } else {
      errors.push(field.invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    }
    const bad = values.flatMap((value, i) =>
      labelValueErrors(value).map((why) => field.invalid(`${at}.values[${i}]`, value, why)),
    );
    return [...errors, ...bad];
  }),
];

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
