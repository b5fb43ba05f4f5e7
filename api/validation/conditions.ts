/** Conditions in the common form. Upstream: apimachinery/pkg/apis/meta/v1/validation (ValidateConditions) */
import { type FieldError, field } from '../errors.ts';
import { labelKeyErrors, regexError } from '../names.ts';
import { duplicates, each, oneOf } from './checks.ts';

interface Condition {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

const maxReason = 1024;
const maxMessage = 32 * 1024;
const reasonRegex = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonError = regexError(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  reasonRegex,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);

/** Every condition is complete, and of a type of its own. */
export const validateConditions = (path: string, conditions: readonly Condition[] | undefined): FieldError[] => [
  ...duplicates(path, conditions ?? [], 'type', ({ type }) => type),
  ...each(
    path,
    conditions,
    (at, { type, status, observedGeneration = 0, lastTransitionTime, reason, message = '' }) => [
      ...labelKeyErrors(type ?? '').map((why) => field.invalid(`${at}.type`, type ?? '', why)),
      ...oneOf(`${at}.status`, status ?? '', ['False', 'True', 'Unknown']),
      ...(observedGeneration < 0
        ? [field.invalid(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero')]
        : []),
      ...(lastTransitionTime ? [] : [field.required(`${at}.lastTransitionTime`, 'must be set')]),
      ...(reason ? reasonErrors(`${at}.reason`, reason) : [field.required(`${at}.reason`)]),
      ...(message.length > maxMessage ? [field.tooLong(`${at}.message`, maxMessage)] : []),
    ],
  ),
];

const reasonErrors = (path: string, reason: string): FieldError[] => [
  ...(new RegExp(`^${reasonRegex}$`).test(reason) ? [] : [field.invalid(path, reason, reasonError)]),
  ...(reason.length > maxReason ? [field.tooLong(path, maxReason)] : []),
];
