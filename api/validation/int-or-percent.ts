/**
 * Values that are a number of pods or a percentage of them.
 *
 * Upstream: pkg/apis/apps/validation (ValidatePositiveIntOrPercent, IsNotMoreThan100Percent)
 */
import { type FieldError, field } from '../errors.ts';
import { regexError } from '../names.ts';
import { nonNegative } from './checks.ts';

type IntOrPercent = number | string;

const notPercent = regexError(
  "a valid percent string must be a numeric string followed by an ending '%'",
  '[0-9]+%',
  '1%',
  '93%',
);

const percentOf = (value: IntOrPercent): number =>
  typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number.parseInt(value, 10) : 0;

/** Neither pods nor percent. */
export const isZero = (value: IntOrPercent): boolean => Number.parseInt(String(value), 10) === 0;

/** The value, if any, is a number that is not negative, or a percentage. */
export function intOrPercent(path: string, value: IntOrPercent | undefined): FieldError[] {
  if (typeof value !== 'string') return nonNegative(path, value);
  return /^[0-9]+%$/.test(value) ? [] : [field.invalid(path, value, notPercent)];
}

/** A percentage is not more than all. */
export const atMostAll = (path: string, value: IntOrPercent | undefined): FieldError[] =>
  value !== undefined && percentOf(value) > 100 ? [field.invalid(path, value, 'must not be greater than 100%')] : [];
